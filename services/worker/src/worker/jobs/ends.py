"""How jobs end, written down once: who delivers a command again finds its end, and changes nothing."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from highscores.domain.commands import Command
from highscores.domain.jobs import HORIZON, CommandName, JobState
from highscores.domain.periods import rfc3339
from highscores.domain.problems import Problem
from highscores.ledger.engine import Connection

_FIND_SQL = """
    select job, accepted_at from jobs
    where bucket = $1 and job = any($2::uuid[]) and accepted_at >= $3 and accepted_at <= $4
"""

_RECORD_SQL = """
    insert into jobs (bucket, job, accepted_at, board_number, command, status, finished_at, result, error)
    select $1, e.job, e.accepted_at, e.board_number, e.command, e.status, $9, e.result::jsonb, e.error::jsonb
    from unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
         as e(job, accepted_at, board_number, command, status, result, error)
    where not exists (select from jobs j where j.bucket = $1 and j.job = e.job
                      and j.accepted_at >= e.accepted_at - $10 and j.accepted_at <= e.accepted_at + $10)
    order by e.job
    on conflict (job, accepted_at, bucket) do nothing
    returning job
"""


_LOCK_SQL = "select pg_advisory_xact_lock(key) from unnest($1::bigint[]) as k(key)"


class CommandReference(NamedTuple):
    """What is kept of a command whose job ends later than its message."""

    job: UUID
    command: CommandName
    accepted_at: int


class JobEnd(msgspec.Struct, frozen=True):
    """A command with the end of its job."""

    command: Command | CommandReference
    result: dict[str, Any] | None = None
    error: Problem | None = None
    board_number: int | None = None

    def state(self, finished_at: str) -> JobState:
        """`finished_at` is RFC 3339: jobs that end together share it, and it is written once for all of them."""
        return JobState(
            job=str(self.command.job),
            command=self.command.command,
            status="rejected" if self.error else "done",
            accepted_at=rfc3339(self.command.accepted_at),
            finished_at=finished_at,
            result=self.result,
            error=self.error,
        )


async def find_ended(connection: Connection, bucket: int, commands: Sequence[Command]) -> set[UUID]:
    """Return those of the commands' jobs that have ended before, each within the horizon of its own command."""
    accepted = {command.job: command.accepted_at for command in commands}
    earliest, latest = min(accepted.values()), max(accepted.values())
    rows = await connection.fetch(_FIND_SQL, bucket, list(accepted), earliest - HORIZON, latest + HORIZON)
    return {row["job"] for row in rows if abs(row["accepted_at"] - accepted[row["job"]]) <= HORIZON}


async def record_ends(connection: Connection, bucket: int, ends: Sequence[JobEnd], now: int) -> list[JobState]:
    """Store the ends of these jobs, unless they have ended before; return those that end now.

    The caller holds the lock of their board, or of the jobs: the same job can come again, accepted at another time.
    """
    if not ends:
        return []
    columns = zip(*(_row(end) for end in ends), strict=True)
    rows = await connection.fetch(_RECORD_SQL, bucket, *columns, now, HORIZON)
    new = {row["job"] for row in rows}
    finished_at = rfc3339(now)
    return [end.state(finished_at) for end in ends if end.command.job in new]


async def record_ends_alone(connection: Connection, bucket: int, ends: Sequence[JobEnd], now: int) -> list[JobState]:
    """Store the ends of jobs that need no board, in one transaction under the locks of the jobs."""
    async with connection.transaction():
        await lock_jobs(connection, [end.command.job for end in ends])
        return await record_ends(connection, bucket, ends, now)


async def lock_jobs(connection: Connection, jobs: Sequence[UUID]) -> None:
    """Lock these jobs until the commit, in the order in which everybody does.

    It is a statement of its own, so that the next one sees what those who held the locks have committed.
    """
    if jobs:
        keys = sorted({int.from_bytes(job.bytes[8:], signed=True) for job in jobs})
        await connection.execute(_LOCK_SQL, keys)


def _row(end: JobEnd) -> tuple[UUID, int, int | None, str, str, str | None, str | None]:
    command = end.command
    return (
        command.job,
        command.accepted_at,
        end.board_number,
        command.command,
        "rejected" if end.error else "done",
        msgspec.json.encode(end.result).decode() if end.result is not None else None,
        msgspec.json.encode(end.error).decode() if end.error is not None else None,
    )
