"""Dead letters become rows: RabbitMQ gives them up, and PostgreSQL keeps them until a person has decided.

The raw message stays in the row, since only with it can the commands be replayed, and what a player must be able to
have erased (names, metadata) be found. The row's id is made from the message, so that a delivery that comes again is
the same row.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from faststream.rabbit.message import RabbitMessage

from highscores.domain.commands import Command, SubmitScore, UnreadableMessageError, decode
from highscores.domain.periods import microseconds
from highscores.ledger.engine import Connection, sqlstate
from highscores.queue import topology
from highscores.queue.topology import Queue
from worker.delivery import acks
from worker.ledger.retrying_writer import RetryingWriter

GIVE_BACK_AFTER_S = 30.0  # a row that PostgreSQL refuses: the message stays in the queue, and people see it there

QUEUE_HEADER, REASON_HEADER = "highscores-queue", "highscores-reason"
# What RabbitMQ says of a message that a queue of ours gave up, in our words.
_REASONS = {"rejected": "failed", "delivery_limit": "delivery-limit"}
_UNKNOWN = "unknown"
_ID_BYTES = 16

KEEP_SQL = """
    insert into dead_letters (id, queue, reason, first_death_at, moved_at, jobs, boards, commands, message)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    on conflict (id) do update set moved_at = excluded.moved_at
"""

_log = structlog.get_logger(__name__)


class Death(NamedTuple):
    """Which queue gave a message up, why, and when (microseconds)."""

    queue: str
    reason: str
    at: int | None


class DeadLetter(NamedTuple):
    """A row of `dead_letters`, without the instant at which it is written."""

    id: UUID
    queue: str
    reason: str
    first_death_at: int | None
    jobs: list[UUID]
    boards: list[str]
    commands: list[str]
    message: bytes


class DeadLetters:
    def __init__(self, writer: RetryingWriter) -> None:
        self._writer = writer
        self._held = 0

    @property
    def is_empty(self) -> bool:
        return self._held == 0

    async def keep(self, message: RabbitMessage) -> None:
        """Write the row, then acknowledge."""
        self._held += 1
        try:
            await self._keep(message)
        finally:
            self._held -= 1

    async def _keep(self, message: RabbitMessage) -> None:
        letter = read(bytes(message.body), message.headers)

        async def insert(connection: Connection, now: int) -> None:
            await connection.execute(KEEP_SQL, *letter[:3], letter.first_death_at or now, now, *letter[4:])

        try:
            await self._writer.write(insert)
        except Exception as error:
            _log.error("dead_letter.refused", id=str(letter.id), reason=type(error).__name__, state=sqlstate(error))
            await asyncio.sleep(GIVE_BACK_AFTER_S)
            await acks.give_back(message)
        else:
            _log.warning("dead_letter.kept", id=str(letter.id), queue=letter.queue, reason=letter.reason)
            await acks.acknowledge([message])


def read(body: bytes, headers: Mapping[str, Any]) -> DeadLetter:
    """Return the row of a dead letter, with whatever of its commands this version can read."""
    death = _death(headers)
    reason = death.reason
    known: list[Command] = []
    try:
        decoded = decode(body)
    except UnreadableMessageError:
        reason = "unreadable"
    else:
        known = decoded.commands
        if any(isinstance(command, SubmitScore) is not (death.queue == topology.SCORES.name) for command in known):
            reason = "wrong-queue"
    return DeadLetter(
        UUID(bytes=hashlib.sha256(death.queue.encode() + b":" + body).digest()[:_ID_BYTES]),
        death.queue,
        reason,
        death.at,
        [command.job for command in known],
        _texts(command.board for command in known),
        _texts(command.command for command in known),
        body,
    )


def origin_headers(queue: Queue, reason: str) -> dict[str, str | int]:
    """Return what a message says that the worker itself gives up, as RabbitMQ would of one that a queue gives up."""
    return {QUEUE_HEADER: queue.name, REASON_HEADER: reason}


def _death(headers: Mapping[str, Any]) -> Death:
    if isinstance(queue := headers.get(QUEUE_HEADER), str) and isinstance(reason := headers.get(REASON_HEADER), str):
        return Death(queue, reason, None)
    # The newest is first; queues in which messages wait for a newer worker are no place to die.
    deaths = headers.get("x-death")
    for death in deaths if isinstance(deaths, list) else []:
        if death.get("queue") in topology.LATER:
            reason = _REASONS.get(str(death.get("reason")), str(death.get("reason")))
            return Death(str(death["queue"]), reason, _instant(death.get("time")))
    return Death(_UNKNOWN, _UNKNOWN, None)


def _instant(time: object) -> int | None:
    if not isinstance(time, datetime):
        return None
    return microseconds(time if time.tzinfo else time.replace(tzinfo=UTC))


def _texts(texts: Iterable[str]) -> list[str]:
    """Return each text once. Whoever wrote the message may have put in what PostgreSQL takes in no text."""
    return sorted({text.replace("\0", "") for text in texts})
