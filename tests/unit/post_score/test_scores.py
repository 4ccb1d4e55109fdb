"""Taking scores: what becomes a command, and that nothing else does."""

import asyncio
from typing import Any

import pytest
from tests.unit.post_score.service import KEY_LIMIT, ServiceUnderTest

from highscores.domain import problems
from highscores.domain.boards import Board
from highscores.domain.commands import SubmitScore
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.problems import ProblemError
from highscores.web.cors import Cors
from highscores.web.edge import Edge
from post_score import scores

SCORE = {"board": "arcade", "player": "ada", "score": 5}


def score(**fields: Any) -> dict[str, Any]:
    return {**SCORE, **fields}


def taken(service: ServiceUnderTest) -> list[SubmitScore]:
    assert all(queue == "scores" for queue, _ in service.broker.messages)
    return [command for command in service.commands if isinstance(command, SubmitScore)]


async def test_a_score_becomes_a_command_and_is_answered_with_its_job(service: ServiceUnderTest) -> None:
    reply = await service.ask(
        "POST", "/v1/scores", score(name="Zoe\u0308", region="EU", metadata={"b": 1, "a": [2]}, subscores=[])
    )
    [command] = taken(service)
    assert reply.status == 202
    assert reply.json() == {"job": str(command.job), "status": "queued"}
    assert reply.headers["location"] == f"/v1/jobs/{command.job}"
    assert (command.board, command.player, command.score) == ("arcade", "ada", 5)
    assert (command.name, command.region, command.metadata) == ("Zoë", "eu", '{"b":1,"a":[2]}')
    assert command.achieved_at == command.accepted_at


@pytest.mark.parametrize("given", [[3, -SCORE_LIMIT], [], None])
async def test_all_sub_scores_of_a_board_are_taken_or_none(service: ServiceUnderTest, given: list[int] | None) -> None:
    """None are zeros to the worker, which knows how many the board has then."""
    reply = await service.ask("POST", "/v1/scores", score(board="golf", subscores=given))
    assert reply.status == 202
    assert taken(service)[0].subscores == tuple(given or ())


@pytest.mark.parametrize(
    ("given", "pointers"),
    [
        ([1], ["#/subscores"]),
        ([1, 2, 3], ["#/subscores"]),
        ([1, 2, 3, 4, 5], ["#/subscores"]),
        ([1, "2"], ["#/subscores/1"]),
        ([1.0, 2], ["#/subscores/0"]),
        ([True, 2], ["#/subscores/0"]),
        ([1, SCORE_LIMIT + 1], ["#/subscores/1"]),
        ([1, None], ["#/subscores/1"]),
        ({"putts": 1}, ["#/subscores"]),
    ],
)
async def test_wrong_sub_scores_are_named(service: ServiceUnderTest, given: object, pointers: list[str]) -> None:
    wrong = score(board="golf", subscores=given)
    assert (await service.ask("POST", "/v1/scores", wrong)).pointers() == pointers
    batch = {"scores": [score(board="golf"), wrong]}
    reply = await service.ask("POST", "/v1/scores/batch", batch)
    assert (reply.status, reply.pointers()) == (422, [pointer.replace("#", "#/scores/1") for pointer in pointers])
    assert not service.commands


async def test_wrong_sub_scores_are_named_beside_other_wrong_fields(service: ServiceUnderTest) -> None:
    reply = await service.ask("POST", "/v1/scores", score(board="golf", player="", subscores=[1]))
    assert (reply.status, reply.pointers()) == (422, ["#/player", "#/subscores"])


@pytest.mark.parametrize("is_fast", [True, False])
async def test_the_framework_answers_as_the_fast_route_does(service: ServiceUnderTest, is_fast: bool) -> None:
    if not is_fast:
        service.app = Edge(service.framework, Cors("commands", ()))
    reply = await service.ask("POST", "/v1/scores", SCORE)
    assert (reply.status, reply.headers["content-type"]) == (202, "application/json")
    assert reply.json()["job"] == str(taken(service)[0].job)


async def test_scores_are_stamped_in_order_of_arrival(service: ServiceUnderTest) -> None:
    await asyncio.gather(*(service.ask("POST", "/v1/scores", score(player=f"p{n}")) for n in range(50)))
    stamps = [command.accepted_at for command in taken(service)]
    assert stamps == sorted(set(stamps))
    assert len(service.broker.messages) < 50, "they travel in groups"


