"""Pages of standings, one standing, the player in the middle, friends, regions; by board and by document."""

from typing import Any

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import JSON, STANDING, assert_page, assert_problem

pytestmark = pytest.mark.contract

NAMES = [f"p{rank}" for rank in range(1, 10)]


def names(page: dict[str, Any]) -> list[str]:
    return [entry["player"] for entry in page["entries"]]


def around(api: Api, board: str, player: str, limit: int) -> list[str]:
    page = api.page(board, around=player, limit=limit)
    assert_page(page)
    return names(page)


def test_a_page_to_the_letter(anonymous: Api, ladder: str) -> None:
    page = anonymous.page(ladder, limit=2)

    assert_page(page)
    assert page["document"] == f"{ladder}:all"
    assert page["board"] == ladder
    assert page["period"] == {"id": "all", "kind": "all", "start": None, "end": None}
    assert (page["region"], page["total"], page["prev"]) == (None, 9, None)
    assert isinstance(page["next"], str)
    first, second = page["entries"]
    del first["achieved_at"], second["achieved_at"]
    assert first == {
        "rank": 1,
        "player": "p1",
        "name": "Player 1",
        "score": 900,
        "subscores": [],
        "region": "eu",
        "metadata": {"level": 1},
    }
    assert second == {**first, "rank": 2, "player": "p2", "name": "Player 2", "score": 800, "region": "us"} | {
        "metadata": {"level": 2}
    }


def test_ascending_boards_have_the_lowest_first(admin: Api) -> None:
    board = fresh("asc")
    admin.define(board, order="asc", unit="milliseconds")
    for player, score in (("slow", 30), ("fast", 10), ("mid", 20), ("slow", 25), ("fast", 40)):
        admin.submit_done(board, player, score)

    page = eventually(lambda: admin.page(board), lambda page: page["total"] == 3 and page["entries"][2]["score"] == 25)

    assert [(entry["player"], entry["score"]) for entry in page["entries"]] == [("fast", 10), ("mid", 20), ("slow", 25)]


def test_ties_are_in_order_of_arrival(admin: Api, board: str) -> None:
    for player in ("zoe", "ada", "mia"):
        admin.submit(board, player, 5)
    admin.submit_done(board, "zoe", 5)  # no better: the earlier one stays

    assert names(admin.current(board, 3)) == ["zoe", "ada", "mia"]


def test_the_newest_counts_on_latest(admin: Api) -> None:
    board = fresh("latest")
    admin.define(board, operator="latest")
    admin.submit_done(board, "ada", 9, achieved_at="2026-01-02T00:00:00Z", name="Old")
    admin.submit_done(board, "ada", 5, achieved_at="2026-01-03T00:00:00Z", name="New")
    late = admin.submit_done(board, "ada", 7, achieved_at="2026-01-01T00:00:00Z")

    result = late["result"]
    assert (result["document"], result["improved"], result["score"], result["previous"]) == (
        f"{board}:all",
        False,
        5,
        5,
    )
    (entry,) = admin.current(board, 1)["entries"]
    assert (entry["score"], entry["name"], entry["achieved_at"]) == (5, "New", "2026-01-03T00:00:00.000000Z")


def test_the_time_of_a_sum_is_that_of_the_last_addition(admin: Api) -> None:
    board = fresh("sum")
    admin.define(board, operator="sum")
    admin.submit_done(board, "ada", 9, achieved_at="2026-01-03T00:00:00Z")
    admin.submit_done(board, "ada", -2, achieved_at="2026-01-01T00:00:00Z")

    page = eventually(lambda: admin.page(board), lambda page: page["total"] and page["entries"][0]["score"] == 7)

    assert page["entries"][0]["achieved_at"] == "2026-01-03T00:00:00.000000Z"


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 8, 9, 10, 100])
def test_forward_then_back_gives_the_same_rows(anonymous: Api, ladder: str, limit: int) -> None:
    forward = [anonymous.page(ladder, limit=limit)]
    while forward[-1]["next"]:
        forward.append(anonymous.page(ladder, limit=limit, cursor=forward[-1]["next"]))
    backward = [forward[-1]]
    while backward[-1]["prev"]:
        backward.append(anonymous.page(ladder, limit=limit, cursor=backward[-1]["prev"]))

    assert [name for page in forward for name in names(page)] == NAMES
    assert [page["entries"] for page in reversed(backward)] == [page["entries"] for page in forward]
    assert forward[0]["prev"] is None
    assert backward[-1]["prev"] is None
    for page in forward:
        assert_page(page)
        assert page["total"] == 9


