"""POST /v1/documents, and reading what is not in the cache: 202, a job, the page."""

import pytest
from tests.api import Api, fresh
from tests.contract.shapes import assert_accepted, assert_problem, each
from tests.stack import Stack

pytestmark = pytest.mark.contract

PATH = "/v1/documents"


@pytest.mark.parametrize(
    ("asked", "document"),
    [
        ({}, "all"),
        ({"period": "all"}, "all"),
        ({"period": "2026-W05"}, "2026-W05"),
        ({"period": "2026-01", "region": "EU"}, "2026-01:eu"),
        ({"region": "us"}, "all:us"),
    ],
)
def test_the_job_names_the_document(admin: Api, ladder: str, asked: dict[str, str], document: str) -> None:
    answer = admin.command("POST", PATH, {"board": ladder, **asked})

    assert_accepted(answer)
    assert admin.done(answer)["result"] == {"document": f"{ladder}:{document}"}
    assert admin.get(f"/v1/documents/{ladder}:{document}", headers={"Prefer": "wait=0"}).status_code == 200


def test_the_current_period_by_its_kind(admin: Api, ladder: str) -> None:
    week = admin.get(f"/v1/boards/{ladder}").json()["current"]["week"]

    state = admin.done(admin.command("POST", PATH, {"board": ladder, "period": "week"}))

    assert state["result"] == {"document": f"{ladder}:{week}"}


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_period_or_region_is_one_that_is_not_given(admin: Api, ladder: str, nothing: str | None) -> None:
    body = {"board": ladder, "period": nothing, "region": nothing}

    assert admin.done(admin.command("POST", PATH, body))["result"] == {"document": f"{ladder}:all"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *each("period", "year", " ", 5, [], "2026-13", "season"),
        *each("region", " ", "e u", 5, "x" * 17),
        *each("board", "", "NO", 5, None),
        ("unknown", 1),
        ("document", "x"),
    ],
)
def test_each_wrong_field_is_named(admin: Api, ladder: str, field: str, value: object) -> None:
    answer = admin.command("POST", PATH, {"board": ladder, field: value})

    assert_problem(answer, 422, "invalid-fields", pointers={f"#/{field}"})


def test_a_board_is_needed_and_must_exist(admin: Api) -> None:
    assert_problem(admin.command("POST", PATH, {}), 422, "invalid-fields", pointers={"#/board"})
    assert_problem(admin.command("POST", PATH, {"board": fresh("none")}), 404, "unknown-board")


@pytest.mark.parametrize(("body", "status", "slug"), [(b"", 400, "not-json"), (b"[", 400, "not-json")])
def test_what_is_not_json_is_400(admin: Api, body: bytes, status: int, slug: str) -> None:
    answer = admin.http.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert_problem(answer, status, slug)


def test_a_public_board_s_document_needs_no_key(anonymous: Api, ladder: str) -> None:
    assert_accepted(anonymous.command("POST", PATH, {"board": ladder}))


def test_a_private_board_s_does(callers: dict[str, Api], private_ladder: str) -> None:
    body = {"board": private_ladder}

    assert_problem(callers["nobody"].command("POST", PATH, body), 401, "unauthorized")
    assert_problem(callers["submit"].command("POST", PATH, body), 403, "forbidden")
    assert_accepted(callers["read"].command("POST", PATH, body))


def test_who_does_not_wait_is_told_the_job(admin: Api, anonymous: Api, board: str) -> None:
    admin.submit_done(board, "ada", 1)

    answer = anonymous.get(f"/v1/boards/{board}/standings", headers={"Prefer": "wait=0"})

    assert_accepted(answer)
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"
    state = anonymous.get(answer.headers["location"], params={"wait": 10}).json()
    assert (state["command"], state["status"]) == ("build-document", "done")
    assert state["result"] == {"document": f"{board}:all"}
    page = anonymous.get(f"/v1/boards/{board}/standings", headers={"Prefer": "wait=0"})
    assert (page.status_code, page.json()["total"]) == (200, 1)


@pytest.mark.parametrize("prefer", [None, "wait=2", "wait=10", "wait=999", "respond-async, wait=5", "nonsense"])
def test_who_waits_gets_the_page(admin: Api, anonymous: Api, board: str, prefer: str | None) -> None:
    admin.submit_done(board, "ada", 1)

    answer = anonymous.get(f"/v1/boards/{board}/standings", headers={"Prefer": prefer} if prefer else {})

    assert (answer.status_code, answer.json()["total"]) == (200, 1)


def test_a_standing_waits_for_the_document_too(admin: Api, anonymous: Api, board: str) -> None:
    admin.submit_done(board, "ada", 1)

    assert anonymous.get(f"/v1/boards/{board}/standings/ada").json()["rank"] == 1


def test_a_document_is_built_on_its_first_read(admin: Api, anonymous: Api, board: str) -> None:
    admin.submit_done(board, "ada", 1)

    assert anonymous.get(f"/v1/documents/{board}:all").json()["total"] == 1


def test_many_who_do_not_know_a_key_are_429(anonymous: Api, stack: Stack, ladder: str) -> None:
    """The allowance of an address without a key: 30 at once. Sent past nginx, as another address than its others."""
    with_address = {"X-Forwarded-For": "192.0.2.77"}
    direct = Api(f"http://127.0.0.1:{stack.private.ports.post_score}", None)
    with direct.http:
        answers = [direct.command("POST", PATH, {"board": ladder}, headers=with_address) for _ in range(60)]

    refused = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {202, 429}
    assert len(answers) - len(refused) >= 30
    for answer in refused:
        assert_problem(answer, 429, "rate-limited")
    for answer in answers:
        if answer.status_code == 202:
            anonymous.done(answer)  # so that no later test counts them


@pytest.mark.parametrize("place", [{"period": "1999-12"}, {"period": "all", "region": "made-up"}])
def test_what_has_no_standing_is_an_empty_page_for_which_nothing_is_kept(
    anonymous: Api, stack: Stack, ladder: str, place: dict[str, str]
) -> None:
    """However often it is asked for: no document, no job."""
    jobs_sql = "select count(*) from jobs where command = 'build-document'"
    before = stack.query(jobs_sql)

    answer = anonymous.get(f"/v1/boards/{ladder}/standings", params=place, headers={"Prefer": "wait=0"})

    page = answer.json()
    assert (answer.status_code, page["total"], page["entries"]) == (200, 0, [])
    assert answer.headers["etag"] == f'"{page["version"]}"'
    standings = f"/v1/boards/{ladder}/standings"
    assert_problem(anonymous.get(f"{standings}/p1", params=place), 404, "unknown-player")
    assert_problem(anonymous.get(standings, params={**place, "around": "p1"}), 404, "unknown-player")
    assert anonymous.get(standings, params={**place, "players": "p1"}).json()["entries"] == []
    assert stack.query(jobs_sql) == before


def test_the_first_score_of_an_empty_period_and_region_is_seen(admin: Api) -> None:
    board = fresh("first")
    admin.define(board, regions=True)
    for place in ({}, {"region": "de"}):
        assert admin.page(board, **place)["version"] == 0

    admin.submit_done(board, "ada", 1, region="de")

    for place in ({}, {"region": "de"}):
        assert admin.current(board, 1, **place)["version"] > 0
