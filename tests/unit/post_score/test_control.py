"""Boards and documents."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.unit.post_score.service import ANONYMOUS_LIMIT, KEY_LIMIT, ServiceUnderTest

from get_scores.views import BoardView
from highscores.domain import problems
from highscores.domain.boards import Board, SubScore
from highscores.domain.commands import BuildDocument, DefineBoard, DeleteBoard
from highscores.domain.problems import ProblemError
from highscores.ledger.reads import BoardRecord
from highscores.web.answers import json_answer

BOARD_PATH = "/v1/admin/boards/arcade"


async def test_a_board_is_defined_with_its_defaults(service: ServiceUnderTest) -> None:
    reply = await service.ask("PUT", "/v1/admin/boards/new", {"title": "New", "operator": "sum"}, key="admin")
    [(queue, [command])] = service.broker.messages
    assert isinstance(command, DefineBoard)
    assert (queue, command.board, command.definition.operator, command.definition.order) == (
        "control",
        "new",
        "sum",
        "desc",
    )
    assert reply.status == 202
    assert reply.json() == {"job": str(command.job), "status": "queued"}
    assert service.ids.command_of(str(command.job)) == "define-board"


@pytest.mark.parametrize(
    ("board", "definition", "pointers"),
    [
        ("new", {}, ["#/title"]),
        ("new", [], ["#"]),
        ("Not-An-Id", {"title": "T"}, ["#/board"]),
        ("new", {"title": ""}, ["#/title"]),
        ("new", {"title": "T", "min": 2, "max": 1, "timezone": "Mars/X"}, ["#/timezone", "#/min"]),
        (
            "Bad",
            {"titel": 1, "order": "up", "periods": ["all", "season"], "min": 5, "max": 3},
            ["#/board", "#/title", "#/order", "#/periods/1", "#/titel", "#/min"],
        ),
        ("new", {"title": "T", "periods": []}, ["#/periods"]),
        ("new", {"title": "T", "periods": ["day", "day"]}, ["#/periods"]),
        (
            "new",
            {"title": "T", "subscores": {"a": "asc"}, "ranks": "dense", "submit": "player"},
            ["#/subscores", "#/ranks", "#/submit"],
        ),
        (
            "new",
            {"title": "T", "subscores": [{"name": "a", "order": "up", "unit": "m"}, {"order": "asc"}, 1]},
            ["#/subscores/0/order", "#/subscores/0/unit", "#/subscores/1/name", "#/subscores/2"],
        ),
        ("new", {"title": "T", "subscores": [{"name": name, "order": "asc"} for name in "abcde"]}, ["#/subscores"]),
        ("new", {"title": "T", "subscores": [{"name": "a", "order": "asc"}] * 2}, ["#/subscores"]),
        ("new", {"title": "T", "subscores": [{"name": "\u202e", "order": "asc"}]}, ["#/subscores/0/name"]),
    ],
)
async def test_a_wrong_board_is_named_in_all_its_parts(
    service: ServiceUnderTest, board: str, definition: Any, pointers: list[str]
) -> None:
    reply = await service.ask("PUT", f"/v1/admin/boards/{board}", definition, key="admin")
    assert (reply.status, reply.pointers()) == (422, pointers)
    assert not service.commands


async def test_a_board_can_be_put_back_as_it_was_read(service: ServiceUnderTest) -> None:
    rules = Board(title="New", order="asc", periods=("day", "all"), subscores=(SubScore("laps", "asc"),), max=5)
    for record in (BoardRecord("new", 0, 1, rules, 7, 3, 1_795_512_600_123_457, 9, 0),
                   BoardRecord("new", 0, 1, rules, 0, 0, None, 0, 0)):  # fmt: skip
        read = json_answer(200, BoardView.of(record, 1_795_512_600_123_457)).body
        reply = await service.ask("PUT", "/v1/admin/boards/new", read, key="admin")
        assert reply.status == 202, reply.body
    assert [command.definition for command in service.commands if isinstance(command, DefineBoard)] == [rules, rules]


@pytest.mark.parametrize(
    ("extra", "pointers"),
    [
        ({"board": "other"}, ["#/board"]),
        ({"board": 1}, ["#/board"]),
        ({"board": None, "players": 1}, ["#/board"]),
        ({"players": 1}, ["#/players"]),
        ({"current": {}, "active_at": None, "submissions": 1}, ["#/current", "#/submissions", "#/active_at"]),
        ({"board": "new", "player": 1}, ["#/player"]),
        ({"players": 1, "ordr": "asc", "order": "up"}, ["#/order", "#/ordr", "#/players"]),
    ],
)
async def test_what_only_reads_tell_cannot_be_set(
    service: ServiceUnderTest, extra: dict[str, Any], pointers: list[str]
) -> None:
    reply = await service.ask("PUT", "/v1/admin/boards/new", {"title": "T", **extra}, key="admin")
    assert (reply.status, reply.pointers()) == (422, pointers)
    assert not service.commands


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("submit", 403), ("read", 403)])
async def test_boards_are_for_admins(service: ServiceUnderTest, key: str | None, status: int) -> None:
    assert (await service.ask("PUT", BOARD_PATH, {"title": "T"}, key=key)).status == status
    assert (await service.ask("DELETE", BOARD_PATH, key=key)).status == status
    assert not service.commands


async def test_a_fixed_rule_is_409_once_the_board_has_a_submission(service: ServiceUnderTest) -> None:
    change = {"title": "T", "order": "asc", "operator": "latest"}
    assert (await service.ask("PUT", BOARD_PATH, change, key="admin")).status == 202
    service.boards.submissions = 1
    reply = await service.ask("PUT", BOARD_PATH, change, key="admin")
    assert (reply.status, reply.json()["type"]) == (409, "/problems/board-rule-fixed")
    assert reply.pointers() == ["#/order", "#/operator"]
    reply = await service.ask(
        "PUT", BOARD_PATH, {"title": "T", "subscores": [{"name": "laps", "order": "asc"}]}, key="admin"
    )
    assert (reply.status, reply.pointers()) == (409, ["#/subscores"])
    assert (await service.ask("PUT", BOARD_PATH, {"title": "T", "ranks": "competition"}, key="admin")).status == 202
    assert (await service.ask("PUT", BOARD_PATH, {"title": "Other"}, key="admin")).status == 202


async def test_a_board_is_deleted(service: ServiceUnderTest) -> None:
    assert (await service.ask("DELETE", BOARD_PATH, key="admin")).status == 202
    [command] = service.commands
    assert isinstance(command, DeleteBoard)
    assert command.board == "arcade"


@pytest.mark.parametrize("board", ["nope", "NO"])
async def test_what_is_no_board_cannot_be_deleted(service: ServiceUnderTest, board: str) -> None:
    reply = await service.ask("DELETE", f"/v1/admin/boards/{board}", key="admin")
    assert (reply.status, reply.json()["type"]) == (404, "/problems/unknown-board")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/admin/boards/arcade/hidden/ada"),
        ("DELETE", "/v1/admin/hidden/ada"),
        ("DELETE", "/v1/admin/players/ada"),
        ("DELETE", "/v1/admin/submissions/x"),
        ("GET", "/v1/admin"),
    ],
)
async def test_what_is_not_built_yet_is_not_there(service: ServiceUnderTest, method: str, path: str) -> None:
    reply = await service.ask(method, path, key="admin")
    assert (reply.status, reply.json()["type"]) == (404, "/problems/not-found")


async def test_anybody_may_ask_for_a_document_of_a_public_board(service: ServiceUnderTest) -> None:
    reply = await service.ask("POST", "/v1/documents", {"board": "arcade", "region": "EU"}, key=None)
    [(queue, [command])] = service.broker.messages
    assert reply.status == 202
    assert isinstance(command, BuildDocument)
    assert (queue, command.board, command.period, command.region) == ("control", "arcade", "all", "eu")
    [ask] = service.admission.asks
    assert (ask.caller, ask.limit) == ("ip-192.0.2.1", ANONYMOUS_LIMIT)


async def test_with_a_key_the_limit_is_that_of_the_key(service: ServiceUnderTest) -> None:
    await service.ask("POST", "/v1/documents", {"board": "arcade"}, key="submit")
    assert [(ask.caller, ask.limit) for ask in service.admission.asks] == [("key-id-of-submit", KEY_LIMIT)]


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("submit", 403), ("read", 202), ("admin", 202)])
async def test_a_private_board_takes_the_scope_read(service: ServiceUnderTest, key: str | None, status: int) -> None:
    assert (await service.ask("POST", "/v1/documents", {"board": "secret"}, key=key)).status == status


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        ({"board": "nope"}, 404, []),
        ({"board": "arcade", "period": "week", "region": "e u"}, 422, ["#/period", "#/region"]),
        ({"board": "arcade", "period": "season"}, 422, ["#/period"]),
        ({"board": "secret", "region": "eu"}, 422, ["#/region"]),
        ({"period": 1, "other": 1}, 422, ["#/board", "#/period", "#/other"]),
    ],
)
async def test_what_is_no_document_is_named(
    service: ServiceUnderTest, body: Any, status: int, pointers: list[str]
) -> None:
    reply = await service.ask("POST", "/v1/documents", body, key="admin")
    assert (reply.status, reply.pointers()) == (status, pointers)
    assert not service.commands


async def test_the_same_key_gives_the_same_job(service: ServiceUnderTest) -> None:
    for method, path, body in (
        ("PUT", BOARD_PATH, {"title": "T"}),
        ("DELETE", BOARD_PATH, b""),
        ("POST", "/v1/documents", {"board": "arcade"}),
    ):
        first, again = [await service.ask(method, path, body, key="admin", idempotency_key="k") for _ in range(2)]
        assert first.json() == again.json()
    assert len({ask.fingerprint for ask in service.admission.asks}) == 3
    assert (await service.ask("DELETE", BOARD_PATH, key="admin", idempotency_key="")).pointers() == [
        "#/Idempotency-Key"
    ]


async def test_the_document_describes_every_command(service: ServiceUnderTest) -> None:
    paths = (await service.ask("GET", "/v1/scores/openapi.json", key=None)).json()["paths"]
    operations = {(method, path) for path, item in paths.items() for method in item}
    assert operations == {
        ("post", "/v1/scores"),
        ("post", "/v1/scores/batch"),
        ("post", "/v1/documents"),
        ("put", "/v1/admin/boards/{board}"),
        ("delete", "/v1/admin/boards/{board}"),
    }
    submit = paths["/v1/scores"]["post"]
    assert submit["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Submission"}
    assert {"202", "400", "401", "403", "404", "406", "413", "415", "422", "429", "503"} == set(submit["responses"])


DELETE = ("DELETE", BOARD_PATH, b"")
DEFINE = ("PUT", BOARD_PATH, {"title": "T"})
WANT = ("POST", "/v1/documents", {"board": "arcade", "period": "day", "region": "EU"})


def is_gone(service: ServiceUnderTest) -> None:
    del service.boards.rules["arcade"]


def keeps_its_rules(service: ServiceUnderTest) -> None:
    service.boards.rules["arcade"] = Board(title="Arcade", order="asc")
    service.boards.submissions = 1


def counts_less(service: ServiceUnderTest) -> None:
    service.boards.rules["arcade"] = Board(title="Arcade")


@pytest.mark.parametrize(
    ("call", "change", "refused"),
    [
        (DELETE, is_gone, 404),
        (DEFINE, keeps_its_rules, 409),
        (WANT, is_gone, 404),
        (WANT, counts_less, 422),
    ],
)
async def test_a_repetition_is_answered_with_its_job_whatever_has_changed(
    service: ServiceUnderTest, call: tuple[str, str, Any], change: Callable[[ServiceUnderTest], None], refused: int
) -> None:
    first = await service.ask(*call, key="admin", idempotency_key="k")
    change(service)

    queued = await service.ask(*call, key="admin", idempotency_key="k")
    service.end(*service.commands)
    ended = await service.ask(*call, key="admin", idempotency_key="k")
    others = [
        await service.ask(*call, key="admin", idempotency_key="l"),
        await service.ask(*call, key="admin"),
    ]

    assert (ended.status, ended.json()) == (202, first.json())
    assert ended.headers["location"] == first.headers["location"]
    assert [reply.status for reply in (queued, *others)] == [refused] * 3
    assert len(service.commands) == 1


async def test_a_command_whose_long_work_is_under_way_has_taken_effect(service: ServiceUnderTest) -> None:
    """A refusal would say that the board is as it was."""
    first = await service.ask(*DEFINE, key="admin", idempotency_key="k")
    keeps_its_rules(service)
    service.begin(*service.commands)

    again = await service.ask(*DEFINE, key="admin", idempotency_key="k")

    assert (again.status, again.json()) == (202, first.json())
    assert len(service.commands) == 1


async def test_a_repetition_is_admitted_as_any_request(service: ServiceUnderTest) -> None:
    """A key that came with other content is refused, while that is remembered; and it costs a token."""
    await service.ask(*DELETE, key="admin", idempotency_key="k")
    service.end(*service.commands)
    is_gone(service)
    service.admission.refusals["key-id-of-admin"] = ProblemError(problems.idempotency_key_reused())

    again = await service.ask(*DELETE, key="admin", idempotency_key="k")

    assert (again.status, again.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert service.admission.asks[0] == service.admission.asks[1]


async def test_whether_it_is_a_repetition_is_not_guessed(service: ServiceUnderTest) -> None:
    is_gone(service)
    service.is_postgres_down = True
    assert (await service.ask(*WANT, key="admin", idempotency_key="k")).status == 503
    assert (await service.ask(*WANT, key="admin")).status == 404


async def test_a_key_for_another_board_is_another_job(service: ServiceUnderTest) -> None:
    for path in (BOARD_PATH, "/v1/admin/boards/secret"):
        await service.ask("PUT", path, {"title": "T"}, key="admin", idempotency_key="k")
    assert len({command.job for command in service.commands}) == 2
    assert len({ask.key for ask in service.admission.asks}) == 1
    assert len({ask.fingerprint for ask in service.admission.asks}) == 2, "it is refused while it is remembered"


async def test_admin_commands_are_numbered_in_their_order(service: ServiceUnderTest) -> None:
    for call in (DEFINE, DELETE, DEFINE):
        await service.ask(*call, key="admin")
    commands = [command for command in service.commands if isinstance(command, DefineBoard | DeleteBoard)]
    assert [command.number for command in commands] == [1, 2, 3]
    assert sorted(commands, key=lambda command: command.accepted_at) == commands


async def test_without_numbers_there_are_no_admin_commands_but_documents(service: ServiceUnderTest) -> None:
    service.is_postgres_down = True
    for call in (DEFINE, DELETE):
        reply = await service.ask(*call, key="admin", idempotency_key="k")
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert (await service.ask(*WANT, key="admin")).status == 202
    assert [command.command for command in service.commands] == ["build-document"]
    assert len(service.admission.asks) == 1
