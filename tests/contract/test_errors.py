"""What each path answers to what it does not know: 404, 405, 406, HEAD, odd paths, headers that are always there."""

import http.client
import json

import pytest
from tests.api import Api, fresh
from tests.contract.shapes import assert_problem
from tests.stack import Stack, of_board

pytestmark = pytest.mark.contract

GETS = ["/v1/boards", "/v1/boards/{board}", "/v1/boards/{board}/periods", "/v1/boards/{board}/standings"]
GETS += [
    "/v1/boards/{board}/rank?score=1",
    "/v1/boards/{board}/standings/p1",
    "/v1/documents/{board}:all",
    "/v1/players/p1",
    "/v1/jobs/{job}",
]
GETS += ["/v1/jobs?ids={job}"]
METHODS = {
    **{path: {"GET"} for path in GETS},
    "/v1/scores": {"POST"},
    "/v1/scores/batch": {"POST"},
    "/v1/documents": {"POST"},
    "/v1/admin/boards/{board}": {"PUT", "DELETE"},
}
NOWHERE = [
    "/v1",
    "/v1/",
    "/v2/boards",
    "/v1/scoresheet",
    "/v1/scores/other",
    "/v1/scores/batch/x",
    "/v1/admin",
    "/nope",
]
NOWHERE += ["/v1/admin/boards", "/v1/admin/users", "/v1/boards/{board}/nope", "/v1/boards/{board}/standings/p1/x"]
NOWHERE += [
    "/v1/players",
    "/v1/documents/{board}:all/x",
    "/v1/jobs/{job}/x",
    "/V1/boards",
    "/assets/nope",
]
NOWHERE += [
    "/.env",
    "/metrics",
]
NOWHERE += ["/livez", "/readyz", "/schema", "/v1/boards/{board}/events"]


@pytest.fixture(scope="module")
def names(admin: Api, ladder: str) -> dict[str, str]:
    other = fresh("other")
    admin.define(other)
    return {"board": ladder, "job": admin.submit_done(other, "p1", 900)["job"]}


@pytest.mark.parametrize("path", NOWHERE)
def test_there_is_nothing_elsewhere(anonymous: Api, names: dict[str, str], path: str) -> None:
    answer = anonymous.get(path.format(**names))

    assert_problem(answer, 404, answer.json()["type"].removeprefix("/problems/"))
    assert answer.json()["type"] in ("/problems/not-found", "/problems/unknown-board")


@pytest.mark.parametrize("door", ["page", "post_score", "get_scores"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    [
        *("/v1/scores/", "//v1/scores", "/v1//scores", "/v1%2Fscores", "/v1/scores/batch/", "/v1/documents/"),
        *("/v1/x/../scores", "/v1/./scores", "/v1/x/%2e%2E/scores", "/v1/scores/.", "/v1/scores/x/.."),
        *("/v1/admin/boards/{board}/", "/v1/admin/boards/{board}/hidden/..", "/v1/admin/boards/{board}/."),
        *("/v1/admin/boards//{board}", "/v1/admin//boards/{board}", "/v1/boards/../admin/boards/{board}"),
        *("/v1/admin/boards/x/%2E./{board}", "/v1/admin/boards%2f{board}", "/v1/admin/boards/{board}/hidden/%2e%2e"),
    ],
)
def test_no_path_is_folded_into_that_of_a_command(stack: Stack, ladder: str, path: str, method: str, door: str) -> None:
    """Sent as it stands: httpx would fold it before anybody else could."""
    connection = http.client.HTTPConnection("127.0.0.1", getattr(stack.private.ports, door), timeout=10)
    body = json.dumps({"board": ladder, "player": "ada", "score": 1, "title": "T"})
    headers = {"Authorization": f"Bearer {stack.keys.admin}", "Content-Type": "application/json"}
    connection.request(method, path.format(board=ladder), body, headers)
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    connection.close()

    assert (answer.status, problem["type"]) == (404, "/problems/not-found")


@pytest.mark.parametrize("path", METHODS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "FOO"])
def test_another_method_is_405(admin: Api, names: dict[str, str], path: str, method: str) -> None:
    if method in METHODS[path]:
        return

    answer = admin.http.request(method, path.format(**names))

    assert_problem(answer, 405, "method-not-allowed")
    assert _allowed(answer.headers["allow"]) == METHODS[path] | _also(path)


@pytest.mark.parametrize("path", METHODS)
def test_options_says_which_methods_there_are(anonymous: Api, names: dict[str, str], path: str) -> None:
    answer = anonymous.http.options(path.format(**names))

    assert (answer.status_code, answer.content) == (204, b"")
    assert _allowed(answer.headers["allow"]) == METHODS[path] | _also(path)


