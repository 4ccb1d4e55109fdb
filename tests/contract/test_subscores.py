"""Sub-scores: what decides between equal scores, each in a direction of its own."""

from typing import Any

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import assert_page, assert_problem

LAPS_AND_FALLS = [{"name": "laps", "order": "desc"}, {"name": "falls", "order": "asc"}]
MOST = 2**53 - 1


@pytest.fixture
def board(admin: Api) -> str:
    name = fresh("subscores")
    admin.define(name, subscores=LAPS_AND_FALLS)
    return name


def shown(page: dict[str, Any]) -> list[tuple[int, str, int, list[int]]]:
    assert_page(page)
    return [(entry["rank"], entry["player"], entry["score"], entry["subscores"]) for entry in page["entries"]]


def standings_of(api: Api, player: str, board: str) -> list[dict[str, object]]:
    """The player's standings on the board; none while the list of boards, a second old at most, does not have it."""
    answer = api.get(f"/v1/players/{player}")
    return [each for each in answer.json().get("standings", []) if each["board"] == board]


def score(board: str, player: str, score: int, *subscores: int) -> dict[str, Any]:
    return {"board": board, "player": player, "score": score, "subscores": list(subscores)}


def test_a_board_says_its_sub_scores(admin: Api, anonymous: Api, board: str) -> None:
    assert anonymous.get(f"/v1/boards/{board}").json()["subscores"] == LAPS_AND_FALLS


def test_sub_scores_decide_between_equal_scores_before_the_time(admin: Api, submitter: Api, board: str) -> None:
    submitter.batch_done(
        [
            score(board, "late-laps", 10, 1, 5),
            score(board, "falls", 10, 2, 3),
            score(board, "best", 10, 2, -MOST),
            score(board, "as-falls", 10, 2, 3),
            score(board, "most", 10, MOST, 9),
            score(board, "least", 10, -MOST, 9),
            score(board, "more", 11, -5, 9),
            {"board": board, "player": "none", "score": 10},
        ]
    )

    expected = [
        (1, "more", 11, [-5, 9]),
        (2, "most", 10, [MOST, 9]),
        (3, "best", 10, [2, -MOST]),
        (4, "falls", 10, [2, 3]),
        (5, "as-falls", 10, [2, 3]),
        (6, "late-laps", 10, [1, 5]),
        (7, "none", 10, [0, 0]),
        (8, "least", 10, [-MOST, 9]),
    ]
    assert shown(admin.current(board, 8)) == expected
    assert [(e["rank"], e["player"], e["score"], e["subscores"]) for e in admin.all_entries(board)] == expected
    page = admin.page(board, limit=3)
    pages = shown(page)
    while page["next"]:
        page = admin.page(board, limit=3, cursor=page["next"])
        pages += shown(page)
    assert pages == expected
    assert shown(admin.page(board, around="falls", limit=3)) == expected[2:5]
    standing = admin.get(f"/v1/boards/{board}/standings/best").json()
    assert (standing["rank"], standing["subscores"]) == (3, [2, -MOST])
    elsewhere = eventually(lambda: standings_of(admin, "late-laps", board), bool)
    assert [each["subscores"] for each in elsewhere] == [[1, 5]]


def test_the_best_is_of_one_submission_and_a_better_sub_score_is_an_improvement(submitter: Api, board: str) -> None:
    results = [
        submitter.submit_done(board, "ada", 10, subscores=subscores)["result"]
        for subscores in ([1, 5], [0, 0], [1, 5], [1, 4], [2, 9])
    ]
    assert [result["improved"] for result in results] == [True, False, False, True, True]
    assert submitter.submit_done(board, "ada", 9, subscores=[99, 0])["result"]["improved"] is False
    assert shown(submitter.current(board, 1)) == [(1, "ada", 10, [2, 9])]


@pytest.mark.parametrize(
    ("operator", "expected"), [("latest", (1, "ada", 3, [0, 0])), ("sum", (1, "ada", 13, [5, -2]))]
)
def test_the_latest_and_the_sum(admin: Api, submitter: Api, operator: str, expected: object) -> None:
    board = fresh("subscores")
    admin.define(board, operator=operator, subscores=LAPS_AND_FALLS)
    submitter.submit_done(board, "ada", 10, subscores=[5, -2])
    last = submitter.submit_done(board, "ada", 3)
    assert shown(eventually_of(submitter, board, 3 if operator == "latest" else 13)) == [expected]
    assert last["result"]["improved"] is (operator == "sum")


def eventually_of(api: Api, board: str, score: int) -> dict[str, Any]:
    """The page once it shows this score of the first."""
    page: dict[str, Any] = eventually(lambda: api.page(board), lambda page: page["entries"][0]["score"] == score)
    return page


def test_a_sum_of_sub_scores_beyond_the_limits_is_rejected(admin: Api, submitter: Api) -> None:
    board = fresh("subscores")
    admin.define(board, operator="sum", subscores=LAPS_AND_FALLS)
    submitter.submit_done(board, "ada", 1, subscores=[0, -MOST])

    state = submitter.job(submitter.submit(board, "ada", 1, subscores=[0, -1]).json()["job"])

    assert state["status"] == "rejected"
    assert [error["pointer"] for error in state["error"]["errors"]] == ["#/subscores/1"]
    assert submitter.submit_done(board, "ada", 1, subscores=[0, 1])["result"]["score"] == 2


@pytest.mark.parametrize(
    ("subscores", "pointers"),
    [
        ([1], {"#/subscores"}),
        ([1, 2, 3], {"#/subscores"}),
        ([1, 2.5], {"#/subscores/1"}),
        (["1", 2], {"#/subscores/0"}),
        ([1, True], {"#/subscores/1"}),
        ([1, MOST + 1], {"#/subscores/1"}),
    ],
)
def test_wrong_sub_scores_are_422(submitter: Api, board: str, subscores: list[Any], pointers: set[str]) -> None:
    assert_problem(submitter.submit(board, "ada", 1, subscores=subscores), 422, "invalid-fields", pointers=pointers)


def test_sub_scores_are_fixed_once_there_is_a_submission(admin: Api, submitter: Api, board: str) -> None:
    admin.define(board, subscores=LAPS_AND_FALLS[:1])
    submitter.submit_done(board, "ada", 1, subscores=[3])

    answer = admin.command("PUT", f"/v1/admin/boards/{board}", {"title": "T", "subscores": LAPS_AND_FALLS})

    if answer.status_code == 202:  # post_score could not know yet
        state = admin.job(answer.json()["job"])
        assert (state["status"], state["error"]["type"]) == ("rejected", "/problems/board-rule-fixed")
    else:
        assert_problem(answer, 409, "board-rule-fixed", pointers={"#/subscores"})
