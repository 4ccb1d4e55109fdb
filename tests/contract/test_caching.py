"""ETag, If-None-Match, Cache-Control: who may keep what, and for how long."""

import httpx
import pytest
from tests.api import Api, eventually, fresh
from tests.stack import Stack

pytestmark = pytest.mark.contract

FROM_A_DOCUMENT = ["/v1/boards/{board}/standings", "/v1/boards/{board}/standings/p1", "/v1/documents/{board}:all"]
FROM_A_DOCUMENT += ["/v1/boards/{board}/standings?around=p3", "/v1/boards/{board}/standings?players=p1,p2"]
FROM_A_DOCUMENT += ["/v1/boards/{board}/standings/p5?targets=1", "/v1/boards/{board}/rank?score=5"]


@pytest.mark.parametrize("path", FROM_A_DOCUMENT)
def test_the_etag_is_the_version(anonymous: Api, ladder: str, path: str) -> None:
    answer = anonymous.get(path.format(board=ladder))

    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    assert answer.headers["cache-control"] == "public, max-age=1"


@pytest.mark.parametrize("path", FROM_A_DOCUMENT)
@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"other", {tag}', "*", '"a","b",W/{tag}'])
def test_who_has_it_gets_304(anonymous: Api, ladder: str, path: str, form: str) -> None:
    tag = anonymous.get(path.format(board=ladder)).headers["etag"]

    answer = anonymous.get(path.format(board=ladder), headers={"If-None-Match": form.format(tag=tag)})

    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == tag
    assert answer.headers["cache-control"] == "public, max-age=1"


@pytest.mark.parametrize("sent", ['"1"', "1", '""', 'W/"1"', "nonsense", '"*"'])
def test_who_has_another_gets_the_page(anonymous: Api, ladder: str, sent: str) -> None:
    answer = anonymous.get(f"/v1/boards/{ladder}/standings", headers={"If-None-Match": sent})

    assert answer.status_code == 200


def test_the_tag_changes_with_the_standings_and_grows(admin: Api, board: str) -> None:
    admin.submit_done(board, "ada", 1)
    before = admin.current(board, 1)["version"]

    admin.submit_done(board, "bob", 1)
    after = admin.current(board, 2)["version"]

    assert after > before
    answer = admin.get(f"/v1/boards/{board}/standings", headers={"If-None-Match": f'"{before}"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'"{after}"')


def test_a_page_says_recomputing_only_while_its_own_kind_of_periods_is(admin: Api, stack: Stack) -> None:
    """The state is written as a recomputation does, which on a small board is over at once. Pages of all time, whose
    tags do not move, say nothing of it."""
    board = fresh("recomputed")
    admin.define(board, periods=["all", "day"])
    admin.submit_done(board, "ada", 1)
    admin.current(board, 1)

    for kinds, expected in (("{day}", {True}), ("{}", {None})):
        stack.query(f"update boards set recomputing = '{kinds}' where board = '{board}'")
        eventually(lambda: {admin.page(board, period="day").get("recomputing")}, expected.__eq__)
        assert "recomputing" not in admin.page(board, period="all")


def test_a_change_of_zone_leaves_no_page_recomputing_once_its_job_is_done(admin: Api, board: str) -> None:
    admin.define(board, periods=["all", "day"])
    admin.submit_done(board, "ada", 1)
    before = admin.page(board, period="all")

    admin.define(board, periods=["all", "day"], timezone="Asia/Kathmandu")

    assert "recomputing" not in admin.page(board, period="day")
    assert admin.page(board, period="all") == before


def test_a_score_that_changes_nothing_leaves_ranks_as_they_are(admin: Api, board: str) -> None:
    admin.submit_done(board, "ada", 5)
    before = admin.current(board, 1)

    admin.submit_done(board, "ada", 4)
    page = eventually(lambda: admin.page(board), lambda page: page["version"] >= before["version"])

    assert page["entries"] == before["entries"]


@pytest.mark.parametrize("path", ["/v1/boards/{board}", "/v1/boards", "/v1/boards/{board}/periods", "/v1/players/p1"])
def test_other_reads_of_public_boards_are_public(anonymous: Api, ladder: str, path: str) -> None:
    assert anonymous.get(path.format(board=ladder)).headers["cache-control"] == "public, max-age=1"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/boards/{board}",
        "/v1/boards/{board}/periods",
        "/v1/boards/{board}/standings",
        "/v1/documents/{board}:all",
        "/v1/boards/{board}/standings/ada",
    ],
)
def test_private_boards_are_kept_by_nobody_else(reader: Api, private_ladder: str, path: str) -> None:
    answer = reader.get(path.format(board=private_ladder))

    assert answer.status_code == 200
    assert "public" not in answer.headers["cache-control"]
    assert "private" in answer.headers["cache-control"] or "no-store" in answer.headers["cache-control"]


def test_what_lists_private_boards_is_private(reader: Api) -> None:
    assert "private" in reader.get("/v1/boards").headers["cache-control"]


def test_jobs_and_errors_are_not_kept(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit_done(board, "ada", 1)["job"]

    for path in (f"/v1/jobs/{job}", "/v1/jobs/nonsense", "/v1/boards/nowhere", f"/v1/boards/{board}/standings/nobody"):
        assert anonymous.get(path).headers["cache-control"] == "no-store"
    assert admin.submit(board, "ada", 1).headers["cache-control"] == "no-store"


def test_tags_may_come_in_several_lines(stack: Stack, anonymous: Api, ladder: str) -> None:
    """nginx refuses that, other proxies pass it on."""
    path = f"/v1/boards/{ladder}/standings"
    tag = anonymous.get(path).headers["etag"]

    for tags in (['"1"', tag], [tag, '"1"']):
        lines = [("If-None-Match", each) for each in tags]
        answer = httpx.get(f"http://127.0.0.1:{stack.private.ports.get_scores}{path}", headers=lines)
        assert answer.status_code == 304
