"""The boards of a load test, against a service that answers as it should and keeps what it was asked."""

import json
import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.loadtest import k6

SCRIPT = Path(__file__).parents[2] / "loadtest/highscores.js"
TIMEOUT_S = 60
SHORT = {"BOARDS": "2", "PLAYERS": "100", "RAMP": "0s", "DURATION": "1s", "SETTLE": "0.1s", "DRAIN": "5s"}
READS_ALONE = {"SCORES_RATE": "0", "BATCHES_RATE": "0", "JOBS_RATE": "0", "VISIBLE_RATE": "0", "READS_RATE": "20"}
ENTRIES = [{"rank": 1, "player": "ada", "score": 1}]


class Service(ThreadingHTTPServer):
    """`defined` are the boards by what they were defined with, `deleted` those that were deleted, in order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.defined: dict[str, dict[str, Any]] = {}
        self.deleted: list[str] = []
        self.accepted = 0
        self.reads = 0
        self.refused_reads = 0
        self.fills = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_PUT(self) -> None:
        self.server.defined[self.path.rpartition("/")[2]] = self._body()
        self._answer(202, {"job": "job", "status": "queued"})

    def do_DELETE(self) -> None:
        self.server.deleted.append(self.path.rpartition("/")[2])
        self._answer(202, {"job": "job", "status": "queued"})

    def do_POST(self) -> None:
        body = self._body()
        if not self.server.fills and "scores" in body:
            self._answer(403, {"title": "No", "status": 403})
        elif body.get("score") == "none":
            self._answer(422, {"title": "A field is wrong", "status": 422})
        else:
            self.server.accepted += len(body["scores"])
            self._answer(202, {"jobs": ["job"] * len(body["scores"])})

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/v1/jobs/"):
            self._answer(200, {"job": "job", "status": "done"})
        elif path == "/v1/boards":
            self._answer(200, {"boards": [], "next": None})
        else:
            self.server.reads += 1
            self._board(path)

    def _board(self, path: str) -> None:
        """A private board is for those who send a key that may read it."""
        if self.headers.get("Authorization") != "Bearer admin":
            self.server.refused_reads += 1
            self._answer(401, {"title": "A valid API key is needed", "status": 401})
        elif path.endswith("/standings"):
            self._answer(200, {"entries": ENTRIES})
        elif "/standings/" in path:
            self._answer(200, {"player": path.rpartition("/")[2], "rank": 1})
        else:
            self._answer(200, {"submissions": self.server.accepted // 2})

    def _body(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def service() -> Iterator[Service]:
    with Service() as service:
        Thread(target=service.serve_forever, daemon=True).start()
        yield service
        service.shutdown()


def load(service: Service, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**k6.REQUIRED, "BASE_URL": service.url, "RUN": "run", **SHORT, **READS_ALONE, **settings}
    return subprocess.run(
        ["k6", "run", "--quiet", "--no-usage-report", "--address", "", str(SCRIPT)],
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def test_boards_are_private_read_with_a_key_and_deleted_at_the_end(service: Service) -> None:
    load(service)

    assert {board: rules["visibility"] for board, rules in service.defined.items()} == {
        "run-1": "private",
        "run-2": "private",
    }
    assert service.reads > 10
    assert service.refused_reads == 0
    assert service.deleted == ["run-1", "run-2"]


def test_boards_are_kept_where_somebody_asks_for_that(service: Service) -> None:
    load(service, KEEP_BOARDS="true")

    assert len(service.defined) == 2
    assert service.deleted == []


def test_a_run_that_cannot_start_leaves_no_board_behind(service: Service) -> None:
    service.fills = False

    ran = load(service)

    assert "cannot start" in ran.stderr
    assert service.deleted == list(service.defined) == ["run-1", "run-2"]
