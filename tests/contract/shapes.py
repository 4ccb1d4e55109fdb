"""What answers must look like, to the letter: their fields, and no others."""

import re
from typing import Any

import httpx

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
JOB_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")  # a UUIDv8

JOB = {"job", "command", "status", "accepted_at", "finished_at", "progress", "result", "error"}
SCORE_RESULT = {"document", "versions", "improved", "score", "previous", "rank", "total"}
RULES = {
    "title",
    "order",
    "operator",
    "subscores",
    "ranks",
    "periods",
    "timezone",
    "seasons",
    "min",
    "max",
    "unit",
    "regions",
    "visibility",
    "submit",
}
BOARD = {"board", *RULES, "current", "players", "submissions", "active_at"}
PERIOD = {"id", "kind", "start", "end"}
ENTRY = {"rank", "player", "name", "score", "subscores", "region", "achieved_at", "metadata"}
PAGE = {"document", "board", "period", "region", "version", "total", "entries", "next", "prev"}
STANDING = {"document", "board", "period", "version", "total", "percentile", *ENTRY}

TARGET = {"target", "score", "gap"}
RANK = {"document", "board", "period", "region", "version", "total", "percentile", "rank", "score", "subscores"}


def each(field: str, *values: object) -> list[tuple[str, object]]:
    """A row of a table of wrong fields for each value."""
    return [(field, value) for value in values]


def is_time(text: Any) -> bool:
    return isinstance(text, str) and TIME.fullmatch(text) is not None


def assert_problem(
    answer: httpx.Response, status: int, slug: str, *, pointers: set[str] | None = None
) -> dict[str, Any]:
    """The answer is this problem, in full: its type, and the fields that it names, no more and no fewer."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM_JSON
    problem: dict[str, Any] = answer.json()
    assert problem["type"] == f"/problems/{slug}"
    assert problem["status"] == status
    assert isinstance(problem["title"], str)
    assert problem["title"]
    assert problem.keys() <= {"type", "title", "status", "detail", "errors"}
    assert all(error.keys() == {"pointer", "detail"} for error in problem.get("errors", []))
    assert all(error["detail"] for error in problem.get("errors", []))
    assert_tells_nothing(answer)
    if pointers is not None:
        assert {error["pointer"] for error in problem.get("errors", [])} == pointers, problem
    if status in (429, 503):
        assert int(answer.headers["retry-after"]) >= 1
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return problem


def assert_tells_nothing(answer: httpx.Response) -> None:
    """No stack trace, SQL or host name."""
    lower = answer.text.lower()
    for word in ("traceback", 'file "', "select ", "insert ", "asyncpg", "sqlalchemy", "127.0.0.1", "localhost"):
        assert word not in lower


def assert_page(page: dict[str, Any]) -> None:
    """A page has the fields that it must, in it and in each entry, and its ranks are in order."""
    assert page.keys() == PAGE
    assert page["period"].keys() == PERIOD
    assert isinstance(page["version"], int)
    assert isinstance(page["total"], int)
    for entry in page["entries"]:
        assert entry.keys() == ENTRY
        assert isinstance(entry["score"], int)
        assert isinstance(entry["rank"], int)
        assert all(isinstance(value, int) for value in entry["subscores"])
        assert is_time(entry["achieved_at"])
    ranks = [entry["rank"] for entry in page["entries"]]
    assert ranks == sorted(ranks)


def assert_accepted(answer: httpx.Response) -> str:
    """202 with the job, in the body and as Location; return the job."""
    assert answer.status_code == 202, answer.text
    assert answer.headers["content-type"] == JSON
    body = answer.json()
    assert body.keys() == {"job", "status"}
    assert body["status"] == "queued"
    assert JOB_ID.fullmatch(body["job"])
    assert answer.headers["location"] == f"/v1/jobs/{body['job']}"
    job: str = body["job"]
    return job
