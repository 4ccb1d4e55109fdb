"""Asks an ASGI application in process, as the server would, and reads its answer."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

from highscores.web.edge import Edge, Message


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def pointers(self) -> list[str]:
        """The fields that a problem names."""
        assert self.headers["content-type"] == "application/problem+json"
        return [error["pointer"] for error in self.json().get("errors", [])]


async def ask(
    app: Edge,
    method: str,
    path: str,
    body: Any = b"",
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
    *,
    again: Mapping[str, str] | None = None,
) -> Reply:
    """Send one request; a `body` that is no bytes goes as JSON. `again` are headers that come besides, in a second
    line if they came already."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"host": "test", "content-type": "application/json", **(headers or {})}
    if key is not None:
        given["authorization"] = f"Bearer {key}"
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in [*given.items(), *(again or {}).items()]
        ],
        "client": ("192.0.2.1", 1234),
        "server": ("test", 80),
    }
    incoming = [{"type": "http.request", "body": content, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    answered = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return Reply(start["status"], answered, b"".join(message.get("body", b"") for message in rest))