def test_the_default_limit_is_25_and_the_highest_100(admin: Api, anonymous: Api) -> None:
    board = fresh("long")
    admin.define(board)
    admin.batch_done([{"board": board, "player": f"p{n}", "score": n} for n in range(130)])
    admin.current(board, 130)

    assert len(anonymous.page(board)["entries"]) == 25
    assert len(anonymous.page(board, limit=100)["entries"]) == 100
    assert [entry["score"] for entry in anonymous.all_entries(board)] == list(range(129, -1, -1))


def test_a_cursor_holds_its_place_while_others_pass(admin: Api, board: str) -> None:
    admin.batch_done([{"board": board, "player": f"p{n}", "score": 100 - n} for n in range(6)])
    first = admin.current(board, 6, limit=3)
    admin.submit_done(board, "new", 1_000)
    admin.current(board, 7)

    second = admin.page(board, limit=3, cursor=first["next"])

    assert names(second) == ["p3", "p4", "p5"]
    assert [entry["rank"] for entry in second["entries"]] == [5, 6, 7]


@pytest.mark.parametrize(
    ("player", "limit", "expected"),
    [
        ("p5", 3, ["p4", "p5", "p6"]),
        ("p5", 5, ["p3", "p4", "p5", "p6", "p7"]),
        ("p5", 1, ["p5"]),
        ("p1", 3, ["p1", "p2", "p3"]),
        ("p2", 5, ["p1", "p2", "p3", "p4", "p5"]),
        ("p9", 3, ["p7", "p8", "p9"]),
        ("p8", 5, ["p5", "p6", "p7", "p8", "p9"]),
        ("p1", 9, NAMES),
        ("p9", 9, NAMES),
        ("p1", 100, NAMES),
        ("p9", 100, NAMES),
    ],
)
def test_around_is_exact_at_both_ends(
    anonymous: Api, ladder: str, player: str, limit: int, expected: list[str]
) -> None:
    assert around(anonymous, ladder, player, limit) == expected


@pytest.mark.parametrize(("player", "limit"), [("p5", 2), ("p5", 4), ("p1", 2), ("p9", 4)])
def test_around_of_even_size_is_full_and_holds_the_player(anonymous: Api, ladder: str, player: str, limit: int) -> None:
    found = around(anonymous, ladder, player, limit)

    assert player in found
    assert len(found) == limit


def test_around_pages_on_in_both_directions(anonymous: Api, ladder: str) -> None:
    page = anonymous.page(ladder, around="p5", limit=3)

    assert names(anonymous.page(ladder, limit=3, cursor=page["next"])) == ["p7", "p8", "p9"]
    assert names(anonymous.page(ladder, limit=3, cursor=page["prev"])) == ["p1", "p2", "p3"]


