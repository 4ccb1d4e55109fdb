"""Sums near the limit of scores: which additions still fit, one after the other in order of arrival."""

from collections.abc import Iterable, Sequence

from highscores.domain import problems
from highscores.domain.commands import SubmitScore
from highscores.domain.fields import SCORE_LIMIT
from highscores.ledger.engine import Connection
from worker.commands.board_locks import LockedBoard
from worker.jobs.ends import JobEnd

_SUMS_SQL = """
    select s.board_number, s.period, s.player, array[s.score] || s.subscores as sums
    from unnest($2::bigint[], $3::text[], $4::text[]) as w(board_number, period, player)
    join standings s on s.bucket = $1 and s.board_number = w.board_number and s.period = w.period
     and s.player = w.player and s.state = 'shown'
"""


async def refuse_overflows(
    connection: Connection, bucket: int, submissions: Sequence[SubmitScore], boards: dict[str, LockedBoard]
) -> tuple[list[SubmitScore], list[JobEnd]]:
    """Split into those that keep each of their player's sums within the limits, and the ends of the others.

    The caller holds the locks of the boards. A submission counts in all of its periods, or in none.
    """
    wanted = {key for each in submissions for key in _sums_of(each, boards)}
    rows = await connection.fetch(_SUMS_SQL, bucket, *zip(*sorted(wanted), strict=True))
    # The sum of the scores, and of each sub-score behind it.
    sums: dict[tuple[int, str, str], list[int]] = {
        (row["board_number"], row["period"], row["player"]): row["sums"] for row in rows
    }
    fitting, refused = [], []
    for submission in submissions:
        addition = _addition(submission, boards[submission.board])
        added = {key: _add(sums.get(key), addition) for key in _sums_of(submission, boards)}
        if overflow := _overflow(added.values()):
            problem = problems.invalid_field(overflow, "the standing would leave the score range")
            refused.append(JobEnd(submission, error=problem, board_number=boards[submission.board].number))
        else:
            sums |= added
            fitting.append(submission)
    return fitting, refused


def _addition(submission: SubmitScore, board: LockedBoard) -> list[int]:
    """Return the score, and each of the board's sub-scores: a submission without them adds zeros."""
    return [submission.score, *(submission.subscores or [0] * len(board.rules.subscores))]


def _add(sums: list[int] | None, addition: list[int]) -> list[int]:
    return addition if sums is None else [one + other for one, other in zip(sums, addition, strict=True)]


def _overflow(sums: Iterable[list[int]]) -> str | None:
    """Return the field whose sum leaves the limits in one of the periods, or None."""
    for total, *subtotals in sums:
        if abs(total) > SCORE_LIMIT:
            return "score"
        for index, subtotal in enumerate(subtotals):
            if abs(subtotal) > SCORE_LIMIT:
                return f"subscores/{index}"
    return None


def _sums_of(submission: SubmitScore, boards: dict[str, LockedBoard]) -> list[tuple[int, str, str]]:
    board = boards[submission.board]
    return [
        (board.number, board.rules.calendar.containing(kind, submission.achieved_at).id, submission.player)
        for kind in board.rules.counted_periods
    ]
