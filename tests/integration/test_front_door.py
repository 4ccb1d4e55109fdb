"""The real nginx with the repository's template and table, before services that only say who they are."""

import http.client
import json
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.servers import REPOSITORY

from highscores_local import probe, routes
from highscores_local.home import Home
from highscores_local.nginx import Nginx
from highscores_local.ports import LOOPBACK, Ports, free_ports
from highscores_local.runner import Runner
from highscores_local.stack import process_user

pytestmark = pytest.mark.integration

TIMEOUT_S = 10.0
SERVICES = ("post_score", "get_scores")  # get_jobs is down


class WhoAmI(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(
            {"port": self.server.server_port, "path": self.path, "headers": dict(self.headers)}  # type: ignore[attr-defined]
        ).encode()
        self.send_response(http.HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = answer  # noqa: N815 (the standard library's names)

    def log_message(self, *_: object) -> None:
        """Not into the test's output."""


@pytest.fixture(scope="module")
def door() -> Iterator[Ports]:
    ports = free_ports()
    with ExitStack() as closing:
        root = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="highscores-test-")))
        for service in SERVICES:
            server = ThreadingHTTPServer((LOOPBACK, getattr(ports, service)), WhoAmI)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            closing.callback(server.server_close)
            closing.callback(server.shutdown)
        home = Home(root, process_user(REPOSITORY))
        home.create()
        nginx = Nginx(home, ports, routes.load(REPOSITORY), REPOSITORY)
        nginx.configure()
        nginx.initialise()
        runner = Runner(home)
        program = nginx.program()
        runner.start(program)
        closing.callback(runner.stop, program)
        probe.wait("nginx", lambda: probe.tcp(ports.page), within_s=TIMEOUT_S)
        yield ports


def ask(
    ports: Ports, path: str, method: str = "GET", body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, dict[str, object]]:
    connection = http.client.HTTPConnection(LOOPBACK, ports.page, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return response, json.loads(response.read())
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/v1/scores", "post_score"),
        ("/v1/scores/batch", "post_score"),
        ("/v1/scores?x=1", "post_score"),
        ("/v1/scoresheet", "get_scores"),
        ("/v1/admin/boards/arcade", "post_score"),
        ("/v1/documents", "post_score"),
        ("/v1/documents/", "get_scores"),
        ("/v1/documents/abc", "get_scores"),
        ("/v1/boards/scores", "get_scores"),
        ("/v1/jobsheet", "get_scores"),
        ("/V1/scores", "get_scores"),
        ("/v1//scores", "get_scores"),
        ("/docs", "get_scores"),
        ("/", "get_scores"),
    ],
)
def test_each_path_reaches_its_service_unchanged(door: Ports, path: str, service: str) -> None:
    _, answer = ask(door, path)

    assert answer["port"] == getattr(door, service)
    assert answer["path"] == path


def test_what_a_client_claims_about_its_address_is_replaced(door: Ports) -> None:
    _, answer = ask(door, "/", headers={"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.1", "Forwarded": "for=x"})

    headers = answer["headers"]
    assert isinstance(headers, dict)
    assert headers["X-Forwarded-For"] == LOOPBACK
    assert not {"X-Real-IP", "Forwarded"} & set(headers)


@pytest.mark.parametrize(("sent", "kept"), [("abc-1.2_3", True), ("a b", False), ('"', False)])
def test_a_request_id_is_passed_on_if_it_is_plain(door: Ports, sent: str, kept: bool) -> None:
    _, answer = ask(door, "/", headers={"X-Request-ID": sent})

    headers = answer["headers"]
    assert isinstance(headers, dict)
    assert (headers["X-Request-ID"] == sent) is kept
    assert headers["X-Request-ID"]


def test_a_body_up_to_the_outer_wall_is_the_service_s_to_judge(door: Ports) -> None:
    response, _ = ask(door, "/v1/scores/batch", "POST", b"x" * (1024 * 1024 + 1))

    assert response.status == http.HTTPStatus.OK


def test_a_body_beyond_it_is_refused_as_a_problem(door: Ports) -> None:
    connection = http.client.HTTPConnection(LOOPBACK, door.page, timeout=TIMEOUT_S)
    connection.putrequest("POST", "/v1/scores/batch")
    connection.putheader("Content-Length", str(3 * 1024 * 1024))
    connection.endheaders()
    response = connection.getresponse()
    problem = json.loads(response.read())
    connection.close()

    assert response.status == http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (problem["type"], problem["status"]) == ("/problems/too-large", 413)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_service_that_is_down_is_a_problem_with_retry_after(door: Ports, method: str) -> None:
    response, problem = ask(door, "/v1/jobs/abc", method)

    assert response.status == http.HTTPStatus.SERVICE_UNAVAILABLE
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "1"
    assert (problem["type"], problem["status"]) == ("/problems/unavailable", 503)


def test_the_answers_do_not_tell_the_version(door: Ports) -> None:
    response, _ = ask(door, "/")

    assert response.headers["Server"] == "nginx"


@pytest.mark.parametrize(
    ("request_line", "status", "slug"),
    [
        (b"GET /%00 HTTP/1.1", 400, "bad-request"),
        (b"GET /../.. HTTP/1.1", 400, "bad-request"),
        (b"GET /" + b"x" * 20_000 + b" HTTP/1.1", 431, "too-large"),
        (b"GET /.problems/bad-request HTTP/1.1", 404, "not-found"),
        (b"TRACE / HTTP/1.1", 405, "method-not-allowed"),
    ],
)
def test_what_nginx_refuses_by_itself_is_a_problem(door: Ports, request_line: bytes, status: int, slug: str) -> None:
    with socket.create_connection((LOOPBACK, door.page), TIMEOUT_S) as connection:
        connection.sendall(request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        response = http.client.HTTPResponse(connection)
        response.begin()
        problem = json.loads(response.read())

    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (problem["type"], problem["status"]) == (f"/problems/{slug}", status)
    assert (response.headers["Allow"] is not None) == (status == http.HTTPStatus.METHOD_NOT_ALLOWED)