def test_around_a_player_without_a_standing_is_404(anonymous: Api, ladder: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings?around=nobody")

    assert_problem(answer, 404, "unknown-player")


def test_friends_are_in_rank_order_with_their_ranks(anonymous: Api, ladder: str) -> None:
    page = anonymous.page(ladder, players="p7,nobody,p2,p9,p2")

    assert_page(page)
    assert [(entry["rank"], entry["player"]) for entry in page["entries"]] == [(2, "p2"), (7, "p7"), (9, "p9")]
    assert (page["total"], page["next"], page["prev"]) == (9, None, None)


def test_the_best_of_the_friends_alone(anonymous: Api, ladder: str) -> None:
    page = anonymous.page(ladder, players="p7,p2,p9", limit=2)

    assert [(entry["rank"], entry["player"]) for entry in page["entries"]] == [(2, "p2"), (7, "p7")]
    assert page["next"] is None


def test_without_friends_the_page_is_empty(anonymous: Api, ladder: str) -> None:
    page = anonymous.page(ladder, players="")

    assert_page(page)
    assert (page["entries"], page["total"], page["next"]) == ([], 9, None)


def test_a_hundred_friends_and_no_more(anonymous: Api, ladder: str) -> None:
    hundred = [f"p{n}" for n in range(1, 101)]

    assert names(anonymous.page(ladder, players=",".join(hundred))) == NAMES
    answer = anonymous.get(f"/v1/boards/{ladder}/standings", params={"players": ",".join([*hundred, "x"])})
    assert_problem(answer, 422, "invalid-fields", pointers={"#/players"})


def test_regions_rank_among_themselves_in_any_case(anonymous: Api, ladder: str) -> None:
    for spelling in ("eu", "EU", "Eu"):
        page = anonymous.page(ladder, region=spelling)
        assert_page(page)
        assert page["document"] == f"{ladder}:all:eu"
        assert page["region"] == "eu"
        assert [(entry["rank"], entry["player"]) for entry in page["entries"]] == [
            (rank, f"p{2 * rank - 1}") for rank in range(1, 6)
        ]
    assert anonymous.page(ladder, region="us")["total"] == 4
    assert anonymous.page(ladder, region="nowhere")["entries"] == []
    assert around(anonymous, ladder, "p5", 3) == ["p4", "p5", "p6"]
    assert names(anonymous.page(ladder, region="eu", around="p5", limit=3)) == ["p3", "p5", "p7"]


def test_a_player_who_moves_leaves_the_region(admin: Api) -> None:
    board = fresh("move")
    admin.define(board, regions=True)
    admin.submit_done(board, "ada", 1, region="EU")
    admin.current(board, 1, region="eu")

    admin.submit_done(board, "ada", 2, region="US")

    assert admin.current(board, 0, region="eu")["entries"] == []
    assert names(admin.current(board, 1, region="us")) == ["ada"]


def test_a_region_on_a_board_without_is_422(anonymous: Api, board: str) -> None:
    answer = anonymous.get(f"/v1/boards/{board}/standings?region=eu")

    assert_problem(answer, 422, "invalid-fields", pointers={"#/region"})


@pytest.mark.parametrize("path", ["standings?limit=3", "standings/p5?targets=1", "rank?score=500"])
def test_an_empty_period_or_region_is_one_that_is_not_given(anonymous: Api, ladder: str, path: str) -> None:
    """Forms and some clients cannot leave a parameter out."""
    plain = anonymous.get(f"/v1/boards/{ladder}/{path}")

    empty = anonymous.get(f"/v1/boards/{ladder}/{path}&period=&region=")

    assert (empty.status_code, empty.json()) == (200, plain.json())


def test_an_empty_region_on_a_board_without_is_none(admin: Api, board: str) -> None:
    assert admin.page(board, region="")["region"] is None


@pytest.mark.parametrize("region", [" ", "x" * 17, "e u", "eu_1", "\u00e9"])
def test_a_wrong_region_is_422(anonymous: Api, ladder: str, region: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings", params={"region": region})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/region"})


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        *((f"limit={value}", {"#/limit"}) for value in ("0", "101", "-1", "x", "1.0", "", "+5", "%D9%A1", "1%0A")),
        *((f"cursor={value}", {"#/cursor"}) for value in ("", "x", "!!", "AAAA", "k6Fh", "%00", "a" * 2_000)),
        *((f"around={value}", {"#/around"}) for value in ("", "a%20b", "a+b", "x" * 129, ".", "..", "%C3%A9", "a,b")),
        *((f"players={value}", {"#/players"}) for value in (",", "a,", "a,,b", "a%20b", "x" * 129, "p1,..", ".")),
        ("around=p1&players=p2", {"#/players"}),
        ("page=1", {"#/page"}),
        ("Limit=1", {"#/Limit"}),
        ("limit=1&limit=1", {"#/limit"}),
        ("limit=0&period=x&region=%21&x=1", {"#/limit", "#/period", "#/region", "#/x"}),
    ],
)
def test_wrong_parameters_are_named(anonymous: Api, ladder: str, query: str, pointers: set[str]) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings?{query}")

    assert_problem(answer, 422, "invalid-fields", pointers=pointers)


def test_a_cursor_of_another_document_is_422(anonymous: Api, ladder: str) -> None:
    cursor = anonymous.page(ladder, limit=2)["next"]

    answer = anonymous.get(f"/v1/boards/{ladder}/standings", params={"cursor": cursor, "region": "eu"})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/cursor"})