@pytest.mark.parametrize(
    ("fields", "pointers"),
    [
        ({"score": -1}, ["#/score"]),
        ({"score": 1001}, ["#/score"]),
        (
            {"score": "x", "name": "a\u200bb", "metadata": {"a": {"b": {"c": {"d": {}}}}}},
            ["#/score", "#/name", "#/metadata"],
        ),
        ({"score": -1, "player": "", "extra": 1}, ["#/player", "#/extra", "#/score"]),
        ({"name": "x" * 33}, ["#/name"]),
        ({"metadata": {"a": "x" * 1024}}, ["#/metadata"]),
        ({"subscores": [1]}, ["#/subscores"]),
        ({"region": "e u"}, ["#/region"]),
    ],
)
async def test_every_wrong_field_is_named_and_nothing_taken(
    service: ServiceUnderTest, fields: dict[str, Any], pointers: list[str]
) -> None:
    reply = await service.ask("POST", "/v1/scores", score(**fields))
    assert (reply.status, reply.pointers()) == (422, pointers)
    assert not service.commands
    assert not service.admission.asks


async def test_metadata_nested_beyond_reason_is_not_json(service: ServiceUnderTest) -> None:
    body = b'{"board":"arcade","player":"a","score":1,"metadata":{"a":' + b"[" * 3000 + b"]" * 3000 + b"}}"
    assert (await service.ask("POST", "/v1/scores", body)).json()["type"] == "/problems/not-json"


async def test_an_unknown_board_is_404(service: ServiceUnderTest) -> None:
    reply = await service.ask("POST", "/v1/scores", score(board="nope"))
    assert (reply.status, reply.json()["type"]) == (404, "/problems/unknown-board")


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("read", 403), ("submit", 202), ("admin", 202)])
async def test_the_scope_submit_is_needed(service: ServiceUnderTest, key: str | None, status: int) -> None:
    assert (await service.ask("POST", "/v1/scores", SCORE, key=key)).status == status
    assert (await service.ask("POST", "/v1/scores/batch", {"scores": [SCORE]}, key=key)).status == status
    assert bool(service.commands) is (status == 202)


async def test_only_an_admin_says_when_a_score_was_achieved(service: ServiceUnderTest) -> None:
    body = score(achieved_at="2020-01-01T01:00:00.000001+01:00")
    refused = await service.ask("POST", "/v1/scores", body)
    assert (refused.status, refused.pointers()) == (403, ["#/achieved_at"])
    assert (await service.ask("POST", "/v1/scores", body, key="admin")).status == 202
    assert taken(service)[0].achieved_at == 1_577_836_800_000_001


async def test_of_a_batch_each_score_is_named_that_says_when_it_was_achieved(service: ServiceUnderTest) -> None:
    dated = score(achieved_at="2020-01-01T00:00:00Z")
    wrong = {**dated, "score": "x"}
    for batch, pointers in (
        ([SCORE, dated, SCORE, dated], ["#/scores/1/achieved_at", "#/scores/3/achieved_at"]),
        ([SCORE, wrong], ["#/scores/1/achieved_at"]),
    ):
        reply = await service.ask("POST", "/v1/scores/batch", {"scores": batch})
        assert (reply.status, reply.pointers()) == (403, pointers)


async def test_what_is_below_a_microsecond_does_not_carry_a_score_into_the_next_year(service: ServiceUnderTest) -> None:
    await service.ask("POST", "/v1/scores", score(achieved_at="2024-12-31T23:59:59.9999996Z"), key="admin")
    await service.ask("POST", "/v1/scores/batch", {"scores": [score(achieved_at="2016-12-31T23:59:60Z")]}, key="admin")
    assert [command.achieved_at for command in taken(service)] == [1_735_689_599_999_999, 1_483_228_799_999_999]


@pytest.mark.parametrize(
    "instant", ["2999-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2020-01-01T00:00:00", "2020-01-01T00:00:60Z", "x", 5]
)
async def test_an_impossible_time_is_named(service: ServiceUnderTest, instant: Any) -> None:
    reply = await service.ask("POST", "/v1/scores", score(achieved_at=instant), key="admin")
    assert (reply.status, reply.pointers()) == (422, ["#/achieved_at"])


async def test_a_body_has_its_size_and_type(service: ServiceUnderTest) -> None:
    assert (await service.ask("POST", "/v1/scores", b" " * 8193)).status == 413
    assert (await service.ask("POST", "/v1/scores/batch", b" " * (1024 * 1024 + 1))).status == 413
    for path in ("/v1/scores", "/v1/scores/batch"):
        assert (await service.ask("POST", path, SCORE, content_type="text/plain")).status == 415
        assert (await service.ask("POST", path, SCORE, accept="text/html")).status == 406


