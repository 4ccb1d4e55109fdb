"""Defining and deleting boards: the rare commands, each exactly once and in any order of arrival."""

from importlib.resources import files

import asyncpg
import msgspec

from highscores.domain import problems
from highscores.domain.boards import Board
from highscores.domain.commands import ControlCommand, DefineBoard, DeleteBoard
from highscores.domain.jobs import JobState
from highscores.domain.periods import Period, PeriodKind
from highscores.domain.problems import FieldError
from highscores.ledger.engine import Connection
from worker.apply import JobEnd, record_jobs

# A rebuild and a purge may take longer than any other statement; they hold the lock of one board only.
LONG_STATEMENT_TIMEOUT_S = 600.0
PURGE_ROWS = 5_000

_REBUILD_SQL = files(__package__).joinpath("rebuild.sql").read_text()

# A deleted board's submissions are gone, but the jobs they were have ended for good.
_PURGE_SUBMISSIONS_SQL = """
    with gone as (
        delete from submissions
        where (board, job) in (select board, job from submissions where board = $1 limit $2)
        returning *
    )
    insert into jobs (board, job, command, status, accepted_at, finished_at, result)
    select board, job, 'submit-score', 'done', accepted_at, applied_at,
           jsonb_build_object('document', null, 'improved', improved, 'score', standing, 'previous', previous)
    from gone
    on conflict do nothing
"""
_PURGE_STANDINGS_SQL = """
    delete from standings where (board, period, player) in
        (select board, period, player from standings where board = $1 limit $2)
"""


async def define_board(connection: Connection, command: DefineBoard, now: int) -> JobState | None:
    """Create or change a board; return the job's end, or None when it had ended before.

    A change of the periods or the time zone recomputes the standings of those periods from the ledger.
    """
    await _finish_deletion(connection, command.board)
    new = command.definition
    async with connection.transaction():
        await connection.execute(
            "insert into boards (board, definition, defined_at) values ($1, $2, $3) on conflict do nothing",
            command.board,
            _text(new),
            command.accepted_at,
        )
        row = await _lock(connection, command.board)
        if await _has_ended(connection, command):
            return None
        old = msgspec.json.decode(row["definition"], type=Board)
        deleted = row["deleted_at"] is not None
        if command.accepted_at < max(row["defined_at"], row["deleted_at"] or 0):
            return await _end(connection, command, now)  # a newer command came first: this one has had its turn
        if not deleted and row["submissions"] and (changed := old.fixed_rules_changed(new)):
            errors = [FieldError(f"#/{rule}", "cannot change once the board has a submission") for rule in changed]
            return await _end(connection, command, now, error=problems.board_rule_fixed(errors=errors))
        await connection.execute(
            """update boards set definition = $2, defined_at = $3, deleted_at = null,
                      submissions = case when deleted_at is null then submissions else 0 end,
                      players = case when deleted_at is null then players else 0 end,
                      active_at = case when deleted_at is null then active_at end
               where board = $1""",
            command.board,
            _text(new),
            command.accepted_at,
        )
        if row["submissions"] and not deleted:
            await _recount(connection, command.board, old, new, now)
        return await _end(connection, command, now)


async def delete_board(connection: Connection, command: DeleteBoard, now: int) -> JobState | None:
    """Delete a board with its standings and submissions; return the job's end, or None when it had ended before."""
    async with connection.transaction():
        row = await _lock(connection, command.board)
        if await _has_ended(connection, command):
            return None
        if row is None:
            return await _end(connection, command, now, error=problems.unknown_board())
        if row["defined_at"] <= command.accepted_at and row["deleted_at"] is None:
            await connection.execute(
                "update boards set deleted_at = $2 where board = $1", command.board, command.accepted_at
            )
    await _finish_deletion(connection, command.board)
    async with connection.transaction():
        return await _end(connection, command, now)


async def _finish_deletion(connection: Connection, board: str) -> None:
    """Remove what a deleted board left, in bounded steps; do nothing when the board is not (or no longer) deleted."""
    for statement in (_PURGE_SUBMISSIONS_SQL, _PURGE_STANDINGS_SQL):
        while await _purge_step(connection, board, statement):
            pass
    async with connection.transaction():
        if await _is_deleted(connection, board):
            await connection.execute("delete from periods where board = $1", board)


async def _purge_step(connection: Connection, board: str, statement: str) -> bool:
    async with connection.transaction():
        if not await _is_deleted(connection, board):
            return False
        tag = await connection.execute(statement, board, PURGE_ROWS)
        return not tag.endswith(" 0")


async def _is_deleted(connection: Connection, board: str) -> bool:
    row = await connection.fetchrow("select from boards where board = $1 and deleted_at is not null for share", board)
    return row is not None


async def _lock(connection: Connection, board: str) -> asyncpg.Record:
    return await connection.fetchrow(
        """select definition::text as definition, defined_at, deleted_at, submissions
           from boards where board = $1 for update""",
        board,
    )


async def _has_ended(connection: Connection, command: ControlCommand) -> bool:
    return bool(await connection.fetchval("select exists (select from jobs where job = $1)", command.job))


async def _end(
    connection: Connection, command: ControlCommand, now: int, *, error: problems.Problem | None = None
) -> JobState | None:
    ended = JobEnd(command, result=None if error else {"board": command.board}, error=error)
    states = await record_jobs(connection, [ended], now)
    return states[0] if states else None


async def _recount(connection: Connection, board: str, old: Board, new: Board, now: int) -> None:
    kept = set(old.counted_periods) & set(new.counted_periods) if old.timezone == new.timezone else {"all"}
    stale = [kind for kind in old.counted_periods if kind not in kept]
    missing = [kind for kind in new.counted_periods if kind not in kept]
    if not stale and not missing:
        return
    await connection.execute(f"set local statement_timeout = {int(LONG_STATEMENT_TIMEOUT_S * 1000)}")
    await connection.execute(
        """delete from standings s using periods p
           where s.board = $1 and p.board = s.board and p.period = s.period and p.kind = any($2::text[])""",
        board,
        stale,
        timeout=LONG_STATEMENT_TIMEOUT_S,
    )
    await connection.execute("delete from periods where board = $1 and kind = any($2::text[])", board, stale)
    periods = await _periods_in_ledger(connection, board, new, missing)
    await connection.execute(
        _REBUILD_SQL,
        board,
        [period.id for period in periods],
        [period.kind for period in periods],
        [period.start for period in periods],
        [period.end for period in periods],
        new.operator,
        -1 if new.order == "desc" else 1,
        now,
        timeout=LONG_STATEMENT_TIMEOUT_S,
    )


async def _periods_in_ledger(connection: Connection, board: str, rules: Board, kinds: list[PeriodKind]) -> list[Period]:
    row = await connection.fetchrow(
        "select min(achieved_at) as first, max(achieved_at) as last from submissions where board = $1",
        board,
        timeout=LONG_STATEMENT_TIMEOUT_S,
    )
    found = []
    for kind in kinds:
        at = row["first"]
        while at is not None and at <= row["last"]:
            period = rules.calendar.containing(kind, at)
            found.append(period)
            at = period.end
    return found


def _text(board: Board) -> str:
    return msgspec.json.encode(board).decode()
