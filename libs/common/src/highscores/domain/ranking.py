"""The ranking rule: which submission counts for a player, and how two standings compare.

This is the specification, in the words in which it is easiest to read. It is carried out by SQL functions, in
ledger/ranking.sql, for the statements that rank a thousand rows at a time. A property test holds the two and the order
of Redis to each other; whoever changes one changes the other.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from highscores.domain.boards import Board, Operator, Order
from highscores.domain.fields import SCORE_LIMIT

# Hexadecimal digits of one sub-score in a tie-break: enough for all that lie within the limits, raised above zero.
SUBSCORE_DIGITS = 14

Orders = Sequence[Order]  # the directions of a board: of the score, then of each sub-score


class Mark(NamedTuple):
    """What of a submission or a standing decides ranks: the score, then when and in which order it was achieved.

    `achieved_at` is in microseconds; `line` is the index in the request or the import that brought the submission.
    `subscores` are as many as the board has.
    """

    score: int
    achieved_at: int
    line: int
    job: UUID
    subscores: tuple[int, ...] = ()


def sign(order: Order) -> int:
    """Return what a score is multiplied by so that the lower product is the better score."""
    return -1 if order == "desc" else 1


def signs(orders: Orders) -> list[int]:
    return [sign(order) for order in orders]


def signed(orders: Orders, values: Iterable[int]) -> tuple[int, ...]:
    """Return the score and the sub-scores so that lower ones are better."""
    return tuple(sign(order) * value for order, value in zip(orders, values, strict=True))


def value_key(orders: Orders, mark: Mark) -> tuple[int, ...]:
    """Return what decides whether a standing is better, the best first: the score, then each sub-score."""
    return signed(orders, (mark.score, *mark.subscores))


def rank_key(orders: Orders, mark: Mark) -> tuple[tuple[int, ...], int, int, bytes]:
    """Return what standings are sorted by, the best first: score and sub-scores, time, line, job."""
    return value_key(orders, mark), mark.achieved_at, mark.line, mark.job.bytes


def tie_break(orders: Orders, mark: Mark) -> str:
    """Return the text by whose bytes equal scores are ordered: sub-scores, time, line and job, without a colon.

    Redis orders the members of equal score by their bytes, and a member begins with this text. The sub-scores come
    first, each in a fixed width, so that equal ones are an equal beginning.
    """
    return f"{tie_beginning(value_key(orders, mark)[1:])}{mark.achieved_at:014x}{_ordered_hex(mark.line)}{mark.job.hex}"


def tie_beginning(signed_subscores: Iterable[int]) -> str:
    """Return what the tie-breaks of all standings with these sub-scores begin with."""
    return "".join(f"{value + SCORE_LIMIT + 1:0{SUBSCORE_DIGITS}x}" for value in signed_subscores)


def tie_width(rules: Board) -> int | None:
    """Return how long a beginning of the tie-break those have in common who share a rank; None if nobody does."""
    return len(rules.subscores) * SUBSCORE_DIGITS if rules.ranks == "competition" else None


def fold(operator: Operator, orders: Orders, marks: Iterable[Mark]) -> Mark:
    """Return the standing of a player whose submissions these are; raise ValueError when there are none.

    `best` keeps the best by `rank_key`, `latest` the last by (time, line, job): score and sub-scores are those of one
    submission. `sum` adds the scores, and each sub-score, and has the time, line and job of its newest addition that is
    not all zeros (of the newest, when all are). A sum beyond the score limit shows the limit.
    """
    own = list(marks)
    if operator == "best":
        return min(own, key=lambda mark: rank_key(orders, mark))
    if operator == "latest":
        return max(own, key=_recency)
    newest = max(own, key=lambda mark: (any((mark.score, *mark.subscores)), _recency(mark)))
    score, *subscores = (_bounded(sum(values)) for values in zip(*((m.score, *m.subscores) for m in own), strict=True))
    return newest._replace(score=score, subscores=tuple(subscores))


def _recency(mark: Mark) -> tuple[int, int, bytes]:
    return mark.achieved_at, mark.line, mark.job.bytes


def _bounded(total: int) -> int:
    return max(-SCORE_LIMIT, min(SCORE_LIMIT, total))


def _ordered_hex(number: int) -> str:
    """Hexadecimal digits behind their count, so that the order of the texts is that of the numbers; "0" for zero."""
    digits = f"{number:x}"
    return f"{len(digits):x}{digits}" if number else "0"
