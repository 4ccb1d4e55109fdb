"""Competition ranks: equal standings share the better rank, the next one is skipped, and the order among them stays."""

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import assert_page

PLAYERS = [f"p{number:02}" for number in range(12)]
SCORES = [9, 7, 7, 7, 7, 7, 5, 5, 3, 3, 3, 1]
RANKS = [1, 2, 2, 2, 2, 2, 7, 7, 9, 9, 9, 12]


@pytest.fixture(scope="module")
def board(admin: Api) -> str:
    name = fresh("competition")
    admin.define(name, ranks="competition")
    admin.batch_done(
        [{"board": name, "player": player, "score": score} for player, score in zip(PLAYERS, SCORES, strict=True)]
    )
    admin.current(name, len(PLAYERS))
    return name


def ranks(page: dict[str, list[dict[str, object]]]) -> list[tuple[object, object]]:
    assert_page(page)
    return [(entry["player"], entry["rank"]) for entry in page["entries"]]


def standings_of(api: Api, player: str, board: str) -> list[dict[str, object]]:
    """The player's standings on the board; none while the list of boards, a second old at most, does not have it."""
    answer = api.get(f"/v1/players/{player}")
    return [each for each in answer.json().get("standings", []) if each["board"] == board]


EXPECTED = list(zip(PLAYERS, RANKS, strict=True))


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_forward_and_back_have_the_ranks_of_the_whole_board(admin: Api, board: str, limit: int) -> None:
    forward, back = [], []
    page = admin.page(board, limit=limit)
    forward += ranks(page)
    while page["next"]:
        page = admin.page(board, limit=limit, cursor=page["next"])
        forward += ranks(page)
    back = ranks(page)
    while page["prev"]:
        page = admin.page(board, limit=limit, cursor=page["prev"])
        back = ranks(page) + back
    assert forward == back == EXPECTED


@pytest.mark.parametrize("player", PLAYERS)
def test_around_and_one_standing_have_the_same_ranks(admin: Api, board: str, player: str) -> None:
    index = PLAYERS.index(player)
    start = max(0, min(index - 1, len(PLAYERS) - 3))
    assert ranks(admin.page(board, around=player, limit=3)) == EXPECTED[start : start + 3]
    standing = admin.get(f"/v1/boards/{board}/standings/{player}").json()
    assert standing["rank"] == RANKS[index]
    assert standing["percentile"] == pytest.approx(100 * (len(PLAYERS) - RANKS[index] + 1) / len(PLAYERS))
    (everywhere,) = eventually(lambda: standings_of(admin, player, board), bool)
    assert (everywhere["rank"], everywhere["percentile"]) == (standing["rank"], standing["percentile"])


def test_named_players_keep_the_order_of_the_board(admin: Api, board: str) -> None:
    assert ranks(admin.page(board, players="p07,p05,p01,p11,p06")) == [
        ("p01", 2),
        ("p05", 2),
        ("p06", 7),
        ("p07", 7),
        ("p11", 12),
    ]


def test_only_those_with_equal_sub_scores_share_a_rank(admin: Api) -> None:
    board = fresh("competition")
    admin.define(board, ranks="competition", subscores=[{"name": "laps", "order": "asc"}])
    admin.batch_done(
        [
            {"board": board, "player": player, "score": 5, "subscores": [laps]}
            for player, laps in (("c", 2), ("a", 1), ("d", 2), ("b", 1), ("e", 3))
        ]
    )
    admin.current(board, 5)
    expected = [("a", 1), ("b", 1), ("c", 3), ("d", 3), ("e", 5)]
    assert ranks(admin.page(board)) == expected
    page = admin.page(board, limit=3)
    assert ranks(page) == expected[:3]
    assert ranks(admin.page(board, limit=3, cursor=page["next"])) == expected[3:]


def test_the_kind_of_ranks_changes_at_any_time_and_whoever_has_the_page_hears_of_it(admin: Api) -> None:
    board = fresh("competition")
    admin.define(board)
    admin.batch_done([{"board": board, "player": player, "score": 1} for player in "abc"])
    admin.current(board, 3)
    path = f"/v1/boards/{board}/standings"
    for kind, expected in (("competition", [1, 1, 1]), ("ordinal", [1, 2, 3])):
        before = admin.get(path)
        admin.define(board, ranks=kind)
        answer = eventually(
            lambda tag=before.headers["etag"]: admin.get(path, headers={"If-None-Match": tag}),
            lambda answer: answer.status_code == 200,
        )
        assert [entry["rank"] for entry in answer.json()["entries"]] == expected
        assert answer.json()["version"] == before.json()["version"]
        assert admin.get(path, headers={"If-None-Match": answer.headers["etag"]}).status_code == 304
        assert admin.get(f"/v1/boards/{board}").json()["ranks"] == kind