async def test_a_batch_is_one_message_in_order_with_a_job_each(service: ServiceUnderTest) -> None:
    reply = await service.ask("POST", "/v1/scores/batch", {"scores": [score(score=n) for n in range(1000)]})
    [(_, commands)] = service.broker.messages
    assert reply.status == 202
    assert reply.json() == {"jobs": [str(command.job) for command in commands]}
    assert reply.headers["location"] == f"/v1/jobs/{commands[0].job}", "the others are in the body"
    assert [command.score for command in taken(service)] == list(range(1000))
    stamps = [command.accepted_at for command in taken(service)]
    assert stamps == sorted(set(stamps))
    assert [ask.cost for ask in service.admission.asks] == [1000]


async def test_a_batch_names_each_wrong_index_and_takes_nothing(service: ServiceUnderTest) -> None:
    wrong = [SCORE, score(score="x", name="\u200b"), score(board="nope"), 5, score(score=-1), score(extra=1)]
    reply = await service.ask("POST", "/v1/scores/batch", {"scores": wrong})
    assert (reply.status, reply.pointers()) == (
        422,
        [
            "#/scores/1/score",
            "#/scores/1/name",
            "#/scores/2/board",
            "#/scores/3",
            "#/scores/4/score",
            "#/scores/5/extra",
        ],
    )
    assert not service.commands


@pytest.mark.parametrize(
    ("body", "pointers"),
    [({}, ["#/scores"]), ([], ["#"]), ({"scores": []}, ["#/scores"]), ({"scores": [SCORE] * 1001}, ["#/scores"]),
     ({"scores": [SCORE], "extra": 1}, ["#/extra"]), ({"scores": 1}, ["#/scores"])],
)  # fmt: skip
async def test_a_batch_that_is_none_is_named(service: ServiceUnderTest, body: Any, pointers: list[str]) -> None:
    reply = await service.ask("POST", "/v1/scores/batch", body)
    assert (reply.status, reply.pointers()) == (422, pointers)


async def test_only_so_many_batches_are_judged_at_a_time(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "MAX_BATCHES", 0)
    reply = await service.ask("POST", "/v1/scores/batch", {"scores": [SCORE]})
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")


async def test_the_same_key_gives_the_same_jobs(service: ServiceUnderTest) -> None:
    first, again = [await service.ask("POST", "/v1/scores", SCORE, idempotency_key="k") for _ in range(2)]
    other = await service.ask("POST", "/v1/scores", SCORE, idempotency_key="k", key="admin")
    assert first.json() == again.json() != other.json()
    batches = [
        await service.ask("POST", "/v1/scores/batch", {"scores": [SCORE] * 2}, idempotency_key="b") for _ in range(2)
    ]
    assert batches[0].json() == batches[1].json()
    assert len(set(batches[0].json()["jobs"])) == 2


async def test_the_fingerprint_is_that_of_the_content(service: ServiceUnderTest) -> None:
    for body in (SCORE, dict(reversed(SCORE.items())), score(metadata=None), score(score=6), score(metadata={})):
        await service.ask("POST", "/v1/scores", body, idempotency_key="k")
    await service.ask("POST", "/v1/scores/batch", {"scores": [SCORE]}, idempotency_key="k")
    asks = service.admission.asks
    assert len({ask.key for ask in asks}) == 1
    assert asks[0].fingerprint == asks[1].fingerprint == asks[2].fingerprint
    assert len({ask.fingerprint for ask in asks}) == 4


@pytest.mark.parametrize("key", ["", "x" * 201, "ü", "tab\t"])
async def test_a_wrong_key_is_named_with_the_wrong_fields(service: ServiceUnderTest, key: str) -> None:
    reply = await service.ask("POST", "/v1/scores", score(score="x"), idempotency_key=key)
    assert reply.pointers() == ["#/Idempotency-Key", "#/score"]
    reply = await service.ask("POST", "/v1/scores/batch", {"scores": [SCORE]}, idempotency_key=key)
    assert reply.pointers() == ["#/Idempotency-Key"]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        ("", "must not be empty"),
        ("x" * 201, "has 201 characters: at most 200 are taken"),
        ("abü", "must be printable ASCII, and character 3 is not"),
    ],
)
async def test_what_is_wrong_with_a_key_is_said(service: ServiceUnderTest, key: str, says: str) -> None:
    reply = await service.ask("POST", "/v1/scores", SCORE, idempotency_key=key)
    assert [error["detail"] for error in reply.json()["errors"]] == [says]


