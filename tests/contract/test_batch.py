"""POST /v1/scores/batch: all or none."""

import json
from typing import Any

import pytest
from tests.api import Api, fresh
from tests.contract.shapes import JOB_ID, JSON, assert_problem

pytestmark = pytest.mark.contract

PATH = "/v1/scores/batch"
BODY_MAX_BYTES = 1024 * 1024


def test_each_score_has_a_job_in_order(submitter: Api, admin: Api, board: str) -> None:
    answer = submitter.command("POST", PATH, {"scores": [score(board, f"p{n}", n) for n in range(5)]})

    assert answer.status_code == 202
    assert answer.headers["content-type"] == JSON
    assert answer.json().keys() == {"jobs"}
    jobs = answer.json()["jobs"]
    assert len(set(jobs)) == 5
    assert all(JOB_ID.fullmatch(job) for job in jobs)
    assert answer.headers["location"] == f"/v1/jobs/{jobs[0]}"
    assert [admin.job(job)["result"]["score"] for job in jobs] == [0, 1, 2, 3, 4]
    assert admin.get(answer.headers["location"]).status_code == 200


def test_a_thousand_scores_on_several_boards(admin: Api) -> None:
    first, second = fresh("batch"), fresh("batch")
    admin.define(first)
    admin.define(second, order="asc")

    admin.batch_done([score((first, second)[n % 2], f"p{n}", n) for n in range(1_000)])

    assert admin.current(first, 500)["entries"][0]["score"] == 998
    assert admin.current(second, 500)["entries"][0]["score"] == 1


def test_equal_scores_of_a_batch_stand_in_its_order(admin: Api, board: str) -> None:
    admin.batch_done([score(board, player, 5) for player in ("zoe", "ada", "mia")])

    page = admin.current(board, 3)

    assert [entry["player"] for entry in page["entries"]] == ["zoe", "ada", "mia"]
    assert [entry["rank"] for entry in page["entries"]] == [1, 2, 3]


def test_a_player_may_come_twice(admin: Api, board: str) -> None:
    ended = admin.batch_done([score(board, "ada", value) for value in (1, 3, 2)])

    assert [state["result"]["previous"] for state in ended] == [None, 1, 3]
    assert [state["result"]["score"] for state in ended] == [1, 3, 3]
    assert [state["result"]["improved"] for state in ended] == [True, True, False]


@pytest.mark.parametrize(
    ("wrong", "pointers"),
    [
        ({0: {"score": "x"}}, {"#/scores/0/score"}),
        ({2: {"score": 1.0}}, {"#/scores/2/score"}),
        ({1: {"player": ""}, 3: {"extra": 1}}, {"#/scores/1/player", "#/scores/3/extra"}),
        ({1: {"name": "\u202e", "region": "!"}}, {"#/scores/1/name", "#/scores/1/region"}),
        ({3: {"board": "no-such-board"}}, {"#/scores/3/board"}),
        ({0: {"board": "NO"}, 3: {"metadata": []}}, {"#/scores/0/board", "#/scores/3/metadata"}),
        ({2: {"achieved_at": "2099-01-01T00:00:00Z"}}, {"#/scores/2/achieved_at"}),
    ],
)
def test_one_wrong_score_refuses_all(
    admin: Api, untouched: str, wrong: dict[int, dict[str, Any]], pointers: set[str]
) -> None:
    scores = [{**score(untouched, f"p{n}", n), **wrong.get(n, {})} for n in range(4)]

    assert_problem(admin.command("POST", PATH, {"scores": scores}), 422, "invalid-fields", pointers=pointers)


@pytest.mark.parametrize("item", [1, None, "x", [], True])
def test_an_item_that_is_no_object_is_named(admin: Api, untouched: str, item: object) -> None:
    answer = admin.command("POST", PATH, {"scores": [score(untouched, "ada", 1), item]})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/scores/1"})


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"#/scores"}),
        ({"scores": []}, {"#/scores"}),
        ({"scores": None}, {"#/scores"}),
        ({"scores": {}}, {"#/scores"}),
        ({"scores": "x"}, {"#/scores"}),
        ([], {"#"}),
        ({"scores": [], "x": 1}, {"#/scores", "#/x"}),
    ],
)
def test_what_is_no_batch_is_422(admin: Api, untouched: str, body: object, pointers: set[str]) -> None:
    assert_problem(admin.command("POST", PATH, body), 422, "invalid-fields", pointers=pointers)


def test_a_thousand_and_one_scores_are_422(admin: Api, untouched: str) -> None:
    answer = admin.command("POST", PATH, {"scores": [score(untouched, "ada", n) for n in range(1_001)]})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/scores"})


def test_the_size_ends_at_1_mib(admin: Api, board: str, untouched: str) -> None:
    body = json.dumps({"scores": [score(board, "ada", 1)]}).encode()
    kind = {"Content-Type": "application/json"}

    largest = admin.http.post(PATH, content=body.ljust(BODY_MAX_BYTES), headers=kind)
    body = json.dumps({"scores": [score(untouched, "ada", 1)]}).encode()
    larger = admin.http.post(PATH, content=body.ljust(BODY_MAX_BYTES + 1), headers=kind)
    much_larger = admin.http.post(PATH, content=body.ljust(3 * BODY_MAX_BYTES), headers=kind)

    assert largest.status_code == 202
    assert_problem(larger, 413, "too-large")
    assert_problem(much_larger, 413, "too-large")


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b'{"scores":[NaN]}', b'{"scores":' + b"[" * 2_000])
def test_what_is_not_json_is_400(admin: Api, untouched: str, body: bytes) -> None:
    answer = admin.http.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert_problem(answer, 400, "not-json")


def test_one_time_from_who_is_no_admin_refuses_all(submitter: Api, untouched: str) -> None:
    scores = [score(untouched, "ada", 1), {**score(untouched, "bob", 1), "achieved_at": "2026-01-01T00:00:00Z"}]

    assert_problem(
        submitter.command("POST", PATH, {"scores": scores}), 403, "forbidden", pointers={"#/scores/1/achieved_at"}
    )


def test_the_bounds_of_each_board_hold(admin: Api, untouched: str) -> None:
    bounded = fresh("bounded")
    admin.define(bounded, max=5)
    scores = [score(untouched, "ada", 6), score(bounded, "ada", 5), score(bounded, "ada", 6)]

    answer = admin.command("POST", PATH, {"scores": scores})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/scores/2/score"})


def score(board: str, player: str, value: int) -> dict[str, Any]:
    return {"board": board, "player": player, "score": value}
