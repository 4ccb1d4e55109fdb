"""Refold: the one way in which the past of a board changes.

The standings of some players are computed anew from the ledger, under the board's lock, a bounded number of rows at a
time: those of many players in all periods, or, of one with very many submissions, those of one period after the other.
It converges whatever arrives meanwhile: scores are applied to what stands there under the same lock, and what is
refolded afterwards is computed from all of them.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from highscores.domain.boards import Board
from highscores.domain.periods import ALL_TIME, MICROSECONDS, Period, PeriodKind
from highscores.domain.ranking import signs
from highscores.ledger.engine import Connection

_REFOLD_SQL = files(__package__).joinpath("refold.sql").read_text()
_DAY = 86_400 * MICROSECONDS
BEGINNING, END = -(2**63), 2**63 - 1  # of time, as PostgreSQL can compare it

# The players behind the cursor with the rows of theirs, up to a number of rows: the last one's may not be all.
_NEXT_PLAYERS_SQL = """
    select player, count(*) as rows
    from (select player from submissions
          where bucket = $1 and board_number = $2 and player > $3
          order by player limit $4) as s
    group by player order by player
"""

_DAYS_SQL = """
    select distinct achieved_at / 86400000000 as day from submissions
    where bucket = $1 and board_number = $2 and player = any($3::text[]) and achieved_at >= $4 and achieved_at < $5
    order by day
"""

_INSTANT_BEHIND_SQL = """
    select achieved_at from submissions
    where bucket = $1 and board_number = $2 and player = $3 and achieved_at >= $4
    order by achieved_at offset $5 limit 1
"""


class Span(NamedTuple):
    """From `start` on, before `end`, in microseconds. Where a period begins or ends, or time itself."""

    start: int
    end: int


ALL_OF_TIME = Span(BEGINNING, END)


class PlayerSlice(NamedTuple):
    """Players in order of their ids, with how many submissions they have; `are_all`: nobody comes behind them;
    `is_cut`: it is one player, who may have more."""

    players: list[str]
    rows: int
    are_all: bool
    is_cut: bool


async def next_players(
    connection: Connection, bucket: int, board_number: int, *, after: str, limit_rows: int
) -> PlayerSlice:
    """Return the players behind `after` who have at most so many submissions together; one player at the least."""
    rows = await connection.fetch(_NEXT_PLAYERS_SQL, bucket, board_number, after, limit_rows)
    found = [(row["player"], row["rows"]) for row in rows]
    are_all = sum(count for _, count in found) < limit_rows
    is_cut = len(found) == 1 and not are_all
    if not are_all and not is_cut:
        found.pop()  # of whom there may be more
    return PlayerSlice([player for player, _ in found], sum(count for _, count in found), are_all, is_cut)


async def next_span(
    connection: Connection,
    bucket: int,
    board_number: int,
    rules: Board,
    player: str,
    kind: PeriodKind,
    start: int,
    *,
    limit_rows: int,
) -> Span:
    """Return the periods of a kind from `start` on in which the player has at most so many submissions together; one
    period at the least."""
    behind = await connection.fetchval(_INSTANT_BEHIND_SQL, bucket, board_number, player, start, limit_rows)
    if behind is None or kind == "all":
        return Span(start, END)
    period = rules.calendar.containing(kind, behind)
    assert period.start is not None
    assert period.end is not None
    return Span(start, period.start if period.start > start else period.end)


async def refold(
    connection: Connection,
    bucket: int,
    board_number: int,
    rules: Board,
    players: Sequence[str],
    kinds: Sequence[PeriodKind],
    now: int,
    span: Span = ALL_OF_TIME,
) -> list[str]:
    """Compute these players' standings anew in the periods of these kinds that begin in the span; return the periods
    that have changed. The span begins and ends where such a period does.

    The caller holds the board's row lock. A recomputation never rejects: a sum beyond the limit shows the limit.
    """
    if not players:
        return []
    days = [row["day"] for row in await connection.fetch(_DAYS_SQL, bucket, board_number, players, *span)]
    periods = periods_of_days(rules, kinds, days)
    rows = await connection.fetch(
        _REFOLD_SQL,
        bucket,
        board_number,
        players,
        [period.id for period in periods],
        [period.kind for period in periods],
        [period.start for period in periods],
        [period.end for period in periods],
        kinds,
        rules.operator,
        signs(rules.orders),
        now,
        *span,
    )
    return [row["period"] for row in rows]


def periods_of_days(rules: Board, kinds: Sequence[PeriodKind], days: Sequence[int]) -> list[Period]:
    """Return the board's periods of these kinds that overlap these days of UTC, counted from 1970 and ascending."""
    found: list[Period] = []
    for kind in kinds:
        if kind == "all":
            found.append(ALL_TIME)
            continue
        last: Period | None = None
        for day in days:
            at = day * _DAY
            while at < (day + 1) * _DAY:
                if last is None or at >= (last.end or 0):
                    last = rules.calendar.containing(kind, at)
                    found.append(last)
                at = last.end or 0
    return found