async def test_what_admission_refuses_is_not_published(service: ServiceUnderTest) -> None:
    limited = ProblemError(problems.rate_limited(), {"Retry-After": "2"})
    service.admission.refusals["key-id-of-submit"] = limited
    refused, taken_in = await asyncio.gather(
        service.ask("POST", "/v1/scores", SCORE), service.ask("POST", "/v1/scores", SCORE, key="admin")
    )
    assert (refused.status, refused.headers["retry-after"], taken_in.status) == (429, "2", 202)
    assert (await service.ask("POST", "/v1/scores/batch", {"scores": [SCORE]})).status == 429
    assert len(service.commands) == 1
    assert service.admission.asks[0].limit == KEY_LIMIT


@pytest.mark.parametrize("path", ["/v1/scores", "/v1/scores/batch"])
async def test_without_a_queue_it_is_503_and_costs_nothing(service: ServiceUnderTest, path: str) -> None:
    service.broker.is_down = True
    body = SCORE if path == "/v1/scores" else {"scores": [SCORE]}
    reply = await service.ask("POST", path, body)
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert not service.admission.asks


async def test_an_unconfirmed_score_is_503_and_can_be_sent_again(service: ServiceUnderTest) -> None:
    service.broker.confirms = False
    refused = await service.ask("POST", "/v1/scores", SCORE, idempotency_key="k")
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    service.broker.confirms = True
    assert (await service.ask("POST", "/v1/scores", SCORE, idempotency_key="k")).status == 202
    assert service.admission.asks[0] == service.admission.asks[1]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/scores", SCORE),
        ("POST", "/v1/scores/batch", {"scores": [SCORE]}),
        ("POST", "/v1/documents", {"board": "arcade"}),
        ("PUT", "/v1/admin/boards/arcade", {"title": "T"}),
        ("DELETE", "/v1/admin/boards/arcade", b""),
    ],
)
async def test_a_command_takes_no_parameters(service: ServiceUnderTest, method: str, path: str, body: object) -> None:
    reply = await service.ask(method, f"{path}?dry_run=1&a/b=2", body, key="admin")
    assert (reply.status, reply.pointers()) == (422, ["#/dry_run", "#/a~1b"])
    assert not service.commands


async def test_a_key_for_another_player_or_board_is_another_job(service: ServiceUnderTest) -> None:
    for body in (SCORE, score(player="bob"), score(board="secret"), score(score=6)):
        await service.ask("POST", "/v1/scores", body, idempotency_key="k")
    jobs = [command.job for command in taken(service)]
    assert jobs[0] == jobs[3], "another score of the same player: the body is refused while it is remembered"
    assert len(set(jobs)) == 3


@pytest.mark.parametrize("is_gone", [True, False])
@pytest.mark.parametrize("path", ["/v1/scores", "/v1/scores/batch"])
async def test_a_repetition_is_answered_with_its_jobs_whatever_has_changed(
    service: ServiceUnderTest, path: str, is_gone: bool
) -> None:
    body = SCORE if path == "/v1/scores" else {"scores": [SCORE, score(player="bob", score=6)]}
    first = await service.ask("POST", path, body, idempotency_key="k")
    if is_gone:
        del service.boards.rules["arcade"]
    else:
        service.boards.rules["arcade"] = Board(title="Arcade", min=7)

    queued = await service.ask("POST", path, body, idempotency_key="k")
    service.end(*service.commands)
    ended = await service.ask("POST", path, body, idempotency_key="k")
    other = await service.ask("POST", path, body, idempotency_key="l")

    assert (ended.status, ended.json()) == (202, first.json())
    assert ended.headers["location"] == first.headers["location"]
    assert queued.status == other.status == (404 if is_gone and path == "/v1/scores" else 422)
    assert len(service.broker.messages) == 1


async def test_a_batch_that_has_ended_in_part_is_asked_for_again(service: ServiceUnderTest) -> None:
    body = {"scores": [SCORE, score(player="bob", score=6)]}
    await service.ask("POST", "/v1/scores/batch", body, idempotency_key="k")
    service.end(service.commands[0])
    del service.boards.rules["arcade"]

    reply = await service.ask("POST", "/v1/scores/batch", body, idempotency_key="k")

    assert (reply.status, reply.headers["retry-after"]) == (503, "1")


async def test_what_is_no_score_at_all_is_no_repetition(service: ServiceUnderTest) -> None:
    """PostgreSQL is not even asked."""
    service.is_postgres_down = True
    for path, body in (("/v1/scores", score(score="x")), ("/v1/scores/batch", {"scores": [score(score="x")]})):
        assert (await service.ask("POST", path, body, idempotency_key="k")).status == 422
    assert (await service.ask("POST", "/v1/scores", score(score=-1))).status == 422, "without a key"
    assert (await service.ask("POST", "/v1/scores", score(score=-1), idempotency_key="k")).status == 503