def _also(path: str) -> set[str]:
    return {"HEAD", "OPTIONS"} if "GET" in METHODS[path] else {"OPTIONS"}


def _allowed(header: str) -> set[str]:
    return {method.strip() for method in header.split(",")}


@pytest.mark.parametrize("path", GETS)
def test_head_is_get_without_a_body(anonymous: Api, names: dict[str, str], path: str) -> None:
    get, head = (anonymous.http.request(method, path.format(**names)) for method in ("GET", "HEAD"))

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers.get("etag") == get.headers.get("etag")
    assert head.headers.get("content-length", get.headers["content-length"]) == get.headers["content-length"]


def test_head_of_what_is_missing_is_404_without_a_body(anonymous: Api) -> None:
    for path in ("/v1/boards/nowhere", "/v1/jobs/x", "/v1/boards/nowhere/standings"):
        answer = anonymous.http.head(path)
        assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0", "text/*;q=1"])
def test_a_client_that_takes_no_json_is_406(anonymous: Api, names: dict[str, str], path: str, accept: str) -> None:
    answer = anonymous.get(path.format(**names), headers={"Accept": accept})

    assert_problem(answer, 406, "not-acceptable")


@pytest.mark.parametrize("path", GETS)
@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json", "text/html, */*;q=0.1", ""])
def test_a_client_that_takes_json_is_served(anonymous: Api, names: dict[str, str], path: str, accept: str) -> None:
    assert anonymous.get(path.format(**names), headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("path", [*GETS, "/v1/boards/nowhere", "/nope", "/v1/scores", "/v1/jobs/x"])
def test_headers_that_are_always_there(anonymous: Api, names: dict[str, str], path: str) -> None:
    answer = anonymous.get(path.format(**names), headers={"X-Request-ID": "abc-123"})

    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"] == "abc-123"
    assert answer.headers["server"] == "nginx"


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_have_a_strict_policy(anonymous: Api, path: str) -> None:
    answer = anonymous.get(path, headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "")


@pytest.mark.parametrize(
    "raw",
    [
        b"/v1/boards/%",
        b"/v1/boards/%zz",
        b"/v1/boards/%ff",
        b"/v1/boards?cursor=%ff",
        b"/v1/jobs/%00",
    ],
)
def test_odd_bytes_are_refused_as_problems(stack: Stack, raw: bytes) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.private.ports.page, timeout=10)
    connection._encode_request = lambda request: request.encode("latin-1")  # type: ignore[attr-defined]
    connection.putrequest("GET", raw.decode("latin-1"), skip_accept_encoding=True)
    connection.endheaders()
    answer = connection.getresponse()
    body = json.loads(answer.read())
    connection.close()

    assert answer.status in (400, 404, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == answer.status


def test_a_service_that_is_away_is_503_with_retry_after(stack: Stack, anonymous: Api) -> None:
    stack.kill("get_jobs")
    try:
        assert_problem(anonymous.get("/v1/jobs/x"), 503, "unavailable")
    finally:
        stack.start("get_jobs")


def test_a_queue_that_cannot_confirm_is_503(stack: Stack, admin: Api) -> None:
    board = fresh("noqueue")
    admin.define(board)
    stack.stop("rabbitmq")
    try:
        for path, body in (
            ("/v1/scores", {"board": board, "player": "ada", "score": 1}),
            ("/v1/scores/batch", {"scores": [{"board": board, "player": "ada", "score": 1}]}),
            ("/v1/documents", {"board": board}),
        ):
            answer = admin.command("POST", path, body)
            assert_problem(answer, 503, "unavailable")
            assert answer.elapsed.total_seconds() < 3.2
    finally:
        stack.go_on("rabbitmq")
    admin.submit_done(board, "bob", 1)


def test_too_many_requests_are_429_with_retry_after(stack: Stack, admin: Api, board: str) -> None:
    """A second post_score with a small allowance, since the others need theirs."""
    with stack.second_post_score({"HIGHSCORES_LIMIT_KEY_RATE": "1", "HIGHSCORES_LIMIT_KEY_BURST": "3"}) as url:
        limited = Api(url, stack.fresh_key("submit"))
        with limited.http:
            answers = [limited.submit(board, f"p{n}", n) for n in range(8)]
            batch = {"scores": [{"board": board, "player": "b", "score": 1}] * 3}
            refused_batch = limited.command("POST", "/v1/scores/batch", batch)

    accepted = [answer for answer in answers if answer.status_code == 202]
    for answer in answers[len(accepted) :]:
        assert_problem(answer, 429, "rate-limited")
    assert_problem(refused_batch, 429, "rate-limited")
    assert 3 <= len(accepted) <= 5
    for answer in accepted:
        admin.done(answer)
    assert stack.query(f"select count(*) from submissions where {of_board(board)}") == str(len(accepted))
