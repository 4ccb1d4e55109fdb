"""Idempotency keys: the same caller, subject and key stand for the same job."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from highscores.domain.jobs import CommandName, JobIds
from highscores.domain.problems import FieldError
from highscores.web.openapi import Schemas
from post_score.admission import Ask, Limit, digest

HEADER = b"idempotency-key"
MAX_CHARACTERS = 200
DESCRIBED_HEADER: Schemas = {
    "Idempotency-Key": {
        "type": "string",
        "minLength": 1,
        "maxLength": MAX_CHARACTERS,
        "pattern": "^[!-~]([ -~]*[!-~])?$",  # blanks around it are no part of a header's value
        "examples": ["game-4711"],
        "description": "1 to 200 printable ASCII characters: the same caller, subject (board, player) and key give the "
        "same job and one effect, for 30 days. Take a new key for each new command.",
    }
}

# Members in one order, whatever order they came in: the same content has the same text.
_canonical = msgspec.json.Encoder(order="deterministic").encode


def key_of(headers: Mapping[bytes, bytes]) -> tuple[bytes | None, list[FieldError]]:
    """Return the request's key, if it has one, and what is wrong with it."""
    key = headers.get(HEADER)
    reason = _why_no_key(key) if key is not None else None
    return (key, []) if reason is None else (None, [FieldError("#/Idempotency-Key", reason)])


def _why_no_key(key: bytes) -> str | None:
    if not key:
        return "must not be empty"
    if len(key) > MAX_CHARACTERS:
        return f"has {len(key)} characters: at most {MAX_CHARACTERS} are taken"
    odd = next((number for number, byte in enumerate(key, start=1) if not 0x20 <= byte <= 0x7E), None)
    return None if odd is None else f"must be printable ASCII, and character {odd} is not"


def ask_for(caller: str, limit: Limit, key: bytes | None, route: str, content: Any, cost: int = 1) -> Ask:
    """Return what admission is asked; `content` is the validated request."""
    if key is None:
        return Ask(caller, limit, cost)
    return Ask(caller, limit, cost, digest(caller.encode(), key), digest(route.encode(), _canonical(content)))


def job_for(ids: JobIds, command: CommandName, caller: str, subject: str, key: bytes | None, index: int = 0) -> UUID:
    if key is None:
        return ids.new(command)
    return ids.for_key(command, caller, subject, key.decode(), index)
