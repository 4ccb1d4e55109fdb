"""Batch requests, from the first accepted score to the last one applied."""

from bench.context import Bench
from bench.loads import posting_batches
from bench.rounds import median
from bench.settings import ROUNDS
from bench.table import Row, at_least
from bench.wrk import Load

GOAL_PER_S = 20_000.0
SCORES = 500
CONNECTIONS = 4
SENDING_SHARE = 0.4  # of a round: accepting is several times as fast as applying, and the rest is waited for
WITHIN_S = 180.0


def run(bench: Bench) -> list[Row]:
    boards = [bench.live_board(f"batches-{number}") for number in range(ROUNDS)]
    posts: list[Load] = []
    applied: list[float] = []
    for board in boards:
        load = posting_batches(bench, bench.stack.url("post_score"), board, scores=SCORES, connections=CONNECTIONS)
        with bench.meter.window("batches"):
            posts.append(load(bench.settings.seconds * SENDING_SHARE))
            bench.ledger.wait_applied(board, (posts[-1].requests - posts[-1].refused) * SCORES, WITHIN_S)
        applied.append(bench.ledger.progress(board).per_s)
    accepted = bench.median("batches: requests", posts)
    return [
        Row(
            measurement=f"batches of {SCORES}: accepted and applied",
            value=bench.record("batches: applied, scores per s", applied),
            unit="scores/s",
            goal=at_least(GOAL_PER_S),
        ),
        Row(
            measurement="... accepted",
            value=median([post.rate * SCORES for post in posts]),
            unit="scores/s",
            p50_ms=accepted.p50_ms,
            p99_ms=accepted.p99_ms,
        ),
    ]
