"""Locks on boards: a batch takes those that it can have at once, and waits for nobody."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import asyncpg

from highscores.domain.board_forms import UnreadableRulesError, from_stored
from highscores.domain.boards import Board
from highscores.ledger.engine import Connection

_LOCK_SQL = """
    select board, number, rules::text as rules, last_seq from boards
    where bucket = $1 and board = any($2::text[]) and deleted_at is null
    order by number for no key update
"""

_TRY_LOCK_SQL = _LOCK_SQL.rstrip() + " skip locked"

# A board that does not exist has no row to lock, but a name. Who finds a board missing shares its lock until
# the commit, and who makes a board has that lock alone: no job can end for a missing board while the board is made.
_SHARE_NAMES_SQL = """
    select pg_advisory_xact_lock_shared(hashtextextended(name, $1)) from unnest($2::text[]) as n(name)
"""

_TRY_SHARE_NAMES_SQL = """
    select name from unnest($2::text[]) as n(name)
    where not pg_try_advisory_xact_lock_shared(hashtextextended(name, $1))
"""

_LOCK_NAME_SQL = "select pg_advisory_xact_lock(hashtextextended($2, $1))"

# Which of the boards that could not be locked there are. It comes after the attempt: one that is created in between is
# taken for locked, and tried again.
_EXIST_SQL = """
    select board from boards where bucket = $1 and board = any($2::text[]) and deleted_at is null
"""


class LockedBoard(NamedTuple):
    """A board whose row this transaction has locked: its rules stay true until the commit."""

    board: str
    number: int
    rules: Board
    last_seq: int


class BoardLocks(NamedTuple):
    """`skipped` are the boards that somebody else has locked, `unreadable` those whose rules only a newer version can
    read; a board that is in none does not exist."""

    locked: dict[str, LockedBoard]
    skipped: frozenset[str]
    unreadable: frozenset[str]


async def lock_boards(connection: Connection, bucket: int, boards: Sequence[str], *, wait: bool) -> BoardLocks:
    """Lock the boards that are free; `wait` for those that are not, within the connection's lock timeout.

    `boards` are sorted. A board that does not exist is not made before the commit.
    """
    rows = await connection.fetch(_LOCK_SQL if wait else _TRY_LOCK_SQL, bucket, boards)
    skipped: set[str] = set()
    if missing := _missing(boards, rows):
        if wait:
            await connection.execute(_SHARE_NAMES_SQL, bucket, missing)
            rows += await connection.fetch(_LOCK_SQL, bucket, missing)  # those that were made in between
        else:
            skipped = {row["name"] for row in await connection.fetch(_TRY_SHARE_NAMES_SQL, bucket, missing)}
            skipped |= {row["board"] for row in await connection.fetch(_EXIST_SQL, bucket, missing)}
    locked = {}
    for row in rows:
        with suppress(UnreadableRulesError):
            rules = from_stored(row["rules"])
            locked[row["board"]] = LockedBoard(row["board"], row["number"], rules, row["last_seq"])
    found = {row["board"] for row in rows}
    return BoardLocks(locked, frozenset(skipped), frozenset(found - locked.keys()))


async def lock_name(connection: Connection, bucket: int, board: str) -> None:
    """Wait until nobody ends a job because this board is missing, and keep it so until the commit."""
    await connection.execute(_LOCK_NAME_SQL, bucket, board)


def _missing(boards: Sequence[str], rows: Sequence[asyncpg.Record]) -> list[str]:
    found = {row["board"] for row in rows}
    return [board for board in boards if board not in found]
