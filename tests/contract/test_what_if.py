"""What if, and what is lacking: the rank that a score would take, and how far a player is from places of the board."""

import random
from typing import Any

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import JSON, RANK, STANDING, TARGET, assert_accepted, assert_problem
from tests.stack import Stack

pytestmark = pytest.mark.contract

MOST = 2**53 - 1
SEED = 20261124
STANDINGS, ASKED = 25, 6


def rank(api: Api, board: str, **query: Any) -> dict[str, Any]:
    answer = api.get(f"/v1/boards/{board}/rank", params=query, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == JSON
    found: dict[str, Any] = answer.json()
    assert found.keys() == RANK
    assert found["percentile"] == pytest.approx(100 * (found["total"] - found["rank"] + 1) / found["total"])
    return found


def standing(api: Api, board: str, player: str, targets: str, **query: Any) -> dict[str, Any]:
    path = f"/v1/boards/{board}/standings/{player}"
    answer = api.get(path, params={"targets": targets, **query}, headers={"Prefer": "wait=10"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    assert found.keys() == {*STANDING, "targets"}
    assert all(target.keys() == TARGET for target in found["targets"])
    return found


def lacking(api: Api, board: str, player: str, targets: str, **query: Any) -> list[tuple[int | None, int]]:
    found = standing(api, board, player, targets, **query)["targets"]
    assert [target["target"] for target in found] == targets.split(",")
    return [(target["score"], target["gap"]) for target in found]


def test_a_rank_to_the_letter(anonymous: Api, ladder: str) -> None:
    found = rank(anonymous, ladder, score=650, region="EU", period="all")

    assert found == {
        "document": f"{ladder}:all:eu",
        "board": ladder,
        "period": {"id": "all", "kind": "all", "start": None, "end": None},
        "region": "eu",
        "version": anonymous.page(ladder, region="eu")["version"],
        "total": 6,
        "percentile": pytest.approx(100 * 4 / 6),
        "rank": 3,
        "score": 650,
        "subscores": [],
    }


@pytest.mark.parametrize(
    ("score", "expected"), [(MOST, 1), (901, 1), (900, 2), (899, 2), (500, 6), (100, 10), (99, 10), (-MOST, 10)]
)
def test_an_equal_score_comes_after_those_that_are_there(
    anonymous: Api, ladder: str, score: int, expected: int
) -> None:
    """Also beyond the bounds of the board, which are 0 and 1000."""
    found = rank(anonymous, ladder, score=score)

    assert (found["rank"], found["total"], found["region"]) == (expected, 10, None)


def test_asking_writes_nothing(anonymous: Api, ladder: str, stack: Stack) -> None:
    before = anonymous.page(ladder), stack.query("select count(*), max(version) from standings")

    rank(anonymous, ladder, score=1)

    assert (anonymous.page(ladder), stack.query("select count(*), max(version) from standings")) == before


@pytest.mark.parametrize("ranks", ["ordinal", "competition"])
@pytest.mark.parametrize(
    ("order", "subscores"), [("desc", []), ("asc", []), ("desc", ["asc", "desc"]), ("asc", ["asc"])]
)
def test_the_rank_is_the_one_that_a_new_player_then_gets(
    admin: Api, ranks: str, order: str, subscores: list[str]
) -> None:
    board = fresh("what-if")
    named = [{"name": f"s{index}", "order": each} for index, each in enumerate(subscores)]
    admin.define(board, order=order, ranks=ranks, subscores=named)
    source = random.Random(f"{SEED}{ranks}{order}{subscores}")

    def play(player: str) -> dict[str, Any]:
        values = [source.choice((0, 1, 2, -1)) for _ in (order, *subscores)]
        return {"board": board, "player": player, "score": values[0], "subscores": values[1:]}

    admin.batch_done([play(f"p{number}") for number in range(STANDINGS)])
    admin.current(board, STANDINGS)
    for there in range(STANDINGS, STANDINGS + ASKED):
        new = play(f"p{there}")
        given = {"subscores": ",".join(map(str, new["subscores"]))} if subscores else {}
        told = rank(admin, board, score=new["score"], **given)

        admin.batch_done([new])

        admin.current(board, there + 1)
        gets = admin.get(f"/v1/boards/{board}/standings/{new['player']}").json()
        same = ("rank", "total", "percentile", "score", "subscores")
        assert {name: told[name] for name in same} == {name: gets[name] for name in same}


def test_no_sub_scores_are_zeros(admin: Api) -> None:
    board = fresh("what-if")
    admin.define(board, subscores=[{"name": "laps", "order": "desc"}, {"name": "falls", "order": "asc"}])
    plays = {"good": [1, 9], "zero": [0, 0], "bad": [0, 1]}
    admin.batch_done(
        [{"board": board, "player": player, "score": 5, "subscores": each} for player, each in plays.items()]
    )
    admin.current(board, 3)

    asked = {None: 3, "0,0": 3, "1,9": 2, "0,-1": 2, "-1,0": 4, f"{MOST},{-MOST}": 1}
    for subscores, expected in asked.items():
        found = rank(admin, board, score=5, **({} if subscores is None else {"subscores": subscores}))
        assert (found["rank"], found["subscores"]) == (
            expected,
            [int(each) for each in (subscores or "0,0").split(",")],
        )


def test_an_empty_period_is_answered_without_a_document(anonymous: Api, stack: Stack, ladder: str) -> None:
    jobs_sql = "select count(*) from jobs where command = 'build-document'"
    before = stack.query(jobs_sql)

    for place in ({"period": "1999-12"}, {"region": "made-up"}):
        answer = anonymous.get(f"/v1/boards/{ladder}/rank", params={"score": 5, **place}, headers={"Prefer": "wait=0"})
        assert answer.status_code == 200
        found = answer.json()
        assert found.keys() == RANK
        assert (found["rank"], found["total"], found["percentile"]) == (1, 1, 100.0)
        assert answer.headers["etag"] == f'"{found["version"]}"'

    assert stack.query(jobs_sql) == before


def test_a_missing_document_is_built(admin: Api, anonymous: Api, stack: Stack) -> None:
    board = fresh("what-if")
    admin.define(board, periods=["all", "month"])
    admin.submit_done(board, "ada", 5, achieved_at="2020-01-15T00:00:00Z")
    admin.current(board, 1)
    path = f"/v1/boards/{board}/rank?score=6&period=2020-01"

    answer = anonymous.get(path, headers={"Prefer": "wait=0"})

    job = assert_accepted(answer)
    assert int(answer.headers["retry-after"]) >= 1
    assert anonymous.job(job)["status"] == "done"
    assert anonymous.get(path).json()["rank"] == 1


@pytest.mark.parametrize(
    ("query", "pointers"),
    [
        ("", {"#/score"}),
        *(
            (f"score={value}", {"#/score"})
            for value in ("", "x", "1.0", "1e3", "+1", "%2B1", "01", "true", str(MOST + 1))
        ),
        *((f"score=1&subscores={value}", {"#/subscores"}) for value in ("", "1", "1,2", "x")),
        ("score=1&score=1", {"#/score"}),
        ("score=1&limit=1", {"#/limit"}),
        ("score=1&player=ada", {"#/player"}),
        ("score=x&subscores=1&period=x&region=%21", {"#/score", "#/subscores", "#/period", "#/region"}),
    ],
)
def test_wrong_parameters_are_named(anonymous: Api, ladder: str, query: str, pointers: set[str]) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/rank?{query}")

    assert_problem(answer, 422, "invalid-fields", pointers=pointers)


@pytest.mark.parametrize("subscores", ["1", "1,2,3", "1,x", "1,2.5", f"1,{MOST + 1}", "1,"])
def test_there_are_as_many_sub_scores_as_the_board_names(admin: Api, subscores: str) -> None:
    board = fresh("what-if")
    admin.define(board, subscores=[{"name": "laps", "order": "desc"}, {"name": "falls", "order": "asc"}])

    answer = admin.get(f"/v1/boards/{board}/rank", params={"score": 1, "subscores": subscores})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/subscores"})


def test_what_is_lacking_to_the_letter(anonymous: Api, ladder: str) -> None:
    found = standing(anonymous, ladder, "p5", "1,5,6,10,percent:25")

    assert found.pop("targets") == [
        {"target": "1", "score": 900, "gap": 400},
        {"target": "5", "score": 500, "gap": 0},
        {"target": "6", "score": 400, "gap": 0},
        {"target": "10", "score": None, "gap": 0},
        {"target": "percent:25", "score": 800, "gap": 300},  # the best quarter of nine are two
    ]
    assert found == anonymous.get(f"/v1/boards/{ladder}/standings/p5").json()


def test_what_is_lacking_in_a_region(anonymous: Api, ladder: str) -> None:
    assert lacking(anonymous, ladder, "p9", "2,percent:20", region="eu") == [(700, 600), (900, 800)]


@pytest.mark.parametrize(("order", "first"), [("desc", 90), ("asc", -90)])
def test_the_gap_is_never_negative_and_zero_among_equals(admin: Api, order: str, first: int) -> None:
    """Whoever is as good stands there or was later: the score lacks nothing."""
    board = fresh("lacking")
    admin.define(board, order=order)
    better = 1 if order == "desc" else -1
    scores = {"a": first, "b": first - 30 * better, "c": first - 30 * better, "d": first - 31 * better}
    admin.batch_done([{"board": board, "player": player, "score": score} for player, score in scores.items()])
    admin.current(board, 4)

    for player, gaps in {"a": [0, 0, 0, 0], "b": [30, 0, 0, 0], "c": [30, 0, 0, 0], "d": [31, 1, 1, 0]}.items():
        assert lacking(admin, board, player, "1,2,3,4") == list(zip(scores.values(), gaps, strict=True))


def test_after_the_gap_and_a_little_more_the_player_stands_there(admin: Api, board: str) -> None:
    admin.define(board, operator="sum")
    admin.batch_done([{"board": board, "player": f"p{number}", "score": 100 - 7 * number} for number in range(9)])
    admin.current(board, 9)
    ((_, gap),) = lacking(admin, board, "p8", "3")

    admin.submit_done(board, "p8", gap)

    at_it = eventually(lambda: standing(admin, board, "p8", "3"), lambda found: found["targets"][0]["gap"] == 0)
    assert at_it["rank"] == 4
    admin.submit_done(board, "p8", 1)
    eventually(lambda: standing(admin, board, "p8", "3")["rank"], (3).__eq__)


TOO_MANY = ",".join(["1"] * 11)


@pytest.mark.parametrize(
    "targets", ["", "0", "-1", "01", "1.5", "x", "1,", "1,,2", "percent:", "percent:0", "percent:101", "5%25", TOO_MANY]
)
def test_wrong_targets_are_named(anonymous: Api, ladder: str, targets: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings/p1?targets={targets}&x=1")

    assert_problem(answer, 422, "invalid-fields", pointers={"#/targets", "#/x"})


def test_a_player_without_a_standing_lacks_nothing_that_can_be_told(anonymous: Api, ladder: str) -> None:
    for query in ("targets=1", "targets=1&period=2001-01"):
        answer = anonymous.get(f"/v1/boards/{ladder}/standings/nobody?{query}", headers={"Prefer": "wait=10"})
        assert_problem(answer, 404, "unknown-player")
