"""Browsers: reads of public boards from anywhere, commands only from the listed origins."""

import pytest
from tests.api import Api
from tests.stack import LISTED_ORIGIN

pytestmark = pytest.mark.contract

STRANGER = "https://elsewhere.example"
READS = ["/v1/boards", "/v1/boards/{board}", "/v1/boards/{board}/standings", "/v1/boards/{board}/standings/p1"]
READS += ["/v1/boards/{board}/periods", "/v1/documents/{board}:all", "/v1/players/p1"]
COMMANDS = [
    ("POST", "/v1/scores"),
    ("POST", "/v1/scores/batch"),
    ("PUT", "/v1/admin/boards/x"),
    ("POST", "/v1/documents"),
]
ALLOW_ORIGIN = "access-control-allow-origin"


def preflight(api: Api, path: str, origin: str, method: str, headers: str = "") -> tuple[int, dict[str, str]]:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    if headers:
        asked["Access-Control-Request-Headers"] = headers
    answer = api.http.options(path, headers=asked)
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}


@pytest.mark.parametrize("origin", [STRANGER, LISTED_ORIGIN, "null"])
@pytest.mark.parametrize("path", READS)
def test_reads_are_for_all_origins(anonymous: Api, ladder: str, path: str, origin: str) -> None:
    answer = anonymous.get(path.format(board=ladder), headers={"Origin": origin})

    assert answer.status_code == 200
    assert answer.headers[ALLOW_ORIGIN] in ("*", origin)
    assert "access-control-allow-credentials" not in answer.headers
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"etag", "location", "retry-after"} <= exposed


@pytest.mark.parametrize("path", READS)
def test_preflights_of_reads_are_allowed(anonymous: Api, ladder: str, path: str) -> None:
    status, headers = preflight(anonymous, path.format(board=ladder), STRANGER, "GET", "if-none-match, prefer")

    assert status in (200, 204)
    assert headers[ALLOW_ORIGIN] in ("*", STRANGER)
    assert "GET" in headers["access-control-allow-methods"]
    allowed = {name.strip().lower() for name in headers["access-control-allow-headers"].split(",")}
    assert {"if-none-match", "prefer"} <= allowed


def test_jobs_can_be_followed_from_anywhere(admin: Api, anonymous: Api, board: str) -> None:
    job = admin.submit(board, "ada", 1).json()["job"]

    assert anonymous.get(f"/v1/jobs/{job}", headers={"Origin": STRANGER}).headers[ALLOW_ORIGIN] in ("*", STRANGER)


@pytest.mark.parametrize(("method", "path"), COMMANDS)
def test_commands_are_for_listed_origins(anonymous: Api, method: str, path: str) -> None:
    status, headers = preflight(anonymous, path, LISTED_ORIGIN, method, "authorization, content-type, idempotency-key")

    assert status in (200, 204)
    assert headers[ALLOW_ORIGIN] == LISTED_ORIGIN
    assert method in headers["access-control-allow-methods"]
    allowed = {name.strip().lower() for name in headers["access-control-allow-headers"].split(",")}
    assert {"authorization", "content-type", "idempotency-key"} <= allowed
    assert "origin" in headers["vary"].lower()


@pytest.mark.parametrize(("method", "path"), COMMANDS)
@pytest.mark.parametrize("origin", [STRANGER, "null", LISTED_ORIGIN + ".evil.example", LISTED_ORIGIN.upper()])
def test_commands_are_for_no_other_origin(anonymous: Api, method: str, path: str, origin: str) -> None:
    _, headers = preflight(anonymous, path, origin, method, "content-type")

    assert ALLOW_ORIGIN not in headers


def test_the_answer_to_a_command_is_readable_for_listed_origins_alone(admin: Api, board: str) -> None:
    body = {"board": board, "player": "ada", "score": 1}

    listed = admin.command("POST", "/v1/scores", body, headers={"Origin": LISTED_ORIGIN})
    stranger = admin.command("POST", "/v1/scores", body, headers={"Origin": STRANGER})

    assert listed.headers[ALLOW_ORIGIN] == LISTED_ORIGIN
    assert ALLOW_ORIGIN not in stranger.headers


def test_errors_are_readable_too(admin: Api, anonymous: Api) -> None:
    read = anonymous.get("/v1/boards/nowhere", headers={"Origin": STRANGER})
    command = admin.command("POST", "/v1/scores", {}, headers={"Origin": LISTED_ORIGIN})

    assert read.headers[ALLOW_ORIGIN] in ("*", STRANGER)
    assert command.headers[ALLOW_ORIGIN] == LISTED_ORIGIN
