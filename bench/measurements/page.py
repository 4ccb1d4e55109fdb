"""A hot page of a hundred entries, against nginx with the same bytes in a file."""

from bench.context import Bench
from bench.loads import HOT_ENTRIES, hot_path, page_in_a_file, reading
from bench.stack import STATIC_KEPT_OPEN, STATIC_PLAIN
from bench.table import Row, at_least

GOAL = 0.5


def run(bench: Bench) -> list[Row]:
    program, url = page_in_a_file(bench)
    path = hot_path(bench)
    with bench.stack.beside(program):
        found = bench.loads(
            "page",
            {
                "nginx": reading(bench, url + STATIC_PLAIN),
                "nginx, file kept open": reading(bench, url + STATIC_KEPT_OPEN),
                "get_scores": reading(bench, bench.stack.url("get_scores") + path),
                "behind nginx": reading(bench, bench.stack.front_door + path),
            },
        )
    nginx, kept_open = found["nginx"], found["nginx, file kept open"]
    direct, behind = found["get_scores"], found["behind nginx"]
    return [
        Row(
            measurement=f"page of {HOT_ENTRIES}: get_scores ÷ nginx with a file",
            value=direct.per_s,
            unit="/s",
            reference=nginx.per_s,
            goal=at_least(GOAL),
            p50_ms=direct.p50_ms,
            p99_ms=direct.p99_ms,
        ),
        Row(
            measurement="... ÷ nginx with a file that it keeps open",
            value=direct.per_s,
            unit="/s",
            reference=kept_open.per_s,
        ),
        Row(
            measurement="... get_scores behind nginx ÷ nginx with a file",
            value=behind.per_s,
            unit="/s",
            reference=nginx.per_s,
            p50_ms=behind.p50_ms,
            p99_ms=behind.p99_ms,
        ),
    ]
