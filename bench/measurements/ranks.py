"""Around a player, and one player's rank, on a large board against a small one."""

from bench import documents_access
from bench.context import Bench, Median
from bench.loads import walking
from bench.table import Row, at_least

SMALL, LARGE, HUGE = 10_000, 1_000_000, 10_000_000
GOALS = {LARGE: 0.9, HUGE: 0.7}
HUGE_MEMORY = "12gb"  # more than the stack allows its documents
AROUND_ENTRIES = 11
READS = {"around": f"/standings?around=%s&limit={AROUND_ENTRIES}", "rank": "/standings/%s"}


def run(bench: Bench) -> list[Row]:
    large = [LARGE]
    if bench.settings.large:
        large.append(HUGE)
        documents_access.allow_memory(bench.stack.private, HUGE_MEMORY)
    variants = {
        f"{read} {players:,}": walking(bench, players, path)
        for read, path in READS.items()
        for players in (SMALL, *large)
    }
    found = bench.loads("ranks", variants)
    return [_row(found, read, players) for players in large for read in READS]


def _row(found: dict[str, Median], read: str, players: int) -> Row:
    large = found[f"{read} {players:,}"]
    return Row(
        measurement=f"{read}: board of {players:,} ÷ board of {SMALL:,}",
        value=large.per_s,
        unit="/s",
        reference=found[f"{read} {SMALL:,}"].per_s,
        goal=at_least(GOALS[players]),
        p50_ms=large.p50_ms,
        p99_ms=large.p99_ms,
    )
