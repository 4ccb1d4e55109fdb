"""Jobs: the life of one command, and ids that say by themselves whether they are ours.

A job id is a UUIDv8 (RFC 9562): 122 free bits hold one bit that says whether the body holds a time, 5 bits of command
kind, a 78-bit body and a 38-bit tag. The body is an HMAC of (caller, kind, subject, idempotency key, index), so the
same key for the same subject gives the same id with no look-up, and a job has the board of its subject and no other.
Without a key the body is the second, a random number of the process and a counter: no two are alike, however many are
made and whatever the clocks say. The tag is an HMAC of all that under the same secret, so a forged id is known as
forged, nobody can guess another's, and an authentic one that nobody has heard of yet is simply still queued, unless its
own time says that it is older than the horizon.
"""

import hashlib
import hmac
import secrets
import time
from typing import Any, Literal, NamedTuple
from uuid import UUID

import msgspec

from highscores.domain.fields import Time
from highscores.domain.periods import MICROSECONDS
from highscores.domain.problems import Problem

CommandName = Literal["submit-score", "build-document", "define-board", "delete-board"]
JobStatus = Literal["queued", "done", "rejected"]

MIN_SECRET_CHARACTERS = 32
# For so long the same job is the same command, and it is known how the job ended.
HORIZON_S = 30 * 86_400
HORIZON = HORIZON_S * MICROSECONDS
# Ids outlive versions: a number never changes, and that of a kind that is gone is never given again.
KINDS: dict[CommandName, int] = {"submit-score": 0, "build-document": 1, "define-board": 2, "delete-board": 3}
JOB_ID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
_NAMES = {number: name for name, number in KINDS.items()}
_TIMED_BITS, _KIND_BITS, _BODY_BITS, _TAG_BITS = 1, 5, 78, 38
_HEAD_BYTES = (_TIMED_BITS + _KIND_BITS + _BODY_BITS + 7) // 8
_TIMED = 1 << (_KIND_BITS + _BODY_BITS)
_SECOND_BITS, _PROCESS_BITS, _COUNTER_BITS = 32, 24, 22


class JobState(msgspec.Struct, frozen=True, kw_only=True):
    """What `GET /v1/jobs/{job}` answers. Times are RFC 3339; a queued job has been written down nowhere yet."""

    job: str
    command: CommandName
    status: JobStatus = "queued"
    accepted_at: Time | None = None
    finished_at: Time | None = None
    progress: float | None = None
    result: dict[str, Any] | None = None
    error: Problem | None = None


class StandingReference(NamedTuple):
    """The standing that a submission's job tells of, as documents know it; `tie_width` as in `domain/ranking.py`."""

    board_number: int
    player: str
    tie_width: int | None


class UnknownKindError(Exception):
    """The id is authentic, of a kind of command that this version does not know."""


class JobIds:
    """Makes and recognises job ids under one secret, shared by the services that answer for jobs."""

    def __init__(self, secret: str) -> None:
        if len(secret) < MIN_SECRET_CHARACTERS:
            raise ValueError(f"the job secret must have at least {MIN_SECRET_CHARACTERS} characters")
        self._key = secret.encode()
        self._new_body = _Bodies()

    def new(self, command: CommandName) -> UUID:
        """Return a fresh id."""
        return self._assemble(command, _TIMED | self._new_body())

    def for_key(self, command: CommandName, caller: str, subject: str, idempotency_key: str, index: int = 0) -> UUID:
        """Return the one id of this caller's key for this subject (see `subjects`); `index` tells apart the commands
        of one batch request."""
        # Lengths first, so that no two different lists give the same text.
        parts = (caller, str(KINDS[command]), subject, str(index), idempotency_key)
        text = "id:" + "".join(f"{len(part)}:{part}" for part in parts)
        return self._assemble(command, self._mac(text.encode(), _BODY_BITS))

    def command_of(self, job: str) -> CommandName | None:
        """Return which command an authentic id stands for.

        None for a forged or malformed one; raise UnknownKindError when a newer version has made it.
        """
        head = self._authentic_head(job)
        if head is None:
            return None
        command = _NAMES.get((head & ~_TIMED) >> _BODY_BITS)
        if command is None:
            raise UnknownKindError
        return command

    def age_s(self, job: str) -> int | None:
        """Return how long ago an authentic id was made, in seconds, less than none if by a clock that is ahead.

        None for one that was made from a key: it is the same whenever it is made.
        """
        head = self._authentic_head(job)
        if head is None or not head & _TIMED:
            return None
        second = (head & ((1 << _BODY_BITS) - 1)) >> (_PROCESS_BITS + _COUNTER_BITS)
        # Seconds go round after 136 years: what is nearer ahead than behind is ahead.
        age = (int(time.time()) - second) % (1 << _SECOND_BITS)
        return age if age < 1 << (_SECOND_BITS - 1) else age - (1 << _SECOND_BITS)

    def _authentic_head(self, job: str) -> int | None:
        """Return all but the tag of an id in its one spelling; None when it is not ours."""
        try:
            value = UUID(job)
        except ValueError:
            return None
        if str(value) != job:
            return None
        head = _free_bits(value.int) >> _TAG_BITS
        return head if hmac.compare_digest(self._with_tag(head).bytes, value.bytes) else None

    def _assemble(self, command: CommandName, body: int) -> UUID:
        return self._with_tag(KINDS[command] << _BODY_BITS | body)

    def _with_tag(self, head: int) -> UUID:
        tag = self._mac(b"tag:" + head.to_bytes(_HEAD_BYTES, "big"), _TAG_BITS)
        return UUID(int=_with_version(head << _TAG_BITS | tag))

    def _mac(self, text: bytes, bits: int) -> int:
        digest = hmac.digest(self._key, text, hashlib.sha256)
        return int.from_bytes(digest[:16], "big") >> (128 - bits)


class _Bodies:
    """Bodies of ids without a key, each another: four million a second for each process before the counter returns."""

    def __init__(self) -> None:
        self._process = secrets.randbits(_PROCESS_BITS)
        self._counter = secrets.randbits(_COUNTER_BITS)

    def __call__(self) -> int:
        self._counter = (self._counter + 1) % (1 << _COUNTER_BITS)
        second = int(time.time()) % (1 << _SECOND_BITS)
        return (second << _PROCESS_BITS | self._process) << _COUNTER_BITS | self._counter


def _with_version(bits: int) -> int:
    """Spread 122 bits around the version (8) and the variant (binary 10) of a UUID."""
    return (bits >> 74) << 80 | 8 << 76 | ((bits >> 62) & 0xFFF) << 64 | 2 << 62 | (bits & (2**62 - 1))


def _free_bits(value: int) -> int:
    return (value >> 80) << 74 | ((value >> 64) & 0xFFF) << 62 | (value & (2**62 - 1))
