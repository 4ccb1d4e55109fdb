"""The worker with everything around its transactions, against the bare ones, and on four boards against one."""

import asyncio
from collections.abc import Sequence

from bench import queue_access
from bench.bare_transactions import apply_all, submissions
from bench.context import Bench
from bench.rounds import interleaved
from bench.settings import RATIO_ROUNDS
from bench.table import Row, at_least
from worker.delivery.buffer import BATCH_COMMANDS

GOAL = 0.85
GOAL_OF_BOARDS = 1.0  # two transactions of different boards run beside each other
BOARDS = 4
COMMANDS_PER_S = 3_000  # for each second of a round: less than any side does, so that no round is longer
GROUP = 20  # commands in one message, as group commit makes them under load
WITHIN_S = 120.0


def run(bench: Bench) -> list[Row]:
    found = interleaved(
        RATIO_ROUNDS,
        {
            "one": lambda number: _worker(bench, "one board", [bench.live_board(f"worker-{number}")], number),
            "four": lambda number: _worker(bench, f"{BOARDS} boards", _boards(bench, number), number),
            "bare": lambda number: _bare(bench, number),
        },
    )
    one = bench.record("worker: one board, commands per s", found["one"])
    return [
        Row(
            measurement=f"worker, messages of {GROUP}, document alive ÷ bare transactions of {BATCH_COMMANDS}",
            value=one,
            unit="commands/s",
            reference=bench.record("worker: bare transaction, commands per s", found["bare"]),
            goal=at_least(GOAL),
        ),
        Row(
            measurement=f"worker, messages of {GROUP}, spread over {BOARDS} boards ÷ on one",
            value=bench.record(f"worker: {BOARDS} boards, commands per s", found["four"]),
            unit="commands/s",
            reference=one,
            goal=at_least(GOAL_OF_BOARDS),
        ),
    ]


def _worker(bench: Bench, variant: str, boards: Sequence[str], number: int) -> float:
    """Fill the queue, start the worker, and return the commands per second from its first batch to its last."""
    commands = submissions(bench.stack.private, boards, _count(bench), number)
    with bench.stack.without("worker"):
        queue_access.publish(bench.stack.private, commands, group=GROUP)
    with bench.meter.window(f"worker: {variant}"):
        bench.ledger.wait_applied(boards, len(commands), WITHIN_S)
    return bench.ledger.progress(boards).in_batches_per_s


def _bare(bench: Bench, number: int) -> float:
    board = bench.define_board(f"bare-{number}")
    commands = submissions(bench.stack.private, [board], _count(bench), number)
    with bench.meter.window("worker: bare transaction"):
        asyncio.run(apply_all(bench.stack.private, commands))
    return bench.ledger.progress(board).in_batches_per_s


def _boards(bench: Bench, number: int) -> list[str]:
    return [bench.live_board(f"worker-{number}-{index}") for index in range(BOARDS)]


def _count(bench: Bench) -> int:
    return round(COMMANDS_PER_S * bench.settings.seconds)
