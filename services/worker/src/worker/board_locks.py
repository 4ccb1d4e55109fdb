"""Locks on boards: a batch takes those that it can have at once, and waits for nobody."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from highscores.domain.board_forms import UnreadableRulesError, from_stored
from highscores.domain.boards import Board
from highscores.ledger.engine import Connection

# Which of the boards there are, and which of them are locked now. One that somebody else has locked has no rules here.
_TRY_LOCK_SQL = """
    with locked as (
        select number, rules::text as rules, last_seq from boards
        where bucket = $1 and board = any($2::text[]) and deleted_at is null
        order by number for no key update skip locked
    )
    select b.board, b.number, l.rules, l.last_seq
    from boards b left join locked l on l.number = b.number
    where b.bucket = $1 and b.board = any($2::text[]) and b.deleted_at is null
"""

_LOCK_SQL = """
    select board, number, rules::text as rules, last_seq from boards
    where bucket = $1 and board = any($2::text[]) and deleted_at is null
    order by number for no key update
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
    at_hand = [row for row in rows if row["rules"] is not None]
    locked = {}
    for row in at_hand:
        with suppress(UnreadableRulesError):
            rules = from_stored(row["rules"])
            locked[row["board"]] = LockedBoard(row["board"], row["number"], rules, row["last_seq"])
    return BoardLocks(
        locked,
        skipped=frozenset(row["board"] for row in rows if row["rules"] is None),
        unreadable=frozenset(row["board"] for row in at_hand if row["board"] not in locked),
    )
