"""The loads that several measurements put on the services: functions that run for so many seconds."""

import itertools
from collections.abc import Callable

from bench.context import Bench
from bench.stack import static_nginx
from bench.wrk import Load
from highscores_local.program import Program

HOT_PLAYERS = 10_000
HOT_ENTRIES = 100
SUBMITTING_PLAYERS = 100_000

_seeds = itertools.count(1)  # each run sends other scores, but the same ones in each `make bench`


def hot_path(bench: Bench) -> str:
    """The page that everybody looks at."""
    return f"/v1/boards/{bench.filled_board(HOT_PLAYERS)}/standings?limit={HOT_ENTRIES}"


def page_in_a_file(bench: Bench) -> tuple[Program, str]:
    """The yardstick of this machine: nginx with the bytes of the hot page in a file (not started), and its URL."""
    return static_nginx(bench.stack, bench.get("get_scores", hot_path(bench)).decode())


def reading(bench: Bench, url: str) -> Callable[[float], Load]:
    return lambda seconds: bench.wrk.run(url, "same", seconds=seconds)


def walking(bench: Bench, players: int, path: str) -> Callable[[float], Load]:
    """Read of one player after the other (%s in the path behind the board) on the board of so many.

    Each comes again too seldom to find an answer that is still in process.
    """
    template = f"/v1/boards/{bench.filled_board(players)}{path}"
    return lambda seconds: bench.wrk.run(bench.stack.url("get_scores"), "walk", template, players, 0, seconds=seconds)


def posting(bench: Bench, url: str, board: str) -> Callable[[float], Load]:
    """Single scores of random players, as fast as the answers come."""
    return lambda seconds: bench.wrk.run(
        f"{url}/v1/scores",
        "score",
        *(board, SUBMITTING_PLAYERS, 0, next(_seeds)),
        seconds=seconds,
        headers=json_headers(bench),
    )


def posting_batches(bench: Bench, url: str, *boards: str, scores: int, connections: int) -> Callable[[float], Load]:
    """Batch requests, each of one board, the boards in turns."""
    return lambda seconds: bench.wrk.run(
        f"{url}/v1/scores/batch",
        "batch",
        *(",".join(boards), SUBMITTING_PLAYERS, scores, next(_seeds)),
        seconds=seconds,
        headers=json_headers(bench),
        connections=connections,
    )


def json_headers(bench: Bench) -> dict[str, str]:
    return {"Content-Type": "application/json", **bench.stack.authorization("submit")}
