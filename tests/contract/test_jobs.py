"""GET /v1/jobs: the life of a command, as anybody who has its id can follow it."""

import time
import uuid
from typing import Any

import pytest
from tests.api import Api, eventually, fresh
from tests.contract.shapes import JOB, JSON, SCORE_RESULT, assert_accepted, assert_problem, is_time
from tests.stack import Stack

from highscores.domain.jobs import HORIZON_S, JobIds

pytestmark = pytest.mark.contract


def test_a_score_is_queued_then_done(admin: Api, anonymous: Api, board: str) -> None:
    answer = admin.submit(board, "ada", 42)

    job = assert_accepted(answer)
    state = anonymous.get(answer.headers["location"], params={"wait": 10})
    assert state.status_code == 200
    assert state.headers["content-type"] == JSON
    body = state.json()
    assert body.keys() == JOB
    assert (body["job"], body["command"], body["status"], body["error"]) == (job, "submit-score", "done", None)
    assert is_time(body["accepted_at"])
    assert is_time(body["finished_at"])
    assert body["accepted_at"] <= body["finished_at"]
    assert body["result"] == {
        "document": f"{board}:all",
        "versions": {"all": body["result"]["versions"]["all"]},
        "improved": True,
        "score": 42,
        "previous": None,
        "rank": None,
        "total": None,
    }


def test_results_tell_what_a_score_did(admin: Api, board: str) -> None:
    results = [admin.submit_done(board, "ada", score)["result"] for score in (10, 5, 10, 11)]

    assert [(r["improved"], r["score"], r["previous"]) for r in results] == [
        (True, 10, None),
        (False, 10, 10),
        (False, 10, 10),
        (True, 11, 10),
    ]
    assert all(result.keys() == SCORE_RESULT for result in results)


def test_results_of_a_sum_tell_the_sum(admin: Api) -> None:
    board = fresh("sum")
    admin.define(board, operator="sum")

    results = [admin.submit_done(board, "ada", score)["result"] for score in (10, -5, 0)]

    assert [(r["improved"], r["score"], r["previous"]) for r in results] == [
        (True, 10, None),
        (False, 5, 10),
        (False, 5, 5),
    ]


def test_boards_and_documents_have_jobs_too(admin: Api, anonymous: Api) -> None:
    board = fresh("jobs")

    defined = admin.define(board)
    built = admin.done(anonymous.command("POST", "/v1/documents", {"board": board}))
    deleted = admin.done(admin.command("DELETE", f"/v1/admin/boards/{board}"))

    assert (defined["command"], defined["result"]) == ("define-board", {"board": board})
    assert (built["command"], built["result"]) == ("build-document", {"document": f"{board}:all"})
    assert (deleted["command"], deleted["result"]) == ("delete-board", {"board": board})
    for state in (defined, built, deleted):
        assert state.keys() == JOB
        assert state["error"] is None
        assert is_time(state["accepted_at"])
        assert is_time(state["finished_at"])


def test_many_jobs_come_in_the_order_asked(admin: Api, anonymous: Api, board: str) -> None:
    jobs = [admin.submit_done(board, f"p{n}", n)["job"] for n in range(3)]
    asked = [jobs[2], jobs[0], jobs[1], jobs[0]]

    answer = anonymous.get("/v1/jobs", params={"ids": ",".join(asked)})

    assert answer.status_code == 200
    assert answer.json().keys() == {"jobs"}
    assert [state["job"] for state in answer.json()["jobs"]] == asked
    assert all(state.keys() == JOB for state in answer.json()["jobs"])


