"""Applying batches of submissions: one transaction each, set-based, exactly once by job id."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from highscores.domain import problems
from highscores.domain.boards import Board
from highscores.domain.commands import Command, SubmitScore
from highscores.domain.jobs import JobState
from highscores.domain.periods import Period, rfc3339
from highscores.domain.problems import Problem
from highscores.ledger.engine import Connection
from highscores.ledger.job_results import submission_result

# For the connections that apply batches. The plan of the statement is made once and must never become a scan: tables
# that were empty when it was planned grow by thousands of rows a second.
APPLY_SESSION = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}

_APPLY_SQL = files(__package__).joinpath("apply.sql").read_text()

# Deleted boards are locked too: their row is what keeps a late command from reviving them.
_LOCK_BOARDS_SQL = """
    select board, definition::text as definition from boards
    where board = any($1::text[]) and deleted_at is null
    order by board for no key update
"""

_RECORD_JOBS_SQL = """
    insert into jobs (board, job, command, status, accepted_at, finished_at, result, error)
    select j.board, j.job, j.command, j.status, j.accepted_at, $8, j.result::jsonb, j.error::jsonb
    from unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[])
         as j(board, job, command, status, accepted_at, result, error)
    where not exists (select from submissions s where s.job = j.job)
      and not exists (select from jobs k where k.job = j.job)
    order by j.board, j.job
    on conflict (board, job) do nothing
    returning job
"""


class Applied(msgspec.Struct):
    """What one batch did: the jobs that ended now, and the (board, period) pairs that may have changed."""

    jobs: list[JobState]
    touched: list[tuple[str, str]]


class JobEnd(msgspec.Struct, frozen=True):
    """A command with the end of its job."""

    command: Command
    result: dict[str, Any] | None = None
    error: Problem | None = None

    def state(self, now: int) -> JobState:
        return JobState(
            job=str(self.command.job),
            command=self.command.command,
            status="rejected" if self.error else "done",
            accepted_at=rfc3339(self.command.accepted_at),
            finished_at=rfc3339(now),
            result=self.result,
            error=self.error,
        )


async def apply_submissions(connection: Connection, submissions: Iterable[SubmitScore], now: int) -> Applied:
    """Apply a batch in one transaction; a job that has ended before is left alone, and not in the answer.

    Raises the driver's errors: the transaction is then rolled back, or its outcome is unknown; either way applying the
    same batch again is safe.
    """
    once = {submission.job: submission for submission in submissions}
    async with connection.transaction():
        boards = await _lock_boards(connection, sorted({submission.board for submission in once.values()}))
        accepted, rejected = _judge(once.values(), boards)
        touched = _touched_periods(accepted, boards)
        rows = await _apply(connection, accepted, touched, boards, now) if accepted else []
        refused = await record_jobs(connection, rejected, now) if rejected else []
    done = [_done(once[row["job"]], row, boards, now) for row in rows]
    return Applied(done + refused, [(board, period.id) for board, period in touched] if rows else [])


async def record_jobs(connection: Connection, ended: Sequence[JobEnd], now: int) -> list[JobState]:
    """Store the end of these jobs, unless they have ended before; return those that end now."""
    columns = zip(*(_job_row(end) for end in ended), strict=True)
    rows = await connection.fetch(_RECORD_JOBS_SQL, *columns, now)
    new = {row["job"] for row in rows}
    return [end.state(now) for end in ended if end.command.job in new]


async def _lock_boards(connection: Connection, boards: list[str]) -> dict[str, Board]:
    rows = await connection.fetch(_LOCK_BOARDS_SQL, boards)
    return {row["board"]: _read_board(row["definition"]) for row in rows}


_boards_by_text: dict[str, Board] = {}
_BOARDS_REMEMBERED = 1_000


def _read_board(text: str) -> Board:
    """Decode a definition once: the calendar inside remembers its spans."""
    board = _boards_by_text.get(text)
    if board is None:
        if len(_boards_by_text) >= _BOARDS_REMEMBERED:
            _boards_by_text.clear()
        board = _boards_by_text[text] = msgspec.json.decode(text, type=Board)
    return board


def _judge(submissions: Iterable[SubmitScore], boards: dict[str, Board]) -> tuple[list[SubmitScore], list[JobEnd]]:
    """Split by the rules that hold now: post_score judged by those that it knew."""
    accepted, rejected = [], []
    for submission in submissions:
        board = boards.get(submission.board)
        if board is None:
            rejected.append(JobEnd(submission, error=problems.unknown_board()))
        elif error := board.score_error(submission.score):
            rejected.append(JobEnd(submission, error=problems.invalid_field("score", error)))
        else:
            accepted.append(submission)
    return accepted, rejected


def _touched_periods(submissions: Iterable[SubmitScore], boards: dict[str, Board]) -> list[tuple[str, Period]]:
    touched: dict[tuple[str, str], Period] = {}
    for submission in submissions:
        board = boards[submission.board]
        for kind in board.counted_periods:
            period = board.calendar.containing(kind, submission.achieved_at)
            touched[submission.board, period.id] = period
    return [(board, period) for (board, _), period in touched.items()]


async def _apply(
    connection: Connection,
    submissions: Sequence[SubmitScore],
    touched: Sequence[tuple[str, Period]],
    boards: dict[str, Board],
    now: int,
) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await connection.fetch(
        _APPLY_SQL,
        [s.job for s in submissions],
        [s.board for s in submissions],
        [s.player for s in submissions],
        [s.score for s in submissions],
        [s.achieved_at for s in submissions],
        [s.accepted_at for s in submissions],
        [s.name for s in submissions],
        [s.region for s in submissions],
        [s.metadata for s in submissions],
        [board for board, _ in touched],
        [period.id for _, period in touched],
        [period.kind for _, period in touched],
        [period.start for _, period in touched],
        [period.end for _, period in touched],
        [boards[board].operator for board, _ in touched],
        [-1 if boards[board].order == "desc" else 1 for board, _ in touched],
        [period.kind == boards[board].default_period for board, period in touched],
        now,
    )
    return rows


def _done(submission: SubmitScore, row: asyncpg.Record, boards: dict[str, Board], now: int) -> JobState:
    board = boards[submission.board]
    period = board.calendar.containing(board.default_period, submission.achieved_at)
    result = submission_result(
        submission.board, period, previous=row["previous"], standing=row["standing"], improved=row["improved"]
    )
    return JobEnd(submission, result=result).state(now)


def _job_row(end: JobEnd) -> tuple[str, UUID, str, str, int, str | None, str | None]:
    command = end.command
    return (
        command.board,
        command.job,
        command.command,
        "rejected" if end.error else "done",
        command.accepted_at,
        msgspec.json.encode(end.result).decode() if end.result is not None else None,
        msgspec.json.encode(end.error).decode() if end.error is not None else None,
    )
