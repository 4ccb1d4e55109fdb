"""What the services read from PostgreSQL, as the role that can do nothing else."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Row, Text, cast, func, literal_column, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.boards import Board
from highscores.domain.jobs import JobState
from highscores.domain.periods import Period, PeriodKind, rfc3339
from highscores.domain.problems import Problem
from highscores.ledger.job_results import submission_result
from highscores.ledger.tables import api_keys, boards, jobs, periods, standings, submissions


class ApiKey(msgspec.Struct, frozen=True):
    name: str
    scopes: frozenset[str]


class BoardRecord(msgspec.Struct, frozen=True):
    """A board with what has happened on it so far. Times are microseconds."""

    board: str
    rules: Board
    defined_at: int
    active_at: int | None
    submissions: int
    players: int


class PeriodRecord(msgspec.Struct, frozen=True):
    period: Period
    players: int


class StandingRecord(msgspec.Struct, frozen=True):
    """One player's standing on one board and period, without a rank: only a document knows that."""

    board: str
    period: str
    player: str
    score: int
    achieved_at: int
    name: str | None
    region: str | None
    metadata: str | None


class BoardsCursor(NamedTuple):
    activity: int
    board: str


class PeriodsCursor(NamedTuple):
    start: int
    period: str


# `all` has no start; it is newest of all.
_PERIOD_START = func.coalesce(periods.c.starts_at, literal_column("9223372036854775807"))
_ACTIVITY: ColumnElement[int] = func.coalesce(boards.c.active_at, boards.c.defined_at)


async def find_api_key(engine: AsyncEngine, key_hash: bytes) -> ApiKey | None:
    query = select(api_keys.c.name, api_keys.c.scopes).where(
        api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None)
    )
    async with engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    return ApiKey(row.name, frozenset(row.scopes)) if row else None


async def find_board(engine: AsyncEngine, board: str) -> BoardRecord | None:
    query = _select_boards().where(boards.c.board == board)
    async with engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    return _board_record(row) if row else None


async def list_boards(
    engine: AsyncEngine, *, with_private: bool, limit: int, after: BoardsCursor | None = None
) -> list[BoardRecord]:
    """Return boards, newest activity first, from behind `after`."""
    query = _select_boards().order_by(_ACTIVITY.desc(), boards.c.board).limit(limit)
    if not with_private:
        query = query.where(boards.c.definition["visibility"].astext == "public")
    if after:
        query = query.where(tuple_(-_ACTIVITY, boards.c.board) > tuple_(-after.activity, after.board))
    async with engine.connect() as connection:
        return [_board_record(row) for row in await connection.execute(query)]


def boards_cursor(record: BoardRecord) -> BoardsCursor:
    return BoardsCursor(record.defined_at if record.active_at is None else record.active_at, record.board)


async def list_periods(
    engine: AsyncEngine, board: str, kinds: Sequence[PeriodKind], *, limit: int, after: PeriodsCursor | None = None
) -> list[PeriodRecord]:
    """Return the board's periods that have standings, newest first, from behind `after`."""
    query = (
        select(periods)
        .where(periods.c.board == board, periods.c.kind.in_(kinds))
        .order_by(_PERIOD_START.desc(), periods.c.period.desc())
        .limit(limit)
    )
    if after:
        query = query.where(tuple_(_PERIOD_START, periods.c.period) < tuple_(after.start, after.period))
    async with engine.connect() as connection:
        return [
            PeriodRecord(Period(row.period, row.kind, row.starts_at, row.ends_at), row.players)
            for row in await connection.execute(query)
        ]


def periods_cursor(record: PeriodRecord) -> PeriodsCursor:
    return PeriodsCursor(2**63 - 1 if record.period.start is None else record.period.start, record.period.id)


async def find_standings(engine: AsyncEngine, player: str, places: Sequence[tuple[str, str]]) -> list[StandingRecord]:
    """Return the player's standings in these (board, period) places, in no particular order."""
    query = select(
        standings.c.board,
        standings.c.period,
        standings.c.player,
        standings.c.score,
        standings.c.achieved_at,
        standings.c.name,
        standings.c.region,
        standings.c.metadata,
    ).where(standings.c.player == player, tuple_(standings.c.board, standings.c.period).in_(places))
    async with engine.connect() as connection:
        return [StandingRecord(*row) for row in await connection.execute(query)]


async def find_jobs(engine: AsyncEngine, ids: Sequence[UUID]) -> dict[str, JobState]:
    """Return the jobs among `ids` that have ended, by id."""
    scored = (
        select(
            submissions.c.job,
            submissions.c.board,
            submissions.c.achieved_at,
            submissions.c.accepted_at,
            submissions.c.applied_at,
            submissions.c.previous,
            submissions.c.standing,
            submissions.c.improved,
            cast(boards.c.definition, Text).label("definition"),
        )
        .join(boards, boards.c.board == submissions.c.board)
        .where(submissions.c.job.in_(ids))
    )
    async with engine.connect() as connection:
        states = [_submission_state(row) for row in await connection.execute(scored)]
        states += [_job_state(row) for row in await connection.execute(select(jobs).where(jobs.c.job.in_(ids)))]
    return {state.job: state for state in states}


def _select_boards() -> Any:
    return select(
        boards.c.board,
        cast(boards.c.definition, Text).label("definition"),
        boards.c.defined_at,
        boards.c.active_at,
        boards.c.submissions,
        boards.c.players,
    ).where(boards.c.deleted_at.is_(None))


def _board_record(row: Row[Any]) -> BoardRecord:
    rules = msgspec.json.decode(row.definition, type=Board)
    return BoardRecord(row.board, rules, row.defined_at, row.active_at, row.submissions, row.players)


def _submission_state(row: Row[Any]) -> JobState:
    rules = msgspec.json.decode(row.definition, type=Board)
    period = rules.calendar.containing(rules.default_period, row.achieved_at)
    return JobState(
        job=str(row.job),
        command="submit-score",
        status="done",
        accepted_at=rfc3339(row.accepted_at),
        finished_at=rfc3339(row.applied_at),
        result=submission_result(
            row.board, period, previous=row.previous, standing=row.standing, improved=row.improved
        ),
    )


def _job_state(row: Row[Any]) -> JobState:
    return JobState(
        job=str(row.job),
        command=row.command,
        status=row.status,
        accepted_at=rfc3339(row.accepted_at),
        finished_at=rfc3339(row.finished_at),
        result=row.result,
        error=msgspec.convert(row.error, Problem) if row.error else None,
    )
