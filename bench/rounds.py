"""Medians and percentiles of what the rounds gave."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Outcome = TypeVar("Outcome")

median = statistics.median


def interleaved(rounds: int, variants: Mapping[str, Callable[[int], Outcome]]) -> dict[str, list[Outcome]]:
    """Run A B A B A B: what drifts on the machine drifts for all variants alike. Each is told the round's number."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in variants}
    for number in range(rounds):
        for name, run in variants.items():
            outcomes[name].append(run(number))
    return outcomes


def percentile(samples: Sequence[float], percent: float) -> float:
    """Return the smallest sample that at least `percent` of all do not exceed (nearest rank)."""
    ordered = sorted(samples)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]