def test_a_hundred_ids_are_taken_and_no_more(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit_done(board, "ada", 1)["job"]

    assert len(anonymous.get("/v1/jobs", params={"ids": ",".join([job] * 100)}).json()["jobs"]) == 100
    assert_problem(
        anonymous.get("/v1/jobs", params={"ids": ",".join([job] * 101)}), 422, "invalid-fields", pointers={"#/ids"}
    )


def test_waiting_ends_as_soon_as_the_job_does(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]

    started = time.monotonic()
    state = anonymous.get(f"/v1/jobs/{job}", params={"wait": 10}).json()

    assert state["status"] == "done"
    assert time.monotonic() - started < 5


def _forged() -> list[str]:
    return [
        str(uuid.uuid4()),
        "00000000-0000-8000-8000-000000000000",
        "ffffffff-ffff-8fff-bfff-ffffffffffff",
        "x",
        "1",
        "a" * 2_000,
        "%FF",
        "a%20b",
        "'; drop table jobs --",
        "%E2%80%8B",
    ]


@pytest.mark.parametrize("job", _forged())
def test_a_forged_or_malformed_id_is_404(anonymous: Api, job: str) -> None:
    assert_problem(anonymous.get(f"/v1/jobs/{job}"), 404, "unknown-job")


def test_an_id_older_than_the_horizon_that_nobody_knows_is_404(
    anonymous: Api, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, now = JobIds(stack.private.secrets.job_secret), time.time()
    monkeypatch.setattr("highscores.domain.jobs.time.time", lambda: now - HORIZON_S - 1)
    too_old = str(ids.new("submit-score"))
    monkeypatch.setattr("highscores.domain.jobs.time.time", lambda: now - HORIZON_S + 600)
    young = str(ids.new("submit-score"))

    assert_problem(anonymous.get(f"/v1/jobs/{too_old}"), 404, "unknown-job")
    assert_problem(anonymous.get("/v1/jobs", params={"ids": f"{young},{too_old}"}), 404, "unknown-job")
    assert anonymous.get(f"/v1/jobs/{young}").json()["status"] == "queued"


def test_an_id_with_a_digit_changed_is_404(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]
    for index in (0, 9, 15, 20, 30, 35):
        changed = job[:index] + ("0" if job[index] != "0" else "1") + job[index + 1 :]
        assert_problem(anonymous.get(f"/v1/jobs/{changed}"), 404, "unknown-job")


@pytest.mark.parametrize("spelling", [str.upper, lambda job: job.replace("-", ""), lambda job: f"{{{job}}}"])
def test_an_id_in_another_spelling_is_404(admin: Api, anonymous: Api, board: str, spelling: Any) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]

    assert_problem(anonymous.get(f"/v1/jobs/{spelling(job)}"), 404, "unknown-job")


def test_one_forged_id_among_good_ones_is_404(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]

    assert_problem(anonymous.get("/v1/jobs", params={"ids": f"{job},nonsense"}), 404, "unknown-job")


@pytest.mark.parametrize("wait", ["11", "-1", "1.5", "x", "", "1e1", "+1", " 1", "\u0661", "100000000000000000000"])
def test_a_wrong_wait_is_422(admin: Api, anonymous: Api, board: str, wait: str) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]

    answer = anonymous.get(f"/v1/jobs/{job}", params={"wait": wait})

    assert_problem(answer, 422, "invalid-fields", pointers={"#/wait"})


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("", "#/ids"), ("ids=", "#/ids"), ("id=1", "#/id"), ("ids=a&x=1", "#/x"), ("wait=1", "#/wait")],
)
def test_wrong_parameters_of_the_list_are_422(anonymous: Api, query: str, pointer: str) -> None:
    problem = assert_problem(anonymous.get(f"/v1/jobs?{query}"), 422, "invalid-fields")

    assert pointer in {error["pointer"] for error in problem["errors"]}


def test_an_unknown_parameter_of_a_job_is_422(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]

    assert_problem(anonymous.get(f"/v1/jobs/{job}?x=1"), 422, "invalid-fields", pointers={"#/x"})


def test_a_rejected_job_says_why_for_good(admin: Api, anonymous: Api, board: str) -> None:
    """A sum that leaves the range of scores cannot be foreseen by post_score."""
    summed = fresh("overflow")
    admin.define(summed, operator="sum")
    admin.submit_done(summed, "ada", 2**53 - 1)

    job = admin.submit(summed, "ada", 1).json()["job"]
    state = anonymous.get(f"/v1/jobs/{job}", params={"wait": 10}).json()

    assert state.keys() == JOB
    assert (state["status"], state["result"]) == ("rejected", None)
    assert state["error"]["type"] == "/problems/invalid-fields"
    assert state["error"]["status"] == 422
    assert [error["pointer"] for error in state["error"]["errors"]] == ["#/score"]
    assert anonymous.get(f"/v1/jobs/{job}").json() == state
    assert admin.page(summed)["entries"][0]["score"] == 2**53 - 1


@pytest.mark.parametrize(("ranks", "expected"), [("ordinal", [1, 3, 2]), ("competition", [1, 2, 2])])
def test_a_result_tells_the_rank_while_the_document_is_in_the_cache(
    admin: Api, ranks: str, expected: list[int]
) -> None:
    """Of each job the rank that its player has by now, alone or among others, and only with the score in it."""
    board = fresh("ranks")
    admin.define(board, ranks=ranks)
    first = admin.submit_done(board, "auth0|first", 9)
    assert (first["result"]["rank"], first["result"]["total"]) == (None, None)
    admin.current(board, 1)

    second, third = [admin.submit_done(board, player, 5) for player in ("second", "third")]

    # With the end, unless the document takes longer than get_jobs waits for it: then a moment later.
    assert [(each["result"]["rank"], each["result"]["total"]) for each in (second, third)] in (
        [(2, 2), (expected[1], 3)],
        [(None, None), (expected[1], 3)],
        [(2, 2), (None, None)],
        [(None, None)] * 2,
    )
    jobs = ",".join(each["job"] for each in (first, third, second))
    eventually(
        lambda: admin.get("/v1/jobs", params={"ids": jobs}).json()["jobs"],
        lambda listed: (
            [(each["result"]["rank"], each["result"]["total"]) for each in listed] == [(rank, 3) for rank in expected]
        ),
    )


def test_a_result_of_another_command_has_no_rank(admin: Api) -> None:
    assert set(admin.define(fresh("rankless"))["result"]) == {"board"}
