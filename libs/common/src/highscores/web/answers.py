"""An HTTP answer as a value: what the routes that bypass the framework return, and the framework's by `respond`."""

from typing import Any, NamedTuple

import msgspec
from litestar import Response

Headers = list[tuple[bytes, bytes]]

JSON = b"application/json"
PROBLEM_JSON = b"application/problem+json"

encode_json = msgspec.json.Encoder().encode


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


def json_answer(status: int, value: Any, headers: Headers | None = None, media_type: bytes = JSON) -> Answer:
    return Answer(status, [(b"content-type", media_type), *(headers or [])], encode_json(value))


def respond(answer: Answer) -> Response[Any]:
    """Return the answer as the framework takes it."""
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(
        answer.body or None,
        status_code=answer.status,
        media_type=headers.pop("content-type", None),
        headers=headers,
    )
