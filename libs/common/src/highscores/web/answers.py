"""An HTTP answer as a value, for the routes that bypass the framework and for what the edge itself says."""

from typing import Any, NamedTuple

import msgspec

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
