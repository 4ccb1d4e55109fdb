"""Single scores at 64 connections, all the way: accepted, and applied until nothing waits."""

from bench.context import Bench
from bench.loads import page_in_a_file, posting, reading
from bench.rounds import interleaved
from bench.settings import ROUNDS
from bench.stack import STATIC_PLAIN
from bench.table import Row, at_least, at_most
from bench.wrk import CONNECTIONS, Load

# 6,000 scores/s where nginx serves 46,000 pages/s: as a ratio it can be judged on any machine.
GOAL = 6_000 / 46_000
P99_GOAL_MS = 50.0
WITHIN_S = 120.0


def run(bench: Bench) -> list[Row]:
    boards = [bench.live_board(f"scores-{number}") for number in range(ROUNDS)]
    program, url = page_in_a_file(bench)
    posts: list[Load] = []

    def accept_and_apply(number: int) -> float:
        with bench.meter.window("scores"):
            posts.append(posting(bench, bench.stack.url("post_score"), boards[number])(bench.settings.seconds))
            bench.ledger.wait_applied(boards[number], posts[-1].requests - posts[-1].refused, WITHIN_S)
        return bench.ledger.progress(boards[number]).per_s

    with bench.stack.beside(program):
        found = interleaved(
            ROUNDS,
            {
                "nginx": lambda _: reading(bench, url + STATIC_PLAIN)(bench.settings.seconds).rate,
                "scores": accept_and_apply,
            },
        )
    accepted = bench.median("scores: accepted", posts)
    nginx = bench.record("scores: nginx, per s", found["nginx"])
    bench.scores_per_s = bench.record("scores: applied, per s", found["scores"])
    return [
        Row(
            measurement=f"single scores, {CONNECTIONS} connections: accepted and applied ÷ nginx with a file",
            value=bench.scores_per_s,
            unit="scores/s",
            reference=nginx,
            goal=at_least(GOAL),
        ),
        Row(
            measurement="... accepted",
            value=accepted.per_s,
            unit="scores/s",
            p50_ms=accepted.p50_ms,
            p99_ms=accepted.p99_ms,
        ),
        Row(measurement="... p99 of the 202", value=accepted.p99_ms, unit="ms", goal=at_most(P99_GOAL_MS)),
    ]
