"""Sums near the limit of scores: which additions still fit, one after the other in order of arrival."""

from collections import defaultdict
from collections.abc import Sequence

from highscores.domain import problems
from highscores.domain.commands import SubmitScore
from highscores.domain.fields import SCORE_LIMIT
from highscores.ledger.engine import Connection
from worker.commands.board_locks import LockedBoard
from worker.jobs.ends import JobEnd

_SUMS_SQL = """
    select s.board_number, s.period, s.player, s.score
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
    sums: defaultdict[tuple[int, str, str], int] = defaultdict(int)
    for row in rows:
        sums[row["board_number"], row["period"], row["player"]] = row["score"]
    fitting, refused = [], []
    for submission in submissions:
        keys = _sums_of(submission, boards)
        if all(abs(sums[key] + submission.score) <= SCORE_LIMIT for key in keys):
            for key in keys:
                sums[key] += submission.score
            fitting.append(submission)
        else:
            problem = problems.invalid_field("score", "the standing would leave the score range")
            refused.append(JobEnd(submission, error=problem, board_number=boards[submission.board].number))
    return fitting, refused


def _sums_of(submission: SubmitScore, boards: dict[str, LockedBoard]) -> list[tuple[int, str, str]]:
    board = boards[submission.board]
    return [
        (board.number, board.rules.calendar.containing(kind, submission.achieved_at).id, submission.player)
        for kind in board.rules.counted_periods
    ]
