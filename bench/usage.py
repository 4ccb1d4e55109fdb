"""Processor time and memory of the programs under measurement, read from /proc."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from highscores_local.processes import memory_bytes, tree
from highscores_local.runner import Runner

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
# utime, stime, and both of the children that have ended (PostgreSQL's connections), counted after the command's closing
# parenthesis, see proc(5).
CPU_FIELDS = slice(11, 15)


class Usage(msgspec.Struct, frozen=True):
    """What the programs took in the windows of one variant: cores (processor seconds per second), memory at the end."""

    seconds: float
    cores: dict[str, float]
    memory_mb: dict[str, float]


class Meter:
    """`own` are processor seconds of what is no program of the stack: the generator, this process."""

    def __init__(self, runner: Runner, own: Mapping[str, Callable[[], float]]) -> None:
        self._runner = runner
        self._own = own
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._cpu: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._memory: dict[str, dict[str, float]] = {}

    @contextmanager
    def window(self, variant: str) -> Iterator[None]:
        """Count what is used until its end for `variant`. What a service that ends in it has used is not seen."""
        before, own_before, began = self._cpu_by_pid(), self._own_cpu(), time.monotonic()
        yield
        self._seconds[variant] += time.monotonic() - began
        for (program, pid), used in self._cpu_by_pid().items():
            self._cpu[variant][program] += used - before.get((program, pid), 0.0)
        for name, used in self._own_cpu().items():
            self._cpu[variant][name] += used - own_before[name]
        self._memory[variant] = {
            name: memory_bytes(tree(process.pid)) / 1e6 for name, process in self._runner.running.items()
        }

    def usages(self) -> dict[str, Usage]:
        return {
            variant: Usage(
                seconds,
                {name: used / seconds for name, used in self._cpu[variant].items()},
                self._memory[variant],
            )
            for variant, seconds in self._seconds.items()
        }

    def _cpu_by_pid(self) -> dict[tuple[str, int], float]:
        return {
            (name, pid): _cpu_s(pid)
            for name, process in self._runner.running.items()
            for pid in tree(process.pid).pids()
        }

    def _own_cpu(self) -> dict[str, float]:
        return {name: used() for name, used in self._own.items()}


def resident_mb(pid: int) -> float:
    """Resident memory of one process in MB of 10^6 bytes."""
    pages = int((PROC / str(pid) / "statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _cpu_s(pid: int) -> float:
    try:
        fields = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[CPU_FIELDS])) / TICKS_PER_S