@pytest.mark.parametrize(
    ("player", "region", "rank", "total", "percentile"),
    [("p1", None, 1, 9, 100), ("p5", None, 5, 9, 100 * 5 / 9), ("p9", None, 9, 9, 100 / 9), ("p9", "eu", 5, 5, 20)],
)
def test_one_standing(
    anonymous: Api, ladder: str, player: str, region: str | None, rank: int, total: int, percentile: float
) -> None:
    answer = anonymous.get(
        f"/v1/boards/{ladder}/standings/{player}",
        params={"region": region} if region else {},
        headers={"Prefer": "wait=10"},
    )

    assert answer.status_code == 200
    assert answer.headers["content-type"] == JSON
    standing = answer.json()
    assert standing.keys() == STANDING
    assert (standing["rank"], standing["total"]) == (rank, total)
    assert standing["percentile"] == pytest.approx(percentile)
    assert standing["document"] == f"{ladder}:all" + (f":{region}" if region else "")
    (entry,) = anonymous.page(ladder, players=player, **({"region": region} if region else {}))["entries"]
    assert {name: standing[name] for name in entry} == entry


@pytest.mark.parametrize("player", ["nobody", "a%20b", "x" * 129, "%C3%A9", "%0A"])
def test_no_standing_is_404(anonymous: Api, ladder: str, player: str) -> None:
    assert_problem(anonymous.get(f"/v1/boards/{ladder}/standings/{player}"), 404, "unknown-player")


def test_a_standing_in_an_empty_period_is_404(anonymous: Api, ladder: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings/p1?period=2001-01", headers={"Prefer": "wait=10"})

    assert_problem(answer, 404, "unknown-player")


@pytest.mark.parametrize("query", ["limit=1", "cursor=x", "around=p1", "players=p1", "x=1"])
def test_a_standing_takes_no_parameters_of_a_page(anonymous: Api, ladder: str, query: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings/p1?{query}")

    assert_problem(answer, 422, "invalid-fields", pointers={f"#/{query.split('=')[0]}"})


@pytest.mark.parametrize("path", ["standings", "standings/ada", "periods", "rank?score=1", "rank"])
@pytest.mark.parametrize("board", ["nowhere", "NO", "a_b", "%C3%A9", "x" * 64, "%20"])
def test_an_unknown_board_is_404(anonymous: Api, board: str, path: str) -> None:
    assert_problem(anonymous.get(f"/v1/boards/{board}/{path}"), 404, "unknown-board")


def test_percent_encoded_paths_mean_the_same(anonymous: Api, ladder: str) -> None:
    encoded = "".join(f"%{ord(character):02X}" for character in ladder)

    plain = anonymous.get(f"/v1/boards/{ladder}/standings")
    same = anonymous.get(f"/v1/boards/{encoded}/standings")

    assert (same.status_code, same.json()) == (200, plain.json())


def test_a_document_is_the_same_page(anonymous: Api, ladder: str) -> None:
    for document, parameters in ((f"{ladder}:all", {}), (f"{ladder}:all:eu", {"region": "eu"})):
        for selection in ({}, {"limit": 2}, {"around": "p5", "limit": 3}, {"players": "p9,p1"}):
            expected = anonymous.page(ladder, **parameters, **selection)
            answer = anonymous.get(f"/v1/documents/{document}", params=selection)
            assert answer.status_code == 200, answer.text
            assert answer.json() == expected
            assert answer.headers["etag"] == f'"{expected["version"]}"'


def test_a_document_pages_by_cursor(anonymous: Api, ladder: str) -> None:
    first = anonymous.get(f"/v1/documents/{ladder}:all", params={"limit": 4}).json()

    second = anonymous.get(f"/v1/documents/{ladder}:all", params={"limit": 4, "cursor": first["next"]}).json()

    assert names(first) + names(second) == NAMES[:8]


@pytest.mark.parametrize(
    "document",
    [
        "",
        "x",
        ":",
        "a:b:c:d",
        "{board}",
        "{board}:",
        "{board}::eu",
        "{board}:day",
        "{board}:2026-13",
        "{board}:ALL",
        "{board}:all:EU",
        "{board}:all:",
        "{board}:all:e_u",
        "nowhere:all",
        "%C3%A9:all",
        "{board}:all:eu:x",
        "x" * 999,
    ],
)
def test_an_unknown_document_is_404(anonymous: Api, ladder: str, document: str) -> None:
    answer = anonymous.get(f"/v1/documents/{document.format(board=ladder)}")

    assert_problem(answer, 404, "unknown-document" if document else "not-found")


@pytest.mark.parametrize("query", ["period=all", "region=eu", "x=1", "limit=0"])
def test_wrong_parameters_of_a_document_are_named(anonymous: Api, ladder: str, query: str) -> None:
    answer = anonymous.get(f"/v1/documents/{ladder}:all?{query}")

    assert_problem(answer, 422, "invalid-fields", pointers={f"#/{query.split('=')[0]}"})
