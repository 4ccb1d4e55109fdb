"""The ranking rule: which submission counts for a player, and how two standings compare.

This is the specification, in the words in which it is easiest to read. It is carried out by SQL functions, in
ledger/ranking.sql, for the statements that rank a thousand rows at a time. A property test holds the two and the order
of Redis to each other; whoever changes one changes the other.
"""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from highscores.domain.boards import Operator, Order
from highscores.domain.fields import SCORE_LIMIT


class Mark(NamedTuple):
    """What of a submission or a standing decides ranks: the score, then when and in which order it was achieved.

    `achieved_at` is in microseconds; `line` is the index in the request or the import that brought the submission.
    """

    score: int
    achieved_at: int
    line: int
    job: UUID


def sign(order: Order) -> int:
    """Return what a score is multiplied by so that the lower product is the better score."""
    return -1 if order == "desc" else 1


def rank_key(order: Order, mark: Mark) -> tuple[int, int, int, bytes]:
    """Return what standings are sorted by, the best first: score, time, line, job."""
    return sign(order) * mark.score, mark.achieved_at, mark.line, mark.job.bytes


def tie_break(mark: Mark) -> str:
    """Return the text by whose bytes equal scores are ordered: time, line and job, without a colon.

    Redis orders the members of equal score by their bytes, and a member begins with this text.
    """
    return f"{mark.achieved_at:014x}{_ordered_hex(mark.line)}{mark.job.hex}"


def fold(operator: Operator, order: Order, marks: Iterable[Mark]) -> Mark:
    """Return the standing of a player whose submissions these are; raise ValueError when there are none.

    `best` keeps the best by `rank_key`, `latest` the last by (time, line, job). `sum` adds all scores, and has
    the time, line and job of its newest addition that is not zero (of the newest, when all are). A sum beyond the score
    limit shows the limit.
    """
    own = list(marks)
    if operator == "best":
        return min(own, key=lambda mark: rank_key(order, mark))
    if operator == "latest":
        return max(own, key=_recency)
    newest = max(own, key=lambda mark: (mark.score != 0, _recency(mark)))
    total = sum(mark.score for mark in own)
    return newest._replace(score=max(-SCORE_LIMIT, min(SCORE_LIMIT, total)))


def _recency(mark: Mark) -> tuple[int, int, bytes]:
    return mark.achieved_at, mark.line, mark.job.bytes


def _ordered_hex(number: int) -> str:
    """Hexadecimal digits behind their count, so that the order of the texts is that of the numbers; "0" for zero."""
    digits = f"{number:x}"
    return f"{len(digits):x}{digits}" if number else "0"
