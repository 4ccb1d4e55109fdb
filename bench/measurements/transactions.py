"""The bare transaction of a batch whose scores are all of different boards, against one of a single board."""

import asyncio

from bench.bare_transactions import apply_all, submissions
from bench.context import Bench
from bench.rounds import interleaved
from bench.settings import RATIO_ROUNDS
from bench.table import Row
from worker.delivery.buffer import BATCH_COMMANDS

COMMANDS_PER_S = 3_000  # for each second of a round
ONE, MANY = "one board", f"{BATCH_COMMANDS} boards"


def run(bench: Bench) -> list[Row]:
    found = interleaved(
        RATIO_ROUNDS,
        {
            ONE: lambda number: _rate(bench, ONE, 1, number),
            MANY: lambda number: _rate(bench, MANY, BATCH_COMMANDS, number),
        },
    )
    return [
        Row(
            measurement=f"bare transactions of {BATCH_COMMANDS} scores: on {MANY} ÷ on one",
            value=bench.record(f"transactions: {MANY}, scores per s", found[MANY]),
            unit="scores/s",
            reference=bench.record(f"transactions: {ONE}, scores per s", found[ONE]),
        )
    ]


def _rate(bench: Bench, variant: str, boards: int, number: int) -> float:
    """Return the scores per second from the first batch to the last, which is not counted."""
    names = bench.ledger.define_boards(f"transactions-{boards}-{number}", boards)
    commands = submissions(bench.stack.private, names, round(COMMANDS_PER_S * bench.settings.seconds), number)
    with bench.meter.window(f"transactions: {variant}"):
        asyncio.run(apply_all(bench.stack.private, commands))
    return bench.ledger.progress(names).in_batches_per_s
