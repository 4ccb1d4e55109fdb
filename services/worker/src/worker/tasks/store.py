"""Tasks: long work as rows, which any worker goes on with where another stopped.

Here they begin and end, in the transaction of the command that wants them; `steps` does the work.

A cursor is read exactly: with a member that this version does not know it is a newer worker's, since stored back
without it the newer worker would go on from a wrong point.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, TypeVar, get_args

import msgspec

from highscores.domain.boards import Board
from highscores.domain.commands import DefineBoard
from highscores.domain.periods import PeriodKind
from highscores.ledger.engine import Connection
from worker.jobs.ends import CommandReference, JobEnd

TaskKind = Literal["recompute", "purge"]
TASK_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)

_INSERT_SQL = """
    insert into tasks (kind, bucket, board_number, board, revision, cursor, total_rows, job, command, accepted_at,
                       created_at)
    select $3, $1, $2, b.board, b.revision, $4::jsonb, b.submissions, $5, $6, $7, $8
    from boards b where b.bucket = $1 and b.number = $2
"""

_REPLACE_SQL = """
    delete from tasks where board_number = $1 and kind = 'recompute'
    returning board_number, board, cursor::text as cursor, job, command, accepted_at
"""


# The pages of these periods change with the rules and with the end of the recomputation: so must their versions, which
# are the entity tags of the pages.
_RESPAN_SQL = """
    update periods p
    set starts_at = s.starts_at, ends_at = s.ends_at, version = next_version(p.version, $3)
    from unnest($4::text[], $5::bigint[], $6::bigint[]) as s(period, starts_at, ends_at)
    where p.bucket = $1 and p.board_number = $2 and p.period = s.period
"""


class PlayerCursor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the recomputation of one player with very many submissions has come: up to the periods of `kind` that
    begin at `start`, in microseconds."""

    player: str
    kind: PeriodKind
    start: int


class RecomputeCursor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a recomputation has come: first the standings of `dropped` kinds of periods go, then the players behind
    `after` are refolded in the periods of `kinds`, one of them at `within`.
    """

    kinds: tuple[PeriodKind, ...] = ()
    dropped: tuple[PeriodKind, ...] = ()
    after: str = ""
    within: PlayerCursor | None = None


class PurgeCursor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far the purge of a deleted board has come: its standings up to (period, player), its ledger up to `seq`."""

    period: str = ""
    player: str = ""
    standings_gone: bool = False
    seq: int = 0


class UnreadableCursorError(ValueError):
    """This version cannot go on from the cursor of a task: a newer one wrote it, or somebody by hand."""


_Cursor = TypeVar("_Cursor", RecomputeCursor, PurgeCursor)


def read_cursor(text: str, kind: type[_Cursor]) -> _Cursor:
    """Return the cursor that is stored; raise UnreadableCursorError."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as error:
        # Not the text of the error, which may quote what is stored.
        raise UnreadableCursorError(type(error).__name__) from None


class Replacement(NamedTuple):
    """Whether a recomputation has begun, and the ends of the jobs that waited for the one it replaces."""

    is_begun: bool
    ended: list[JobEnd]


async def replace_recomputation(
    connection: Connection, bucket: int, board_number: int, command: DefineBoard, old: Board | None, now: int
) -> Replacement:
    """Begin what the change from the `old` rules makes necessary (None: the board has no submission).

    What an unfinished recomputation had still to do, the new one does. The earlier command has had its effect: its job
    is done. Raise UnreadableCursorError when only a newer worker can tell what the unfinished one had to do.
    """
    replaced = await connection.fetch(_REPLACE_SQL, board_number)
    cursors = [read_cursor(row["cursor"], RecomputeCursor) for row in replaced]
    ended = ends_of(replaced)
    counted = command.definition.counted_periods
    wanted = {kind for cursor in cursors for kind in cursor.kinds} | _missing_kinds(old, command.definition)
    unwanted = {kind for cursor in cursors for kind in (*cursor.kinds, *cursor.dropped)}
    unwanted |= set(old.counted_periods) if old else set()
    cursor = RecomputeCursor(
        kinds=tuple(kind for kind in counted if kind in wanted), dropped=tuple(sorted(unwanted - set(counted)))
    )
    is_needed = bool(cursor.kinds or cursor.dropped)
    await respan(connection, bucket, board_number, command.definition, cursor.kinds, now)
    await connection.execute(
        "update boards set recomputing = $3 where bucket = $1 and number = $2",
        bucket,
        board_number,
        cursor.kinds,
    )
    if is_needed:
        job = (command.job, command.command, command.accepted_at)
        await _insert(connection, bucket, board_number, "recompute", cursor, job, now)
    return Replacement(is_needed, ended)


async def respan(
    connection: Connection, bucket: int, board_number: int, rules: Board, kinds: Sequence[PeriodKind], now: int
) -> None:
    """Give the periods of these kinds the spans that they have by the rules, and new versions."""
    rows = await connection.fetch(
        "select period from periods where bucket = $1 and board_number = $2 and kind = any($3::text[])",
        bucket,
        board_number,
        kinds,
    )
    periods = [rules.calendar.named(row["period"]) for row in rows]
    await connection.execute(
        _RESPAN_SQL,
        bucket,
        board_number,
        now,
        [period.id for period in periods],
        [period.start for period in periods],
        [period.end for period in periods],
    )


async def start_purge(connection: Connection, bucket: int, board_number: int, now: int) -> list[JobEnd]:
    """Begin to remove what a deleted board leaves; return the ends of the jobs that waited for its recomputation."""
    replaced = await connection.fetch(_REPLACE_SQL, board_number)
    await _insert(connection, bucket, board_number, "purge", PurgeCursor(), (None, None, None), now)
    return ends_of(replaced)


async def _insert(
    connection: Connection,
    bucket: int,
    board_number: int,
    kind: TaskKind,
    cursor: msgspec.Struct,
    job: Sequence[object],
    now: int,
) -> None:
    text = msgspec.json.encode(cursor).decode()
    await connection.execute(_INSERT_SQL, bucket, board_number, kind, text, *job, now)


def _missing_kinds(old: Board | None, new: Board) -> set[PeriodKind]:
    """Return the kinds of periods whose standings are not there, or are those of other spans."""
    if old is None:
        return set()
    if old.timezone == new.timezone:
        return set(new.counted_periods) - set(old.counted_periods)
    return set(new.counted_periods) - {"all"}


def ends_of(tasks: Sequence[Mapping[str, Any]]) -> list[JobEnd]:
    """Return the ends of the jobs that wait for these tasks: the command has had its effect."""
    return [
        JobEnd(
            CommandReference(row["job"], row["command"], row["accepted_at"]),
            result={"board": row["board"]},
            board_number=row["board_number"],
        )
        for row in tasks
        if row["job"] is not None
    ]
