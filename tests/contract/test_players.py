"""GET /v1/players/{player}: one player on all boards."""

from urllib.parse import quote

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import JSON, STANDING, assert_problem, is_time

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def player(admin: Api) -> str:
    """On a board with two periods, on a private one, and on one whose document nobody has asked for."""
    name = fresh("player").replace("-", ".")
    for board, rules in (
        (f"{name[-10:]}-open", {"periods": ["all", "month"]}),
        (f"{name[-10:]}-secret", {"visibility": "private"}),
        (f"{name[-10:]}-unread", {}),
    ):
        admin.define(board, **rules)
        admin.submit_done(board, name, 5, name="Ada", metadata={"a": 1})
    for period in ("all", "month"):
        admin.current(f"{name[-10:]}-open", 1, period=period)
    return name


def boards(api: Api, player: str) -> list[str]:
    answer = api.get(f"/v1/players/{player}")
    assert answer.status_code == 200
    return [standing["document"].removeprefix(player[-10:] + "-") for standing in answer.json()["standings"]]


def test_standings_on_all_boards(anonymous: Api, player: str) -> None:
    answer = anonymous.get(f"/v1/players/{player}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    body = answer.json()
    assert body.keys() == {"player", "standings"}
    assert body["player"] == player
    for standing in body["standings"]:
        assert standing.keys() == STANDING
        assert (standing["player"], standing["score"], standing["name"]) == (player, 5, "Ada")
        assert standing["metadata"] == {"a": 1}
        assert is_time(standing["achieved_at"])


def test_ranks_are_null_where_the_document_is_not_in_the_cache(anonymous: Api, player: str) -> None:
    standings = anonymous.get(f"/v1/players/{player}").json()["standings"]

    by_board: dict[str, set[tuple[object, ...]]] = {}
    for standing in standings:
        known = (standing["rank"], standing["total"], standing["percentile"])
        by_board.setdefault(standing["board"].split("-")[1], set()).add(known)
    assert by_board == {"open": {(1, 1, 100)}, "unread": {(None, None, None)}}


def test_private_boards_are_for_those_who_may_read(callers: dict[str, Api], player: str) -> None:
    month = callers["admin"].get(f"/v1/boards/{player[-10:]}-open").json()["current"]["month"]
    public = {"open:all", f"open:{month}", "unread:all"}

    assert set(boards(callers["nobody"], player)) == public
    assert set(boards(callers["submit"], player)) == public
    assert set(boards(callers["read"], player)) == public | {"secret:all"}
    assert set(boards(callers["admin"], player)) == public | {"secret:all"}


@pytest.mark.parametrize("player", ["nobody-at-all", "a%20b", "x" * 129, ".a", "...", "a%2Cb", "%C3%A9", "a,b", "%0A"])
def test_an_unknown_player_is_404(anonymous: Api, player: str) -> None:
    assert_problem(anonymous.get(f"/v1/players/{player}"), 404, "unknown-player")


def test_a_player_takes_no_parameters(anonymous: Api, player: str) -> None:
    assert_problem(anonymous.get(f"/v1/players/{player}?x=1"), 422, "invalid-fields", pointers={"#/x"})


MARKS = ["Steam:7656|1", "a+b~c=d", "_.@-", "...", ".hidden", "x" * 128, ":", "|", "+", "="]


def test_every_character_of_an_id_stands_wherever_a_player_is_named(admin: Api, anonymous: Api) -> None:
    board = fresh("marks")
    admin.define(board)
    admin.batch_done([{"board": board, "player": player, "score": -index} for index, player in enumerate(MARKS)])
    admin.current(board, len(MARKS))

    assert [entry["player"] for entry in anonymous.all_entries(board)] == MARKS
    by_cursor = anonymous.page(board, limit=1)
    for rank, player in enumerate(MARKS, 1):
        segment = quote(player, safe="")
        assert [entry["player"] for entry in by_cursor["entries"]] == [player]
        if by_cursor["next"]:
            by_cursor = anonymous.page(board, limit=1, cursor=by_cursor["next"])
        assert anonymous.page(board, around=player, limit=1)["entries"][0]["rank"] == rank
        assert anonymous.get(f"/v1/boards/{board}/standings/{segment}").json()["rank"] == rank
        # The list of the boards to look on may be a second old.
        found = eventually(
            lambda at=segment: anonymous.get(f"/v1/players/{at}"), lambda found: found.status_code == 200
        )
        assert [each["board"] for each in found.json()["standings"]].count(board) == 1
    page = anonymous.page(board, players=",".join(MARKS))
    assert [entry["player"] for entry in page["entries"]] == MARKS
    everywhere = "".join(f"%{ord(character):02X}" for character in MARKS[1])
    assert anonymous.get(f"/v1/boards/{board}/standings/{everywhere}").json()["player"] == MARKS[1]
