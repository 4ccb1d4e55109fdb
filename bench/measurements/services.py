"""Each service: from its start to ready, and its memory after the start and after load."""

import time
from collections.abc import Callable

from bench.context import Bench
from bench.loads import HOT_PLAYERS, hot_path, posting, posting_batches, reading, walking
from bench.rounds import interleaved
from bench.settings import ROUNDS
from bench.stack import SERVICES
from bench.table import Row, at_most
from bench.usage import resident_mb
from bench.wrk import Load

START_GOAL_S = 3.0
MEMORY_GOAL_MB = 120.0
LOAD_SHARE = 0.6  # of a round, for each of the loads
BATCH, BATCH_CONNECTIONS = 500, 4
PAGES_OF_ALL = "/standings?around=%s&limit=25"
WITHIN_S = 180.0


def run(bench: Bench) -> list[Row]:
    board = bench.live_board("services")
    job = bench.submit(board, "ada", 1)
    page = bench.stack.url("get_scores") + hot_path(bench)
    started = interleaved(ROUNDS, {service: _starting(bench, service) for service in SERVICES})
    start_mb = {service: _memory_mb(bench, service) for service in SERVICES}
    post_score = bench.stack.url("post_score")
    loads: list[Callable[[float], Load]] = [
        reading(bench, page),
        walking(bench, HOT_PLAYERS, PAGES_OF_ALL),
        reading(bench, bench.stack.url("get_jobs") + f"/v1/jobs/{job}"),
        posting(bench, post_score, board),
        posting_batches(bench, post_score, board, scores=BATCH, connections=BATCH_CONNECTIONS),
    ]
    for load in loads:
        load(bench.settings.seconds * LOAD_SHARE)
    bench.ledger.wait_applied(board, 1, WITHIN_S)
    rows = []
    for service in SERVICES:
        rows += [
            Row(
                measurement=f"{service}: start to ready",
                value=bench.record(f"services: {service}, start to ready, s", started[service]),
                unit="s",
                goal=at_most(START_GOAL_S),
            ),
            Row(
                measurement=f"{service}: memory after load",
                value=_memory_mb(bench, service),
                unit="MB",
                goal=at_most(MEMORY_GOAL_MB),
            ),
            Row(measurement="... after its start", value=start_mb[service], unit="MB"),
        ]
    return rows


def _starting(bench: Bench, service: str) -> Callable[[int], float]:
    """Stop the service; return the seconds that it takes to be ready again."""

    def start(_: int) -> float:
        bench.stack.private.stop(service)
        began = time.perf_counter()
        bench.stack.private.start(service)
        return time.perf_counter() - began

    return start


def _memory_mb(bench: Bench, service: str) -> float:
    return resident_mb(bench.stack.private.runner.running[service].pid)
