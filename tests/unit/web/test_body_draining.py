"""A refusal comes when its client has sent everything, and can read it."""

import asyncio
from typing import Any

import pytest
from litestar import Request, post

from highscores.web import body_draining
from highscores.web.answers import Answer
from highscores.web.app import create_app
from highscores.web.body_draining import large_body
from highscores.web.cors import Cors
from highscores.web.edge import Edge, FastRequest, FastRoute
from highscores.web.openapi import ApiDocument
from highscores.web.problems import unavailable
from highscores.web.request_validation import read_body

DOCUMENT = ApiDocument(title="test", description="A test.", path="/openapi.json")
LIMIT_BYTES = 2_000


async def refuse(_: FastRequest) -> Answer:
    raise unavailable("Not now.")


async def read(request: FastRequest) -> Answer:
    return Answer(200, [], await read_body(request.receive, request.headers, LIMIT_BYTES))


@post("/framework/refuse", status_code=202)
async def refuse_in_the_framework(request: Request[Any, Any, Any]) -> None:
    raise unavailable("Not now.")


@pytest.fixture
def app() -> Edge:
    fast = {
        ("POST", "/refuse"): FastRoute("/refuse", refuse),
        ("POST", "/read"): FastRoute("/read", read),
    }
    handlers = create_app(DOCUMENT, [refuse_in_the_framework], {})
    return Edge(handlers, Cors("commands", ()), lambda method, path: fast.get((method, path)))


class Exchange:
    """A client who sends a body in parts. `events` says what happened, in order; after the last part nothing comes."""

    def __init__(self, parts: list[bytes]) -> None:
        self._parts = parts
        self._taken = 0
        self.events: list[str | int] = []
        self.body = b""

    async def receive(self) -> dict[str, Any]:
        if self._taken == len(self._parts):
            return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]
        self._taken += 1
        self.events.append(f"part {self._taken}")
        more = self._taken < len(self._parts)
        return {"type": "http.request", "body": self._parts[self._taken - 1], "more_body": more}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.events.append(message["status"])
        self.body += message.get("body", b"")


async def exchange(app: Edge, path: str, parts: list[bytes], headers: dict[bytes, bytes] | None = None) -> Exchange:
    made = Exchange(parts)
    given = {b"content-length": str(sum(map(len, parts))).encode()} if headers is None else headers
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": list(given.items()),
        "client": ("192.0.2.1", 1234),
        "server": ("test", 80),
    }
    await app(scope, made.receive, made.send)
    return made


@pytest.mark.parametrize("path", ["/refuse", "/framework/refuse", "/nowhere"])
@pytest.mark.parametrize("headers", [None, {b"transfer-encoding": b"chunked"}])
async def test_what_is_refused_unread_is_taken_first(app: Edge, path: str, headers: dict[bytes, bytes] | None) -> None:
    made = await exchange(app, path, [b"x" * 600] * 3, headers)
    assert made.events == ["part 1", "part 2", "part 3", 404 if path == "/nowhere" else 503]


async def test_what_is_too_much_is_taken_first_too(app: Edge) -> None:
    announced = await exchange(app, "/read", [b"x" * 900] * 3)
    found = await exchange(app, "/read", [b"x" * 900] * 4, {b"transfer-encoding": b"chunked"})
    assert announced.events == ["part 1", "part 2", "part 3", 413]
    assert found.events == ["part 1", "part 2", "part 3", "part 4", 413]


async def test_what_has_been_read_is_not_waited_for(app: Edge) -> None:
    made = await exchange(app, "/read", [b"x" * 600, b"y" * 600])
    assert (made.events, made.body) == (["part 1", "part 2", 200], b"x" * 600 + b"y" * 600)


async def test_a_small_body_came_with_its_headers(app: Edge) -> None:
    made = await exchange(app, "/refuse", [b"x" * 999])
    assert made.events == [503]


async def test_what_is_far_too_much_is_not_waited_for(app: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_draining, "DISCARD_MAX_BYTES", 1_500)
    made = await exchange(app, "/refuse", [b"x" * 1_000] * 5)
    assert made.events == ["part 1", "part 2", 503]


async def test_who_does_not_go_on_sending_is_not_waited_for(app: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_draining, "DISCARD_TIMEOUT_S", 0.01)
    made = await exchange(app, "/refuse", [], {b"content-length": b"5000"})
    assert made.events == [503]


async def test_it_ends_within_the_requests_time() -> None:
    stalled = Exchange([])
    body = large_body({b"content-length": b"5000"}, stalled.receive, within_s=0.01)
    assert body is not None
    async with asyncio.timeout(0.5):
        await body.discard()


async def test_who_leaves_meanwhile_gets_no_answer(app: Edge) -> None:
    made = Exchange([])

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    made.receive = receive  # type: ignore[method-assign]
    scope_headers = [(b"content-length", b"5000")]
    await app(
        {
            "type": "http",
            "method": "POST",
            "path": "/refuse",
            "raw_path": b"/refuse",
            "query_string": b"",
            "headers": scope_headers,
        },
        made.receive,
        made.send,
    )
    assert made.events == []
