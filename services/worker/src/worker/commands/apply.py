"""Applying a batch of submissions: one bucket, one transaction, each job exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

import asyncpg
import msgspec

from highscores.domain import problems
from highscores.domain.commands import SubmitScore
from highscores.domain.jobs import HORIZON, JobState, StandingReference
from highscores.domain.periods import rfc3339
from highscores.domain.ranking import signs, tie_width
from highscores.ledger.engine import Connection
from highscores.ledger.job_results import submission_result
from worker.commands.board_locks import LockedBoard, lock_boards
from worker.commands.sum_limits import refuse_overflows
from worker.commands.touched_periods import TouchedPeriods
from worker.jobs.ends import JobEnd, find_ended, lock_jobs, record_ends

# For the connections that apply batches. The plan of the statement is made once and must never become a scan: tables
# that were empty when it was planned grow by thousands of rows a second.
APPLY_SESSION = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}

_FIND_RECORDED_SQL = """
    select i.job
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::uuid[], $6::bigint[])
         as i(board_number, player, achieved_at, job, accepted_at)
    join submissions s
      on s.bucket = $1 and s.board_number = i.board_number and s.player = i.player and s.achieved_at = i.achieved_at
     and s.job = i.job and s.accepted_at between i.accepted_at - $7 and i.accepted_at + $7
