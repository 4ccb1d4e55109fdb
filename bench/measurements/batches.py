"""Batch requests, from the first accepted score to the last one applied; on four boards against one."""

from collections.abc import Sequence

from bench.context import Bench
from bench.loads import posting_batches
from bench.rounds import interleaved, median
from bench.settings import RATIO_ROUNDS
from bench.table import Row, at_least
from bench.wrk import Load

GOAL_PER_S = 20_000.0
GOAL_OF_BOARDS = 1.0  # two transactions of different boards run beside each other
SCORES = 500
CONNECTIONS = 4
BOARDS = 4
SENDING_SHARE = 0.4  # of a round: accepting is several times as fast as applying, and the rest is waited for
WITHIN_S = 180.0


def run(bench: Bench) -> list[Row]:
    posts: list[Load] = []
    found = interleaved(
        RATIO_ROUNDS,
        {
            "one": lambda number: _applied(bench, "one board", [bench.live_board(f"batches-{number}")], posts),
            "four": lambda number: _applied(bench, f"{BOARDS} boards", _boards(bench, number), posts),
        },
    )
    accepted = bench.median("batches: requests", posts)
    one = bench.record("batches: one board, applied, scores per s", found["one"])
    return [
        Row(
            measurement=f"batches of {SCORES}: accepted and applied",
            value=one,
            unit="scores/s",
            goal=at_least(GOAL_PER_S),
        ),
        Row(
            measurement=f"batches of {SCORES}: on {BOARDS} boards, each request of one ÷ on one board",
            value=bench.record(f"batches: {BOARDS} boards, applied, scores per s", found["four"]),
            unit="scores/s",
            reference=one,
            goal=at_least(GOAL_OF_BOARDS),
        ),
        Row(
            measurement="... accepted",
            value=median([post.rate * SCORES for post in posts]),
            unit="scores/s",
            p50_ms=accepted.p50_ms,
            p99_ms=accepted.p99_ms,
        ),
    ]


def _applied(bench: Bench, variant: str, boards: Sequence[str], posts: list[Load]) -> float:
    """Send for a while, wait until all is applied, and return the scores per second over both."""
    load = posting_batches(bench, bench.stack.url("post_score"), *boards, scores=SCORES, connections=CONNECTIONS)
    with bench.meter.window(f"batches: {variant}"):
        posts.append(load(bench.settings.seconds * SENDING_SHARE))
        bench.ledger.wait_applied(boards, (posts[-1].requests - posts[-1].refused) * SCORES, WITHIN_S)
    return bench.ledger.progress(boards).per_s


def _boards(bench: Bench, number: int) -> list[str]:
    return [bench.live_board(f"batches-{number}-{index}") for index in range(BOARDS)]
