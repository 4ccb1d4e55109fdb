"""What the services read from PostgreSQL, as the role that can do nothing else."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import ColumnElement, Row, Select, Text, cast, func, literal_column, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.board_forms import UnreadableRulesError, from_stored
from highscores.domain.boards import Board
from highscores.domain.cursors import BoardsCursor, PeriodsCursor
from highscores.domain.jobs import HORIZON, JobState
from highscores.domain.periods import Period, PeriodKind, rfc3339
from highscores.domain.problems import Problem
from highscores.ledger.job_results import submission_result
from highscores.ledger.tables import api_keys, boards, periods, standings


class ApiKey(msgspec.Struct, frozen=True):
    name: str
    scopes: frozenset[str]


class BoardRecord(msgspec.Struct, frozen=True):
    """A board with what has happened on it so far. Times are microseconds."""

    board: str
    bucket: int
    number: int
    rules: Board
    revision: int
    created_at: int
    active_at: int | None
    submissions: int
    players: int
    recomputing: frozenset[PeriodKind] = frozenset()  # the kinds of periods whose standings are computed anew


class PeriodRecord(msgspec.Struct, frozen=True):
    period: Period
    players: int


class StandingRecord(msgspec.Struct, frozen=True):
    """One player's standing on one board and period, without a rank: only a document knows that."""

    board_number: int
    period: str
    player: str
    score: int
    subscores: list[int] | None
    achieved_at: int
    name: str | None
    region: str | None
    metadata: str | None


_unreadable_boards = Counter("highscores_unreadable_boards", "Reads of a board whose rules this version cannot read")

_log = structlog.get_logger(__name__)

# `all` has no start; it is newest of all.
_PERIOD_START = func.coalesce(periods.c.starts_at, literal_column("9223372036854775807"))
# The minute comes first because it is indexed: within the newest ones, few boards are left to be sorted.
_NEWEST_ACTIVITY: tuple[ColumnElement[Any], ...] = (
    boards.c.activity_minute.desc(),
    func.coalesce(boards.c.active_at, boards.c.created_at).desc(),
    boards.c.board.asc(),
)


async def find_api_key(engine: AsyncEngine, key_hash: bytes) -> ApiKey | None:
    query = select(api_keys.c.name, api_keys.c.scopes).where(
        api_keys.c.key_hash == key_hash, api_keys.c.revoked_at.is_(None)
    )
    async with engine.connect() as connection:
        row = (await connection.execute(query)).one_or_none()
    return ApiKey(row.name, frozenset(row.scopes)) if row else None


async def find_board(engine: AsyncEngine, board: str) -> BoardRecord | None:
    """Return the board; raise UnreadableRulesError when only a newer version can read its rules."""
    async with engine.connect() as connection:
        row = (await connection.execute(_select_boards().where(boards.c.board == board))).one_or_none()
    return _board_record(row) if row else None


async def list_boards(
    engine: AsyncEngine, *, with_private: bool, limit: int, after: BoardsCursor | None = None
) -> list[BoardRecord]:
    """Return boards, the newest first by creation, from behind `after`: no board moves while a client pages.

    A board whose rules this version cannot read is left out, and no page is shorter for it.
    """
    query = _select_boards(with_private=with_private).order_by(boards.c.created_at.desc(), boards.c.board.desc())
    found: list[BoardRecord] = []
    async with engine.connect() as connection:
        while (lacking := limit - len(found)) > 0:
            page = query.limit(lacking)
            if after:
                page = page.where(tuple_(boards.c.created_at, boards.c.board) < tuple_(after.created_at, after.board))
            rows = (await connection.execute(page)).all()
            found += _readable(rows)
            if len(rows) < lacking:
                break
            after = BoardsCursor(rows[-1].created_at, rows[-1].board)
    return found


async def list_active_boards(engine: AsyncEngine, *, with_private: bool, limit: int) -> list[BoardRecord]:
    """Return the boards with the newest activity, the newest first; one without submissions counts by its creation."""
    query = _select_boards(with_private=with_private).order_by(*_NEWEST_ACTIVITY)
    async with engine.connect() as connection:
        return list(_readable((await connection.execute(query.limit(limit))).all()))


def boards_cursor(record: BoardRecord) -> BoardsCursor:
    return BoardsCursor(record.created_at, record.board)


