"""Players' ids as identity providers make them, through every call that names a player.

Such ids have every mark that the contract allows, and each mark means something to somebody on the way: `:` to Redis
members, checkpoints and document ids, `+` to forms, `|` to strict parsers of URLs, `=` to queries, `-` to command
lines.
"""

import asyncio
import http.client
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from tests.api import Api, Json, eventually, fresh
from tests.contract.shapes import assert_problem
from tests.stack import Stack
from typer.testing import CliRunner

from highscores_client import Client, cli

pytestmark = pytest.mark.contract

IDS = [
    "eu-central-1:7d1f4c2e-90ab-4d3c-8f65-0123456789ab",  # AWS Cognito
    "auth0|507f1f77bcf86cd799439011",
    "google-oauth2|103547991597142817347",
    "waad|Zm9vLWJhcg==",  # base64 within
    "ada+tetris@mail.example.com",
    "c2FsdHktaWQ_LQ==",  # base64url with its padding
    "oauth2|steam|https:steam.id=76561197960287930",
    "did:web:example.com:user:alice",
    "76561197960287930",  # Steam
    "-_-",  # begins as an option does
    "+49~1=2",
    ":",
    "0",
    "null",
    ".hidden.",
]


def encoded(player: str) -> str:
    return quote(player, safe="")


def all_encoded(player: str) -> str:
    """Every character percent-encoded, as some proxies and clients do."""
    return "".join(f"%{ord(character):02X}" for character in player)


def lower_encoded(player: str) -> str:
    return "".join(f"%{ord(character):02x}" for character in player)


def as_it_is(player: str) -> str:
    return player


SPELLINGS = [encoded, all_encoded, lower_encoded, as_it_is]


def ask(stack: Stack, path: str) -> tuple[int, Json]:
    """Ask with the path as it is given: httpx would encode some of it, and fold some."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.private.ports.page, timeout=20)
    connection.request("GET", path, headers={"Authorization": f"Bearer {stack.keys.admin}", "Prefer": "wait=10"})
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()
    return answer.status, body


@pytest.fixture(scope="module")
def board(admin: Api) -> str:
    """The players in the order of IDS, half of them sent one by one and half in a batch."""
    name = fresh("ids")
    admin.define(name, regions=True)
    scores = [{"board": name, "player": player, "score": -place, "region": "eu"} for place, player in enumerate(IDS)]
    for score in scores[::2]:
        admin.done(admin.command("POST", "/v1/scores", score))
    admin.batch_done(scores[1::2])
    admin.current(name, len(IDS))
    admin.current(name, len(IDS), region="eu")
    return name


def players(page: Json) -> list[str]:
    return [entry["player"] for entry in page["entries"]]


def test_pages_have_them_forward_and_back(anonymous: Api, board: str) -> None:
    """A cursor names the player at whom it stands."""
    page = anonymous.page(board, limit=1)
    for player in IDS[1:]:
        page = anonymous.page(board, limit=1, cursor=page["next"])
        assert players(page) == [player]
    for player in reversed(IDS[:-1]):
        page = anonymous.page(board, limit=1, cursor=page["prev"])
        assert players(page) == [player]


@pytest.mark.parametrize("spell", SPELLINGS)
def test_paths_name_them(stack: Stack, board: str, spell: Callable[[str], str]) -> None:
    for rank, player in enumerate(IDS, 1):
        for query in ("", "?region=eu", "?targets=1&version=1"):
            status, standing = ask(stack, f"/v1/boards/{board}/standings/{spell(player)}{query}")
            assert (status, standing.get("player"), standing.get("rank")) == (200, player, rank)


@pytest.mark.parametrize("spell", SPELLINGS)
def test_paths_name_them_on_all_boards(stack: Stack, board: str, spell: Callable[[str], str]) -> None:
    for player in IDS:
        # The list of the boards to look on may be a second old.
        _, body = eventually(lambda at=player: ask(stack, f"/v1/players/{spell(at)}"), lambda found: found[0] == 200)
        assert body["player"] == player
        assert board in {standing["board"] for standing in body["standings"]}


@pytest.mark.parametrize("spell", [encoded, all_encoded, lower_encoded])
def test_queries_name_them(stack: Stack, board: str, spell: Callable[[str], str]) -> None:
    for rank, player in enumerate(IDS, 1):
        for path in (f"/v1/boards/{board}/standings", f"/v1/documents/{board}:all"):
            status, page = ask(stack, f"{path}?around={spell(player)}&limit=1")
            assert (status, players(page), page["entries"][0]["rank"]) == (200, [player], rank)
    for comma in (",", "%2C"):
        status, page = ask(stack, f"/v1/boards/{board}/standings?players={comma.join(map(spell, reversed(IDS)))}")
        assert (status, players(page)) == (200, IDS)


def test_all_but_a_plus_may_stand_in_a_query_as_they_are(stack: Stack, board: str) -> None:
    plain = [player for player in IDS if "+" not in player]
    for player in plain:
        assert players(ask(stack, f"/v1/boards/{board}/standings?limit=1&around={player}")[1]) == [player]
    assert players(ask(stack, f"/v1/boards/{board}/standings?players={','.join(plain)}")[1]) == plain


@pytest.mark.parametrize("parameter", ["around", "players"])
def test_a_plus_as_it_is_in_a_query_is_refused_with_what_to_do(anonymous: Api, board: str, parameter: str) -> None:
    """A form's encoding takes it for a blank. To take a blank for a plus would hide the same mistake elsewhere."""
    answer = anonymous.get(f"/v1/boards/{board}/standings?{parameter}=ada+tetris@mail.example.com")

    problem = assert_problem(answer, 422, "invalid-fields", pointers={f"#/{parameter}"})
    assert "%2B" in problem["errors"][0]["detail"]


