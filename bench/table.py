"""What the measurements found, as rows, and how they are printed: GitHub's tables, to be read and to be pasted."""

from collections.abc import Sequence

import msgspec

from bench.usage import Usage

SMALL_CORES = 0.005  # shown as nothing


class Goal(msgspec.Struct, frozen=True):
    """A bound on a row's ratio, or, if it has no reference, on its value."""

    bound: float
    at_least: bool

    def is_met(self, found: float) -> bool:
        return found >= self.bound if self.at_least else found <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {number(self.bound)}"


def at_least(bound: float) -> Goal:
    return Goal(bound, at_least=True)


def at_most(bound: float) -> Goal:
    return Goal(bound, at_least=False)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure. `reference` is what it is divided by, in the same unit; a row without a goal is there to be known."""

    measurement: str
    value: float
    unit: str
    reference: float | None = None
    goal: Goal | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.goal.is_met(self.value if self.ratio is None else self.ratio)


def number(value: float | None) -> str:
    """Three significant digits are more than a busy machine gives."""
    if value is None:
        return ""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def results(rows: Sequence[Row]) -> str:
    head = ["measurement", "value", "unit", "reference", "ratio", "goal", "met", "p50 ms", "p99 ms"]
    body = [
        [
            row.measurement,
            number(row.value),
            row.unit,
            number(row.reference),
            number(row.ratio),
            str(row.goal or ""),
            {True: "yes", False: "**no**", None: ""}[row.met],
            number(row.p50_ms),
            number(row.p99_ms),
        ]
        for row in rows
    ]
    return lines(head, body)


def cores(usages: dict[str, Usage]) -> str:
    return _usage_table({name: _shown(usage.cores) for name, usage in usages.items()})


def memory(usages: dict[str, Usage]) -> str:
    return _usage_table({name: {k: f"{v:.0f}" for k, v in usage.memory_mb.items()} for name, usage in usages.items()})


def _shown(used: dict[str, float]) -> dict[str, str]:
    return {name: f"{value:.2f}" for name, value in used.items() if value >= SMALL_CORES}


def _usage_table(by_variant: dict[str, dict[str, str]]) -> str:
    programs = list(dict.fromkeys(program for used in by_variant.values() for program in used))
    body = [[variant, *(used.get(program, "") for program in programs)] for variant, used in by_variant.items()]
    return lines(["", *programs], body)


def lines(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """One of GitHub's tables."""
    widths = [max(len(line[column]) for line in [head, *body]) for column in range(len(head))]
    every = [head, ["-" * width for width in widths], *body]
    return "\n".join(
        "| " + " | ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)) + " |" for line in every
    )
