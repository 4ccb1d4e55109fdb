"""python -m bench --against DIR: this checkout beside another one, each measured in turns on a stack of its own."""

import os
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.servers import REPOSITORY

from bench import table
from bench.settings import RATIO_ROUNDS
from bench.side import ANSWER, READY, WARM_UP_ROUND

SIDE = Path(__file__).with_name("side.py")
SLOWER_MAX = 0.05
END_WITHIN_S = 60.0
RESAMPLES = 10_000


class ComparisonError(Exception):
    """A side could not be measured; its own words are on stderr."""


class Paired(NamedTuple):
    """What each round gave, here and there."""

    here: list[float]
    there: list[float]

    @property
    def ratios(self) -> list[float]:
        return [here / there for here, there in zip(self.here, self.there, strict=True)]

    @property
    def ratio(self) -> float:
        return statistics.median(self.ratios)

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the median of the ratios, by resampling the rounds; the same for the same rounds."""
        chance = random.Random(0)
        ratios = self.ratios
        medians = [statistics.median(chance.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES)]
        cuts = statistics.quantiles(medians, n=40)
        return cuts[0], cuts[-1]

    @property
    def is_slower(self) -> bool:
        """Whether the interval lies wholly beyond what is allowed."""
        return self.interval[1] < 1 - SLOWER_MAX


class Side:
    """A process in one checkout, with the packages of that checkout."""

    def __init__(self, checkout: Path, process: "subprocess.Popen[str]") -> None:
        self._checkout = checkout
        self._process = process

    def measure(self, name: str, number: int) -> float:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{name} {number}\n")
        self._process.stdin.flush()
        return float(self.heard(ANSWER))

    def heard(self, beginning: str) -> str:
        """Wait for the line that begins so; return what follows."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(beginning):
                return line.removeprefix(beginning).strip()
        raise ComparisonError(f"{self._checkout} has ended")


def compare(names: Sequence[str], other: Path) -> int:
    """Print what both sides gave; return 1 when a row is slower here for certain."""
    found: dict[str, Paired] = {}
    with ExitStack() as sides:
        here, there = (sides.enter_context(_side(checkout)) for checkout in (REPOSITORY, other))
        for side in (here, there):
            side.heard(READY)
        for name in names:
            found[name] = _paired(name, here, there)
            print(_table({name: found[name]}).splitlines()[-1], flush=True)
    print(f"\n{RATIO_ROUNDS} rounds in turns; the median of the ratios, here ÷ there, and its 95 % interval\n")
    print(_table(found))
    return 1 if any(paired.is_slower for paired in found.values()) else 0


def _paired(name: str, here: Side, there: Side) -> Paired:
    """One round of each that does not count; then each goes first in every other round."""
    paired = Paired([], [])
    for side in (here, there):
        side.measure(name, WARM_UP_ROUND)
    for number in range(RATIO_ROUNDS):
        turns = [(here, paired.here), (there, paired.there)]
        for side, figures in turns if number % 2 == 0 else reversed(turns):
            figures.append(side.measure(name, number))
    return paired


def _table(found: dict[str, Paired]) -> str:
    head = ["measurement", "here /s", "there /s", "ratio", "95 %", f"slower by more than {SLOWER_MAX:.0%}"]
    body = [
        [
            name,
            table.number(statistics.median(paired.here)),
            table.number(statistics.median(paired.there)),
            f"{paired.ratio:.3f}",
            "{:.3f} to {:.3f}".format(*paired.interval),
            "**yes**" if paired.is_slower else "no",
        ]
        for name, paired in found.items()
    ]
    return table.lines(head, body)


@contextmanager
def _side(checkout: Path) -> Iterator[Side]:
    process = subprocess.Popen(
        [checkout / ".venv" / "bin" / "python", "-P", SIDE],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
    )
    try:
        yield Side(checkout, process)
    finally:
        process.terminate()
        try:
            process.wait(END_WITHIN_S)
        finally:
            process.kill()
