"""A hot page of a hundred entries, against nginx with the same bytes in a file."""

from collections.abc import Callable

from bench.context import Bench
from bench.stack import static_nginx
from bench.table import Row, at_least
from bench.wrk import Load
from highscores_local.program import Program

PLAYERS = 10_000
ENTRIES = 100
GOAL = 0.5


def run(bench: Bench) -> list[Row]:
    program, url = page_in_a_file(bench)
    path = hot_path(bench)
    with bench.stack.beside(program):
        found = bench.loads(
            "page",
            {
                "nginx": reading(bench, url),
                "get_scores": reading(bench, bench.stack.url("get_scores") + path),
                "through nginx": reading(bench, bench.stack.front_door + path),
            },
        )
    nginx, direct, proxied = found["nginx"], found["get_scores"], found["through nginx"]
    return [
        Row(
            measurement=f"page of {ENTRIES}: get_scores ÷ nginx with a file",
            value=direct.per_s,
            unit="/s",
            reference=nginx.per_s,
            goal=at_least(GOAL),
            p50_ms=direct.p50_ms,
            p99_ms=direct.p99_ms,
        ),
        Row(
            measurement=f"page of {ENTRIES}: get_scores behind nginx ÷ nginx with a file",
            value=proxied.per_s,
            unit="/s",
            reference=nginx.per_s,
            p50_ms=proxied.p50_ms,
            p99_ms=proxied.p99_ms,
        ),
    ]


def hot_path(bench: Bench) -> str:
    return f"/v1/boards/{bench.filled_board(PLAYERS)}/standings?limit={ENTRIES}"


def page_in_a_file(bench: Bench) -> tuple[Program, str]:
    """The yardstick of this machine: nginx with the bytes of the hot page (not started yet), and its URL."""
    return static_nginx(bench.stack, "/page", bench.get("get_scores", hot_path(bench)).decode())


def reading(bench: Bench, url: str) -> Callable[[float], Load]:
    return lambda seconds: bench.wrk.run(url, "same", seconds=seconds)
