"""One step of a task: a transaction of bounded length, which stores its cursor and gives way."""

from typing import NamedTuple

import asyncpg
import msgspec
import structlog

from highscores.domain.board_forms import from_stored
from highscores.domain.boards import Board
from highscores.domain.jobs import JobState
from highscores.ledger.engine import Connection
from worker.jobs.ends import record_ends
from worker.tasks.refold import BEGINNING, END, next_players, next_span, refold
from worker.tasks.store import (
    PlayerCursor,
    PurgeCursor,
    RecomputeCursor,
    UnreadableCursorError,
    ends_of,
    read_cursor,
    respan,
)

LOCK_TIMEOUT_MS = 250  # a task waits no longer for a board that scores are being applied to
WORK_MEMORY_MB = 64  # to sort 200,000 submissions of one player in: on disk it takes three times as long

_TASK_SQL = """
    select task, kind, bucket, board_number, board, revision, cursor::text as cursor, job, command, accepted_at
    from tasks where task = $1 for update skip locked
"""

_LOCK_BOARD_SQL = """
    select rules::text as rules, revision from boards
    where bucket = $1 and number = $2 and deleted_at is null for no key update
"""

# A document that holds a row that is deleted here cannot hear of it: the lifted `first_version` has it built anew,
# should the kind be counted again.
_DROP_KINDS_SQL = """
    with doomed as (
        select s.period, s.player from standings s
        join periods p on p.bucket = $1 and p.board_number = $2 and p.period = s.period and p.kind = any($3::text[])
        where s.bucket = $1 and s.board_number = $2
        limit $4
    ),
    deleted as (
        delete from standings s using doomed d
        where s.bucket = $1 and s.board_number = $2 and s.period = d.period and s.player = d.player
        returning s.period, s.state
    )
    update periods p
    set players = p.players - d.players, version = next_version(p.version, $5),
        first_version = next_version(p.version, $5)
    from (select period, count(*) filter (where state = 'shown') as players from deleted group by period) d
    where p.bucket = $1 and p.board_number = $2 and p.period = d.period
"""

_PURGE_STANDINGS_SQL = """
    with doomed as (
        select period, player from standings
        where bucket = $1 and board_number = $2 and (period, player) > ($3, $4)
        order by period, player limit $5
    ),
    deleted as (
        delete from standings s using doomed d
        where s.bucket = $1 and s.board_number = $2 and s.period = d.period and s.player = d.player
    )
    select period, player from doomed order by period desc, player desc limit 1
"""

_PURGE_SUBMISSIONS_SQL = """
    delete from submissions where bucket = $1 and board_number = $2 and seq > $3 and seq <= $4
"""

_ROWS_OF_PLAYER_SQL = "select count(*) from submissions where bucket = $1 and board_number = $2 and player = $3"

_log = structlog.get_logger(__name__)


class StepOutcome(NamedTuple):
    """What a step did: the (board, period) pairs that have changed, the jobs that ended, and whether work is left.

    `recomputed` is the board whose recomputation has ended with this step: what its pages say changes by it.
    `is_taken` is False when another worker is at this task, or when only a newer one can read what it is.
    """

    touched: list[tuple[str, str]]
    ended: list[JobState]
    is_finished: bool
    is_taken: bool = True
    recomputed: str | None = None


NOT_TAKEN = StepOutcome([], [], is_finished=False, is_taken=False)


async def run_step(connection: Connection, task: int, limit_rows: int, now: int) -> StepOutcome:
    """Do the next step of the task, of at most so many rows (but one player at the least).

    Raises the driver's errors: nothing of the step has happened then, or its outcome is unknown and the next step goes
    on from whatever cursor is stored.
    """
    async with connection.transaction():
        row = await connection.fetchrow(_TASK_SQL, task)
        if row is None:
            return NOT_TAKEN
        await connection.execute(
            f"set local lock_timeout = {LOCK_TIMEOUT_MS}; set local work_mem = '{WORK_MEMORY_MB}MB'"
        )
        try:
            match row["kind"]:
                case "recompute":
                    cursor = read_cursor(row["cursor"], RecomputeCursor)
                    return await _recompute(connection, row, cursor, limit_rows, now)
                case "purge":
                    return await _purge(connection, row, read_cursor(row["cursor"], PurgeCursor), limit_rows)
                case _:
                    return NOT_TAKEN
        except UnreadableCursorError:
            _log.warning("task.left_to_newer_worker", task=task)
            return NOT_TAKEN