"""

_APPLY_SQL = files(__package__).joinpath("apply.sql").read_text()


class UnendedError(Exception):
    """A submission was applied without an end of its job."""


class BatchOutcome(NamedTuple):
    """What one batch did: the jobs that ended now, and the (board, period) pairs that may have changed.

    `skipped` are the submissions to boards that somebody else has locked: nothing has been done about them. Nor has
    anything about those `for_newer`, to boards by whose rules only a newer worker can act. `standings` are those that
    the jobs tell of, by job.
    """

    ended: list[JobState]
    touched: list[tuple[str, str]]
    skipped: list[SubmitScore]
    for_newer: tuple[SubmitScore, ...] = ()
    standings: Mapping[str, StandingReference] = MappingProxyType({})


async def apply_submissions(
    connection: Connection, bucket: int, submissions: Iterable[SubmitScore], now: int, *, wait: bool = False
) -> BatchOutcome:
    """Apply submissions of one bucket in one transaction; a job that has ended before is not in the outcome.

    Of several submissions with one job, which a key used for two bodies makes, the first takes effect.
    A board that is locked is left out, unless told to `wait` for it. Raises the driver's errors: the transaction is
    then rolled back, or its outcome is unknown; either way applying the same batch again is safe.
    """
    first: dict[UUID, SubmitScore] = {}
    for submission in submissions:
        first.setdefault(submission.job, submission)
    once = list(first.values())
    try:
        return await _apply_once(connection, bucket, once, now, wait=wait)
    except asyncpg.LockNotAvailableError:
        if not wait:
            raise
        return BatchOutcome([], [], once)


async def _apply_once(
    connection: Connection, bucket: int, once: Sequence[SubmitScore], now: int, *, wait: bool
) -> BatchOutcome:
    async with connection.transaction():
        locks = await lock_boards(connection, bucket, sorted({each.board for each in once}), wait=wait)
        at_hand = [each for each in once if each.board not in locks.skipped | locks.unreadable]
        skipped = [each for each in once if each.board in locks.skipped]
        for_newer = tuple(each for each in once if each.board in locks.unreadable)
        if not at_hand:
            return BatchOutcome([], [], skipped, for_newer)
        exist = locks.locked.keys()
        await lock_jobs(connection, [each.job for each in at_hand if each.board not in exist])
        ended_before = await find_ended(connection, bucket, at_hand)
        old = [each for each in at_hand if each.accepted_at < now - HORIZON and each.board in locks.locked]
        if old:
            ended_before |= await _find_recorded(connection, bucket, old, locks.locked)
        fresh = [each for each in at_hand if each.job not in ended_before]
        accepted, rejected = _judge(fresh, locks.locked)
        touched = TouchedPeriods(accepted, locks.locked)
        ended, overflowing = await _apply(connection, bucket, accepted, locks.locked, touched, now)
        standings = _standings(accepted, locks.locked)
        ended += await record_ends(connection, bucket, rejected + overflowing, now)
    touched_documents = [(each.board.board, each.period.id) for each in touched]
    return BatchOutcome(ended, touched_documents, skipped, for_newer, standings)


async def _find_recorded(
    connection: Connection, bucket: int, submissions: Sequence[SubmitScore], boards: dict[str, LockedBoard]
) -> set[UUID]:
    """Return those of the jobs whose submissions stand in the ledger.

    The ends of old jobs are dropped one day. What is delivered later still (a dead letter that is replayed) must not
    have a second effect.
    """
    rows = await connection.fetch(
        _FIND_RECORDED_SQL,
        bucket,
        [boards[each.board].number for each in submissions],
        [each.player for each in submissions],
        [each.achieved_at for each in submissions],
        [each.job for each in submissions],
        [each.accepted_at for each in submissions],
        HORIZON,
    )
    return {row["job"] for row in rows}


def _judge(
    submissions: Iterable[SubmitScore], boards: dict[str, LockedBoard]
) -> tuple[list[SubmitScore], list[JobEnd]]:
    """Split by the rules that hold now: post_score judged by those that it knew."""
    accepted, rejected = [], []
    for submission in submissions:
        board = boards.get(submission.board)
        if board is None:
            rejected.append(JobEnd(submission, error=problems.unknown_board(submission.board)))
        elif submission.board_number not in (None, board.number):
            rejected.append(JobEnd(submission, error=problems.board_replaced(), board_number=board.number))
        elif error := board.rules.score_error(submission.score):
            problem = problems.invalid_field("score", error)
            rejected.append(JobEnd(submission, error=problem, board_number=board.number))
        elif error := board.rules.subscores_error(submission.subscores):
            problem = problems.invalid_field("subscores", error)
            rejected.append(JobEnd(submission, error=problem, board_number=board.number))
        else:
            accepted.append(submission)
    return accepted, rejected


async def _apply(
    connection: Connection,
    bucket: int,
    submissions: Sequence[SubmitScore],
    boards: dict[str, LockedBoard],
    touched: TouchedPeriods,
    now: int,
) -> tuple[list[JobState], list[JobEnd]]:
    """Apply what is within the limits of sums; return the jobs that ended, and the ends of those beyond the limits.

    Raise UnendedError when a submission has neither: the statement ends a job by the period that its result tells of,
    and the standings of the other periods must not be kept without it.
    """
    sequence = {board.number: board.last_seq for board in boards.values()}
    ended = await _execute(connection, bucket, submissions, boards, touched, sequence, now, are_within_limits=False)
    jobs = {state.job for state in ended}
    left_out = [submission for submission in submissions if str(submission.job) not in jobs]
    overflowing: list[JobEnd] = []
    if left_out:
        if any(boards[submission.board].rules.operator != "sum" for submission in left_out):
            raise UnendedError
        fitting, overflowing = await refuse_overflows(connection, bucket, left_out, boards)
        touched = TouchedPeriods(fitting, boards)
        ended += await _execute(connection, bucket, fitting, boards, touched, sequence, now, are_within_limits=True)
    if len(ended) + len(overflowing) != len(submissions):
        raise UnendedError
    return ended, overflowing


async def _execute(
    connection: Connection,
    bucket: int,
    submissions: Sequence[SubmitScore],
    boards: dict[str, LockedBoard],
    touched: TouchedPeriods,
    sequence: dict[int, int],
    now: int,
    *,
    are_within_limits: bool,
) -> list[JobState]:
    if not submissions:
        return []
    numbers = [boards[each.board].number for each in submissions]
    seqs = []
    for number in numbers:
        sequence[number] += 1
        seqs.append(sequence[number])
    listed = touched.listed_members()
    rows: list[asyncpg.Record] = await connection.fetch(
        _APPLY_SQL,
        bucket,
        numbers,
        seqs,
        [each.job for each in submissions],
        [each.player for each in submissions],
        [each.score for each in submissions],
        [each.achieved_at for each in submissions],
        [each.line for each in submissions],
        [each.accepted_at for each in submissions],
        [each.name for each in submissions],
        [each.region for each in submissions],
        [each.metadata for each in submissions],
        [each.board.number for each in touched],
        [each.period.id for each in touched],
        [each.period.kind for each in touched],
        [each.period.start for each in touched],
        [each.period.end for each in touched],
        [_array(signs(each.board.rules.orders)) for each in touched],
        [each.board.rules.operator for each in touched],
        [each.is_default for each in touched],
        [each.document if each.is_default else None for each in touched],
        now,
        are_within_limits,
        [_subscores(each, boards) for each in submissions],
        touched.set_numbers,
        [set_number for set_number, _, _ in listed],
        [period_number for _, period_number, _ in listed],
        [period_id for _, _, period_id in listed],
    )
    return _states(submissions, rows, now)


def _standings(submissions: Iterable[SubmitScore], boards: dict[str, LockedBoard]) -> dict[str, StandingReference]:
    tie_widths = {name: tie_width(board.rules) for name, board in boards.items()}
    return {
        str(each.job): StandingReference(boards[each.board].number, each.player, tie_widths[each.board])
        for each in submissions
    }


def _subscores(submission: SubmitScore, boards: dict[str, LockedBoard]) -> str | None:
    """Return the sub-scores, as a text of an array; those of a submission that gives none are zeros."""
    named = boards[submission.board].rules.subscores
    return _array(submission.subscores or [0] * len(named)) if named else None


def _array(numbers: Iterable[int]) -> str:
    """An array of PostgreSQL as text, since an array of arrays cannot be unnested into arrays."""
    return f"{{{','.join(map(str, numbers))}}}"


def _states(submissions: Iterable[SubmitScore], rows: Sequence[asyncpg.Record], now: int) -> list[JobState]:
    by_job = {each.job: each for each in submissions}
    finished_at = rfc3339(now)
    # Nearly all jobs of a board tell of the same versions.
    versions = {text: msgspec.json.decode(text) for text in {row["versions"] for row in rows}}
    return [
        JobEnd(
            by_job[row["job"]],
            result=submission_result(
                row["document"], versions[row["versions"]], row["improved"], row["standing"], row["previous"]
            ),
        ).state(finished_at)
        for row in rows
    ]
