"""Locks on boards: a batch takes those that it can have at once, and waits for nobody."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from highscores.domain.board_forms import UnreadableRulesError, from_stored
from highscores.domain.boards import Board
from highscores.ledger.engine import Connection

_LOCK_SQL = """
    select board, number, rules::text as rules, last_seq from boards
    where bucket = $1 and board = any($2::text[]) and deleted_at is null
    order by number for no key update
"""

_TRY_LOCK_SQL = _LOCK_SQL.rstrip() + " skip locked"

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
    """Lock the boards that are free; `wait` for those that are not, within the connection's lock timeout."""
    rows = await connection.fetch(_LOCK_SQL if wait else _TRY_LOCK_SQL, bucket, boards)
    locked = {}
    for row in rows:
        with suppress(UnreadableRulesError):
            rules = from_stored(row["rules"])
            locked[row["board"]] = LockedBoard(row["board"], row["number"], rules, row["last_seq"])
    found = {row["board"] for row in rows}
    missing = [board for board in boards if board not in found]
    skipped = await connection.fetch(_EXIST_SQL, bucket, missing) if missing and not wait else []
    return BoardLocks(locked, frozenset(row["board"] for row in skipped), frozenset(found - locked.keys()))
