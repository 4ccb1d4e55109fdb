"""`version=N`: reading what one has written."""

import time

import httpx
import pytest
from tests.api import Api, fresh
from tests.contract.shapes import assert_problem, each

pytestmark = pytest.mark.contract

ROUNDS = 25
WAIT_S = 2.0  # without a `Prefer`
FAR = 10**18 - 1


def version_of(state: dict[str, object], period: str = "all") -> int:
    result = state["result"]
    assert isinstance(result, dict)
    version: int = result["versions"][period]
    return version


def read(api: Api, board: str, version: object, path: str = "", **options: object) -> httpx.Response:
    return api.get(f"/v1/boards/{board}/standings{path}", params={"version": version}, **options)


def test_who_reads_with_the_version_of_the_job_sees_the_score(admin: Api, anonymous: Api, board: str) -> None:
    """At once, with the document in the cache: pages, one standing, around a player, named ones, a score's rank."""
    admin.submit_done(board, "first", 0)
    admin.current(board, 1)

    for number in range(ROUNDS):
        version = version_of(admin.submit_done(board, f"p{number}", number + 1))
        standing = read(anonymous, board, version, f"/p{number}")
        page = read(anonymous, board, version)
        around = anonymous.get(
            f"/v1/boards/{board}/standings", params={"around": f"p{number}", "version": version, "limit": 1}
        )
        named = anonymous.get(f"/v1/boards/{board}/standings", params={"players": f"p{number}", "version": version})

        would_be = anonymous.get(f"/v1/boards/{board}/rank", params={"score": number + 1, "version": version})

        assert [answer.status_code for answer in (standing, page, around, named, would_be)] == [200] * 5
        assert (standing.json()["rank"], would_be.json()["rank"]) == (1, 2)
        for answer in (page, around, named):
            assert answer.json()["entries"][0]["player"] == f"p{number}"
            assert answer.json()["version"] >= version


def test_each_listed_period_has_its_version_and_a_region_is_asked_by_it(admin: Api, anonymous: Api) -> None:
    board = fresh("periods")
    admin.define(board, periods=["day", "all"], regions=True)
    for region in ("eu", "us"):
        admin.submit_done(board, f"old-{region}", 1, region=region)
        admin.current(board, 1, region=region)

    state = admin.submit_done(board, "ada", 5, region="eu")

    day = admin.get(f"/v1/boards/{board}").json()["current"]["day"]
    assert set(state["result"]["versions"]) == {day, "all"}
    for period in (day, "all"):
        for region, players in (("eu", ["ada", "old-eu"]), ("us", ["old-us"])):
            answer = anonymous.get(
                f"/v1/boards/{board}/standings",
                params={"period": period, "region": region, "version": version_of(state, period)},
            )
            assert [entry["player"] for entry in answer.json()["entries"]] == players


def test_a_document_that_is_not_in_the_cache_is_built_and_has_the_version(admin: Api, board: str) -> None:
    version = version_of(admin.submit_done(board, "ada", 5))

    answer = read(admin, board, version, "/ada")

    assert (answer.status_code, answer.json()["rank"]) == (200, 1)


@pytest.mark.parametrize("path", ["", "/ada", "/nobody"])
@pytest.mark.parametrize("is_cached", [True, False])
def test_a_version_beyond_the_ledger_s_is_202_at_once_and_builds_nothing(
    admin: Api, board: str, path: str, is_cached: bool
) -> None:
    admin.submit_done(board, "ada", 5)
    if is_cached:
        admin.current(board, 1)
    began = time.monotonic()

    answer = read(admin, board, FAR, path)

    assert time.monotonic() - began < WAIT_S / 2
    assert (answer.status_code, answer.json()) == (202, {"job": None, "status": "queued"})
    assert answer.headers["retry-after"] == "1"
    assert "location" not in answer.headers
    if not is_cached:
        assert admin.get(f"/v1/boards/{board}/standings", headers={"Prefer": "wait=0"}).status_code == 202


def test_a_period_without_a_score_has_no_later_version(admin: Api, anonymous: Api, ladder: str) -> None:
    for version, status in ((0, 200), (FAR, 202)):
        answer = anonymous.get(f"/v1/boards/{ladder}/standings", params={"period": "2001-02", "version": version})
        assert answer.status_code == status


def test_who_has_the_version_gets_304(admin: Api, anonymous: Api, ladder: str) -> None:
    tag = anonymous.get(f"/v1/boards/{ladder}/standings").headers["etag"]

    answer = read(anonymous, ladder, tag.strip('"'), headers={"If-None-Match": tag})

    assert answer.status_code == 304


def test_a_player_without_a_standing_is_404_once_the_version_is_reached(admin: Api, board: str) -> None:
    version = version_of(admin.submit_done(board, "ada", 5))

    assert_problem(read(admin, board, version, "/nobody"), 404, "unknown-player")


@pytest.mark.parametrize("path", ["", "/p1"])
@pytest.mark.parametrize(
    ("name", "value"), each("version", "", "-1", "1.0", "x", "1" * 19, "\N{ARABIC-INDIC DIGIT ONE}")
)
def test_what_is_no_version_is_named(anonymous: Api, ladder: str, path: str, name: str, value: str) -> None:
    assert_problem(read(anonymous, ladder, value, path), 422, "invalid-fields", pointers={f"#/{name}"})
