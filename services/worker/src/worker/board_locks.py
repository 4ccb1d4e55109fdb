"""Locks on boards: a batch takes those that it can have at once, and waits for nobody."""

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

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
    """`skipped` are the boards that somebody else has locked; a board that is in neither does not exist."""

    locked: dict[str, LockedBoard]
    skipped: frozenset[str]


async def lock_boards(connection: Connection, bucket: int, boards: Sequence[str], *, wait: bool) -> BoardLocks:
    """Lock the boards that are free; `wait` for those that are not, within the connection's lock timeout."""
    rows = await connection.fetch(_LOCK_SQL if wait else _TRY_LOCK_SQL, bucket, boards)
    locked = {
        row["board"]: LockedBoard(row["board"], row["number"], read_rules(row["rules"]), row["last_seq"])
        for row in rows
        if row["rules"] is not None
    }
    return BoardLocks(locked, frozenset(row["board"] for row in rows if row["rules"] is None))


_rules_by_text: dict[str, Board] = {}
_RULES_REMEMBERED = 1_000


def read_rules(text: str) -> Board:
    """Decode rules once: the calendar inside remembers its spans."""
    rules = _rules_by_text.get(text)
    if rules is None:
        if len(_rules_by_text) >= _RULES_REMEMBERED:
            _rules_by_text.clear()
        rules = _rules_by_text[text] = msgspec.json.decode(text, type=Board)
    return rules
