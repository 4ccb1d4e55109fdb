"""Jobs: the life of one command, and ids that say by themselves whether they are ours.

A job id is a UUIDv8 (RFC 9562): 122 free bits hold 4 bits of command kind, a 78-bit body and a 40-bit tag. The body is
an HMAC of (caller, idempotency key), so the same key gives the same id with no look-up, or random bits without a key.
The tag is an HMAC of kind and body under the same secret, so a forged id is known as forged, and an authentic one
that nobody has heard of yet is simply still queued.
"""

import hashlib
import hmac
import secrets
from typing import Any, Literal, get_args
from uuid import UUID

import msgspec

from highscores.domain.problems import Problem

CommandName = Literal["submit-score", "build-document", "define-board", "delete-board"]
JobStatus = Literal["queued", "done", "rejected"]

MIN_SECRET_CHARACTERS = 32
_NAMES: tuple[CommandName, ...] = get_args(CommandName)
_BODY_BITS, _TAG_BITS = 78, 40


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """What `GET /v1/jobs/{job}` answers. Times are RFC 3339; a queued job has been written down nowhere yet."""

    job: str
    command: CommandName
    status: JobStatus = "queued"
    accepted_at: str | None = None
    finished_at: str | None = None
    progress: float | None = None
    result: dict[str, Any] | None = None
    error: Problem | None = None


class JobIds:
    """Makes and recognises job ids under one secret, shared by the services that answer for jobs."""

    def __init__(self, secret: str) -> None:
        if len(secret) < MIN_SECRET_CHARACTERS:
            raise ValueError(f"the job secret must have at least {MIN_SECRET_CHARACTERS} characters")
        self._key = secret.encode()

    def new(self, command: CommandName) -> UUID:
        """Return a fresh random id."""
        return self._assemble(command, secrets.randbits(_BODY_BITS))

    def for_key(self, command: CommandName, caller: str, idempotency_key: str, index: int = 0) -> UUID:
        """Return the one id of this caller's key; `index` tells apart the commands of one batch request."""
        # Lengths first, so that no two different triples give the same text.
        text = f"id:{len(caller)}:{caller}:{index}:{idempotency_key}"
        return self._assemble(command, self._mac(text.encode(), _BODY_BITS))

    def command_of(self, job: str) -> CommandName | None:
        """Return which command an authentic id stands for, None for a forged or malformed one."""
        try:
            value = UUID(job)
        except ValueError:
            return None
        if str(value) != job:
            return None
        bits = _free_bits(value.int)
        kind, body = bits >> (_BODY_BITS + _TAG_BITS), (bits >> _TAG_BITS) & (2**_BODY_BITS - 1)
        if kind >= len(_NAMES):
            return None
        expected = self._assemble(_NAMES[kind], body)
        return _NAMES[kind] if hmac.compare_digest(expected.bytes, value.bytes) else None

    def _assemble(self, command: CommandName, body: int) -> UUID:
        head = _NAMES.index(command) << _BODY_BITS | body
        tag = self._mac(b"tag:" + head.to_bytes(11, "big"), _TAG_BITS)
        return UUID(int=_with_version(head << _TAG_BITS | tag))

    def _mac(self, text: bytes, bits: int) -> int:
        digest = hmac.digest(self._key, text, hashlib.sha256)
        return int.from_bytes(digest[:16], "big") >> (128 - bits)


def _with_version(bits: int) -> int:
    """Spread 122 bits around the version (8) and the variant (binary 10) of a UUID."""
    return (bits >> 74) << 80 | 8 << 76 | ((bits >> 62) & 0xFFF) << 64 | 2 << 62 | (bits & (2**62 - 1))


def _free_bits(value: int) -> int:
    return (value >> 80) << 74 | ((value >> 64) & 0xFFF) << 62 | (value & (2**62 - 1))
