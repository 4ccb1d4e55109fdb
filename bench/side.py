"""One side of a comparison: a stack of the checkout whose packages are on the path, measured as standard input says.

It runs in the older checkout too, so it keeps to what both have. A line `measurement round` is answered by a line with
a number, more being better.
"""

import asyncio
import importlib
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from types import FrameType
from typing import Any

from bench import loads, queue_access
from bench.context import Bench
from bench.ledger import Ledger
from bench.settings import Settings
from bench.stack import BenchStack, bench_stack
from bench.usage import Meter
from bench.wrk import Wrk
from highscores.domain.commands import SubmitScore
from highscores.domain.jobs import JobIds
from highscores_client import Client

READY = "ready"
WARM_UP_ROUND = -1  # comes first, and does not count
ANSWER = "answer "  # before each number, in case something else prints
COMMANDS = 10_000  # of one round of transactions, and of the worker
GROUP = 20  # commands in one message, as group commit makes them under load
MANY_BOARDS = 500
PLAYERS = 10_000
BATCH_SCORES, BATCH_CONNECTIONS = 500, 4
BATCH_SENDING_SHARE = 0.4  # of a round: accepting is several times as fast as applying
WITHIN_S = 120.0
DEFINE_TIMEOUT_S = 60.0


def one_board(bench: Bench, number: int) -> float:
    return _transactions(bench, [bench.define_board(f"one-{number}")])


def many_boards(bench: Bench, number: int) -> float:
    names = [f"many-{index}" for index in range(MANY_BOARDS)]
    if number == WARM_UP_ROUND:
        asyncio.run(_define(bench.stack, names))
    return _transactions(bench, names)


def scores(bench: Bench, number: int) -> float:
    board = bench.define_board(f"scores-{number}")
    load = loads.posting(bench, bench.stack.url("post_score"), board)(bench.settings.seconds)
    bench.ledger.wait_applied(board, load.requests - load.refused, WITHIN_S)
    return load.rate


def batches(bench: Bench, number: int) -> float:
    board = bench.define_board(f"batches-{number}")
    post = loads.posting_batches(
        bench, bench.stack.url("post_score"), board, scores=BATCH_SCORES, connections=BATCH_CONNECTIONS
    )
    load = post(bench.settings.seconds * BATCH_SENDING_SHARE)
    bench.ledger.wait_applied(board, (load.requests - load.refused) * BATCH_SCORES, WITHIN_S)
    return bench.ledger.progress(board).per_s


def worker(bench: Bench, number: int) -> float:
    """Return what the worker applies of a full queue, the board's document in the cache."""
    board = bench.define_board(f"worker-{number}")
    bench.ledger.fill(board, 1)  # `Bench.live_board`, which the older checkout may not have
    bench.build_document(board)
    commands = _submissions(bench, [board])
    with bench.stack.without("worker"):
        queue_access.publish(bench.stack.private, commands, group=GROUP)
    bench.ledger.wait_applied(board, len(commands), WITHIN_S)
    return bench.ledger.progress(board).in_batches_per_s


def page(bench: Bench, _: int) -> float:
    return loads.reading(bench, bench.stack.url("get_scores") + loads.hot_path(bench))(bench.settings.seconds).rate


def around(bench: Bench, _: int) -> float:
    return loads.walking(bench, PLAYERS, "/standings?around=%s&limit=11")(bench.settings.seconds).rate


def rank(bench: Bench, _: int) -> float:
    return loads.walking(bench, PLAYERS, "/standings/%s")(bench.settings.seconds).rate


MEASUREMENTS: dict[str, Callable[[Bench, int], float]] = {
    "page": page,
    "around": around,
    "rank": rank,
    "scores": scores,
    "batches": batches,
    "worker": worker,
    "transactions": one_board,
    "transactions-many": many_boards,
}


def _transactions(bench: Bench, boards: list[str]) -> float:
    """Return the scores per second of bare transactions."""
    commands = _submissions(bench, boards)
    started = time.perf_counter()
    asyncio.run(_apply_all()(bench.stack.private, commands))
    return COMMANDS / (time.perf_counter() - started)


def _submissions(bench: Bench, boards: list[str]) -> list[SubmitScore]:
    ids, began = JobIds(bench.stack.private.secrets.job_secret), time.time_ns() // 1_000
    return [
        SubmitScore(ids.new(SubmitScore.command), began + i, boards[i % len(boards)], f"p{i % PLAYERS}", i, began + i)
        for i in range(COMMANDS)
    ]


def _apply_all() -> Any:
    try:
        return importlib.import_module("bench.bare_transactions").apply_all
    except ModuleNotFoundError:  # a checkout from before that module has it elsewhere
        return importlib.import_module("bench.measurements.worker")._apply_all


async def _define(stack: BenchStack, boards: list[str]) -> None:
    async with asyncio.timeout(DEFINE_TIMEOUT_S), Client(stack.front_door, stack.keys["admin"]) as client:
        accepted = [await client.define_board(board, {"title": "Benchmark"}) for board in boards]
        for each in accepted:
            await client.ended(each.job)


def _give_up(number: int, _: FrameType | None) -> None:
    """End through the `with` blocks, so that no process is left."""
    raise SystemExit(f"side: ended by signal {number}")


def main() -> None:
    signal.signal(signal.SIGTERM, _give_up)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever compares ends both sides
    with bench_stack() as stack, Ledger(stack.private) as ledger, closing(Wrk()) as generator:
        bench = Bench(Settings.from_environment(), stack, ledger, generator, Meter(stack.private.runner, {}))
        print(READY, flush=True)
        for line in sys.stdin:
            name, number = line.split()
            print(f"{ANSWER}{MEASUREMENTS[name](bench, int(number))}", flush=True)


if __name__ == "__main__":
    main()