async def list_periods(
    engine: AsyncEngine, board: BoardRecord, *, limit: int, after: PeriodsCursor | None = None
) -> list[PeriodRecord]:
    """Return the board's periods that have standings, newest first, from behind `after`."""
    query = (
        select(periods)
        .where(
            periods.c.bucket == board.bucket,
            periods.c.board_number == board.number,
            periods.c.kind.in_(board.rules.periods),
            periods.c.players > 0,
        )
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


async def find_period_version(engine: AsyncEngine, bucket: int, board_number: int, period: str) -> int:
    """Return the version of the period's last change; 0 where nothing of it has ever been counted."""
    query = select(periods.c.version).where(
        periods.c.bucket == bucket, periods.c.board_number == board_number, periods.c.period == period
    )
    async with engine.connect() as connection:
        return (await connection.execute(query)).scalar_one_or_none() or 0


_EMPTY_VERSION_SQL = text("""
    select coalesce((select version from periods
                     where bucket = :bucket and board_number = :number and period = :period), 0)
    where not exists (select from periods where bucket = :bucket and board_number = :number and period = :period)
       or cast(:region as text) is not null
          and not exists (select from standings
                          where bucket = :bucket and board_number = :number and period = :period and region = :region
                            and state = 'shown')
""")


async def find_empty_version(
    engine: AsyncEngine, bucket: int, board_number: int, period: str, region: str | None
) -> int | None:
    """Return the version of the empty page of a period or region that has no standings; None if it may have some.

    It is 0 where nothing of the period has ever been counted.
    """
    values = {"bucket": bucket, "number": board_number, "period": period, "region": region}
    async with engine.connect() as connection:
        version: int | None = (await connection.execute(_EMPTY_VERSION_SQL, values)).scalar_one_or_none()
    return version


async def find_standings(
    engine: AsyncEngine, player: str, sources: Sequence[tuple[int, int, str]]
) -> list[StandingRecord]:
    """Return the player's standings in these (bucket, board number, period), in no particular order."""
    query = select(
        standings.c.board_number,
        standings.c.period,
        standings.c.player,
        standings.c.score,
        standings.c.subscores,
        standings.c.achieved_at,
        standings.c.name,
        standings.c.region,
        standings.c.metadata,
    ).where(
        standings.c.player == player,
        standings.c.state == "shown",
        tuple_(standings.c.bucket, standings.c.board_number, standings.c.period).in_(sources),
    )
    async with engine.connect() as connection:
        return [StandingRecord(*row) for row in await connection.execute(query)]


# A key that is used again beyond the horizon makes another job of the same id: what was accepted last is told of, and
# an end from before the horizon is that of no job any more.
_FIND_JOBS_SQL = text("""
    select distinct on (e.job) e.*
    from (
        select j.job, j.command, j.status, j.accepted_at, j.finished_at, j.document, j.versions, j.improved, j.score,
               j.previous, j.result, j.error, null::float as progress
        from unnest(cast(:ids as uuid[])) as w(job)
        join jobs j on j.job = w.job
        where j.finished_at >= cast(extract(epoch from now()) * 1000000 as bigint) - cast(:horizon as bigint)
        union all
        select t.job, t.command, 'queued', t.accepted_at, null, null, null, null, null, null, null, null,
               least(1.0, t.done_rows::float / greatest(t.total_rows, 1))
        from tasks t where t.job = any(cast(:ids as uuid[]))
    ) e
    order by e.job, e.accepted_at desc
""")


async def find_jobs(engine: AsyncEngine, ids: Sequence[UUID]) -> dict[str, JobState]:
    """Return the jobs among `ids` that have ended, and those that long work is being done for, by id.

    An end is told of until the horizon has passed since.
    """
    async with engine.connect() as connection:
        rows = (await connection.execute(_FIND_JOBS_SQL, {"ids": list(ids), "horizon": HORIZON})).all()
    return {state.job: state for state in map(_job_state, rows)}


def _select_boards(*, with_private: bool = True) -> Select[Any]:
    query = select(
        boards.c.board,
        boards.c.bucket,
        boards.c.number,
        cast(boards.c.rules, Text).label("rules"),
        boards.c.revision,
        boards.c.created_at,
        boards.c.active_at,
        boards.c.submissions,
        boards.c.players,
        boards.c.recomputing,
    ).where(boards.c.deleted_at.is_(None))
    return query if with_private else query.where(boards.c.is_public)


def _board_record(row: Row[Any]) -> BoardRecord:
    try:
        rules = from_stored(row.rules)
    except UnreadableRulesError:
        _unreadable_boards.inc()
        _log.error("board.unreadable", board=row.board)
        raise
    return BoardRecord(
        row.board,
        row.bucket,
        row.number,
        rules,
        row.revision,
        row.created_at,
        row.active_at,
        row.submissions,
        row.players,
        frozenset(row.recomputing),
    )


def _readable(rows: Sequence[Row[Any]]) -> Iterator[BoardRecord]:
    for row in rows:
        try:
            yield _board_record(row)
        except UnreadableRulesError:
            continue  # logged and counted; one board must not take the list away


def _job_state(row: Row[Any]) -> JobState:
    result = row.result
    if row.document is not None:
        result = submission_result(row.document, row.versions, row.improved, row.score, row.previous)
    return JobState(
        job=str(row.job),
        command=row.command,
        status=row.status,
        accepted_at=rfc3339(row.accepted_at),
        finished_at=rfc3339(row.finished_at) if row.finished_at is not None else None,
        progress=row.progress,
        result=result,
        error=msgspec.convert(row.error, Problem) if row.error else None,
    )
