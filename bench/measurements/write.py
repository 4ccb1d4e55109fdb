"""Single scores with group commit, against the same program with no queue behind it."""

from collections.abc import Callable

from bench import queue_access
from bench.context import Bench
from bench.loads import posting
from bench.stack import null_broker
from bench.table import Row, at_least
from bench.wrk import Load

GOAL = 0.8


def run(bench: Bench) -> list[Row]:
    """The worker is stopped: it would take from the one side what the other has no use for."""
    board = bench.define_board("write")
    program, url = null_broker(bench.stack)
    with bench.stack.without("worker"), bench.stack.beside(program):
        found = bench.loads(
            "write",
            {
                "no queue": posting(bench, url, board),
                "group commit": _emptying(bench, posting(bench, bench.stack.url("post_score"), board)),
            },
        )
    grouped = found["group commit"]
    return [
        Row(
            measurement="POST /v1/scores: group commit ÷ no queue (worker stopped)",
            value=grouped.per_s,
            unit="/s",
            reference=found["no queue"].per_s,
            goal=at_least(GOAL),
            p50_ms=grouped.p50_ms,
            p99_ms=grouped.p99_ms,
        )
    ]


def _emptying(bench: Bench, load: Callable[[float], Load]) -> Callable[[float], Load]:
    """Have what the load has put into the queue thrown away after it."""

    def load_and_empty(seconds: float) -> Load:
        seen = load(seconds)
        queue_access.purge(bench.stack.private)
        return seen

    return load_and_empty