async def _recompute(
    connection: Connection, row: asyncpg.Record, cursor: RecomputeCursor, limit_rows: int, now: int
) -> StepOutcome:
    bucket, number = row["bucket"], row["board_number"]
    board = await connection.fetchrow(_LOCK_BOARD_SQL, bucket, number)
    if board is None or board["revision"] != row["revision"]:
        await _finish(connection, row)  # the command that changed the board has ended the jobs
        return StepOutcome([], [], is_finished=True)
    if cursor.dropped:
        tag = await connection.execute(_DROP_KINDS_SQL, bucket, number, cursor.dropped, limit_rows, now)
        if tag.endswith(" 0"):
            await connection.execute(
                "delete from periods where bucket = $1 and board_number = $2 and kind = any($3::text[])",
                bucket,
                number,
                cursor.dropped,
            )
            cursor = msgspec.structs.replace(cursor, dropped=())
        await _store(connection, row, cursor, rows=0)
        return StepOutcome([], [], is_finished=False)
    rules = from_stored(board["rules"])
    touched: list[tuple[str, str]] = []
    if cursor.kinds:
        refolded = await _refold_next(connection, row, rules, cursor, limit_rows, now)
        touched = [(row["board"], period) for period in refolded.periods]
        if refolded.cursor is not None:
            await _store(connection, row, refolded.cursor, rows=refolded.rows)
            return StepOutcome(touched, [], is_finished=False)
    await connection.execute("update boards set recomputing = '{}' where bucket = $1 and number = $2", bucket, number)
    await respan(connection, bucket, number, rules, cursor.kinds, now)
    await _finish(connection, row)
    return StepOutcome(
        touched, await record_ends(connection, bucket, ends_of([row]), now), is_finished=True, recomputed=row["board"]
    )


class _Refolded(NamedTuple):
    """The periods that have changed, the submissions that are done with, and where to go on: None when all is done."""

    periods: list[str]
    rows: int
    cursor: RecomputeCursor | None


async def _refold_next(
    connection: Connection, row: asyncpg.Record, rules: Board, cursor: RecomputeCursor, limit_rows: int, now: int
) -> _Refolded:
    """Refold the players behind the cursor, or the next periods of the one player who has very many submissions."""
    bucket, number = row["bucket"], row["board_number"]
    if cursor.within is None:
        found = await next_players(connection, bucket, number, after=cursor.after, limit_rows=limit_rows)
        if not found.is_cut:
            changed = await refold(connection, bucket, number, rules, found.players, cursor.kinds, now)
            following = None if found.are_all else msgspec.structs.replace(cursor, after=found.players[-1])
            return _Refolded(changed, found.rows, following)
        within = PlayerCursor(found.players[0], cursor.kinds[0], BEGINNING)
    else:
        within = cursor.within
    player, kind, start = within.player, within.kind, within.start
    span = await next_span(connection, bucket, number, rules, player, kind, start, limit_rows=limit_rows)
    changed = await refold(connection, bucket, number, rules, [player], [kind], now, span)
    kinds_left = cursor.kinds[cursor.kinds.index(kind) + 1 :]
    if span.end != END:
        return _Refolded(changed, 0, msgspec.structs.replace(cursor, within=PlayerCursor(player, kind, span.end)))
    if kinds_left:
        return _Refolded(
            changed, 0, msgspec.structs.replace(cursor, within=PlayerCursor(player, kinds_left[0], BEGINNING))
        )
    rows = await connection.fetchval(_ROWS_OF_PLAYER_SQL, bucket, number, player)
    return _Refolded(changed, rows, msgspec.structs.replace(cursor, after=player, within=None))


async def _purge(connection: Connection, row: asyncpg.Record, cursor: PurgeCursor, limit_rows: int) -> StepOutcome:
    bucket, number = row["bucket"], row["board_number"]
    if not cursor.standings_gone:
        last = await connection.fetchrow(_PURGE_STANDINGS_SQL, bucket, number, cursor.period, cursor.player, limit_rows)
        moved = (
            msgspec.structs.replace(cursor, period=last["period"], player=last["player"])
            if last is not None
            else msgspec.structs.replace(cursor, standings_gone=True)
        )
        await _store(connection, row, moved, rows=0)
        return StepOutcome([], [], is_finished=False)
    last_seq = await connection.fetchval(
        "select last_seq from boards where bucket = $1 and number = $2", bucket, number
    )
    if last_seq is not None and cursor.seq < last_seq:
        until = cursor.seq + limit_rows
        await connection.execute(_PURGE_SUBMISSIONS_SQL, bucket, number, cursor.seq, until)
        await _store(connection, row, msgspec.structs.replace(cursor, seq=until), rows=limit_rows)
        return StepOutcome([], [], is_finished=False)
    await connection.execute("delete from periods where bucket = $1 and board_number = $2", bucket, number)
    await connection.execute("delete from boards where bucket = $1 and number = $2", bucket, number)
    await _finish(connection, row)
    return StepOutcome([], [], is_finished=True)


async def _store(connection: Connection, row: asyncpg.Record, cursor: msgspec.Struct, *, rows: int) -> None:
    await connection.execute(
        "update tasks set cursor = $2::jsonb, done_rows = done_rows + $3 where task = $1",
        row["task"],
        msgspec.json.encode(cursor).decode(),
        rows,
    )


async def _finish(connection: Connection, row: asyncpg.Record) -> None:
    await connection.execute("delete from tasks where task = $1", row["task"])