def test_only_who_has_a_blank_where_a_plus_could_be_is_told_of_it(anonymous: Api, board: str) -> None:
    for wrong in ("a%2Fb", "%C3%A9+b", "a%20%23"):
        answer = anonymous.get(f"/v1/boards/{board}/standings?around={wrong}")
        problem = assert_problem(answer, 422, "invalid-fields", pointers={"#/around"})
        assert "%2B" not in problem["errors"][0]["detail"]


def test_keys_are_made_of_them_and_belong_to_them(admin: Api) -> None:
    board = fresh("keys")
    admin.define(board)
    jobs = []
    for player in IDS:
        score = {"board": board, "player": player, "score": 1}
        first, again = (
            admin.command("POST", "/v1/scores", score, headers={"Idempotency-Key": player}).json()["job"]
            for _ in range(2)
        )
        assert first == again
        jobs.append(first)
    assert len(set(jobs)) == len(IDS)
    for job in jobs:
        assert admin.job(job)["status"] == "done"
    assert admin.current(board, len(IDS))["total"] == len(IDS)


@pytest.mark.parametrize("ranks", ["ordinal", "competition"])
def test_a_tie_is_kept_and_brought_up_to_date(admin: Api, ranks: str) -> None:
    """The same score, in the order of the requests; then one after another improves and passes all that are left."""
    board = fresh("tie")
    admin.define(board, ranks=ranks)
    admin.batch_done([{"board": board, "player": player, "score": 1} for player in IDS])
    assert players(admin.current(board, len(IDS))) == IDS

    for player in IDS[::3]:
        admin.submit_done(board, player, 2)

    expected = IDS[::3] + [player for place, player in enumerate(IDS) if place % 3]
    page = eventually(lambda: admin.page(board), lambda page: page["entries"][len(IDS[::3]) - 1]["score"] == 2)
    assert players(page) == expected
    ranked = [entry["rank"] for entry in page["entries"]]
    first_of_the_others = len(IDS[::3]) + 1
    if ranks == "competition":
        assert ranked == [1] * len(IDS[::3]) + [first_of_the_others] * (len(IDS) - len(IDS[::3]))
    else:
        assert ranked == list(range(1, len(IDS) + 1))


def test_the_client_sends_them(stack: Stack, board: str) -> None:
    async def ask_all() -> None:
        async with Client(stack.url, stack.keys.admin) as client:
            for rank, player in enumerate(IDS, 1):
                assert (await client.standing(board, player)).rank == rank
                assert [each.player for each in (await client.around(board, player, limit=1)).entries] == [player]
                assert (await client.player(player)).player == player
                accepted = await client.submit(board, player, -1 - rank)  # worse: nobody moves
                assert (await client.ended(accepted.job)).status == "done"
            assert [each.player for each in (await client.players(board, reversed(IDS))).entries] == IDS

    asyncio.run(ask_all())


def test_the_command_line_takes_them(stack: Stack, board: str) -> None:
    def run(command: str, *options: str, arguments: tuple[str, ...]) -> str:
        of_service = ["--url", stack.url, "--key", stack.keys.admin]
        # What begins as an option does stands behind `--`, as with every program.
        result = CliRunner().invoke(
            cli.app, [command, *of_service, *options, "--", board, *arguments], env={"COLUMNS": "200"}
        )
        assert result.exit_code == 0, result.output
        return result.output

    for player in IDS:
        assert "done" in run("submit", "--wait", arguments=(player, "-99"))
        assert player in run("around", "--limit", "1", arguments=(player,))
        assert player in run("standing", arguments=(player,))


def test_no_log_has_them(stack: Stack, board: str) -> None:
    """A player is a person: what a log holds must not lead to one."""
    telling = [player for player in IDS if len(player) > 16]
    logs = {program: stack.private.log(program) for program in (*stack.services, "nginx", "postgres", "rabbitmq")}
    assert all('"event"' in logs[service] for service in stack.services)
    for log in logs.values():
        assert not [player for player in telling if player in log or encoded(player) in log]
