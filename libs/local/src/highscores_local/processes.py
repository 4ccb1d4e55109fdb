"""Which processes belong to a stack, read from /proc: `make down` promises that none is left."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from highscores_local.home import Home

PROC = Path("/proc")
MARK_VARIABLE = "HIGHSCORES_STACK"
POLL_INTERVAL_S = 0.05
KILLED_WAIT_S = 5.0
TAIL_LINES = 25
TAIL_BYTES = 16_384
START_TIME_FIELD = 19  # counted after the command's closing parenthesis, see proc(5): field 22 of stat
PARENT_FIELD = 1


@dataclass(frozen=True, slots=True)
class Process:
    """A process id alone may be reused; with its start time it names one process for good."""

    pid: int
    started: int
    command: str

    def is_alive(self) -> bool:
        stat = _stat(self.pid)
        return stat is not None and int(stat[1][START_TIME_FIELD]) == self.started and stat[1][0] != "Z"


@dataclass(frozen=True, slots=True)
class Family:
    """A process and everything that descended from it, as it was at one moment."""

    members: tuple[Process, ...]

    def pids(self) -> list[int]:
        return [process.pid for process in self.members if process.is_alive()]

    def ask_to_end(self, within_s: float) -> list[Process]:
        """SIGTERM to all, then as kill_survivors: for processes that nobody looks after any more."""
        for process in self.survivors():
            _signal(process, signal.SIGTERM)
        return self.kill_survivors(within_s)

    def kill_survivors(self, within_s: float) -> list[Process]:
        """Wait for all to end, then kill -9 those who did not; returns the ones that had to be killed."""
        alive = self._wait(within_s)
        for process in alive:
            _signal(process, signal.SIGKILL)
        self._wait(KILLED_WAIT_S)
        return alive

    def _wait(self, within_s: float) -> list[Process]:
        deadline = time.monotonic() + within_s
        while (alive := self.survivors()) and time.monotonic() < deadline:
            time.sleep(POLL_INTERVAL_S)
        return alive

    def survivors(self) -> list[Process]:
        return [process for process in self.members if process.is_alive()]


def tree(root: int) -> Family:
    """`root` and all its descendants."""
    children: dict[int, list[int]] = {}
    commands: dict[int, Process] = {}
    for pid in _pids():
        stat = _stat(pid)
        if stat is not None:
            command, fields = stat
            children.setdefault(int(fields[PARENT_FIELD]), []).append(pid)
            commands[pid] = Process(pid, int(fields[START_TIME_FIELD]), command)
    found: list[Process] = []
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid in commands:
            found.append(commands[pid])
        waiting.extend(children.get(pid, []))
    return Family(tuple(found))


def belonging_to(home: Home) -> Family:
    """The processes of a stack, whatever became of their parents.

    They carry the stack's mark in their environment or work in one of its directories. Either alone would miss some:
    PostgreSQL writes its title over its environment, and a daemon changes to the root directory.
    """
    known_by = f"{MARK_VARIABLE}={home.root}".encode()
    found = []
    for pid in _pids():
        stat = _stat(pid)
        if stat is not None and pid != os.getpid() and (_works_in(pid, home) or known_by in _environment(pid)):
            found.append(Process(pid, int(stat[1][START_TIME_FIELD]), stat[0]))
    return Family(tuple(found))


def mark(home: Home) -> dict[str, str]:
    """The variable by which a process is known as one of this stack."""
    return {MARK_VARIABLE: str(home.root)}


def memory_bytes(family: Family) -> int:
    """Memory by proportional share: what processes share counts once. 0 where the kernel does not let us look."""
    total = 0
    for pid in family.pids():
        try:
            rollup = (PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024


def tail(file: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, for the person who has to find out what went wrong."""
    if not file.exists():
        return f"({file} does not exist)"
    with file.open("rb") as log:
        log.seek(max(0, file.stat().st_size - TAIL_BYTES))
        text = log.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])


def _works_in(pid: int, home: Home) -> bool:
    try:
        directory = Path(os.readlink(PROC / str(pid) / "cwd"))
    except OSError:
        return False
    return directory.is_relative_to(home.data) or directory.is_relative_to(home.run)


def _environment(pid: int) -> list[bytes]:
    try:
        return (PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> tuple[str, list[str]] | None:
    """The command and the fields that follow it; the command is in parentheses and may hold any character."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    head, _, rest = text.rpartition(")")
    return head.partition("(")[2], rest.split()


def _signal(process: Process, number: signal.Signals) -> None:
    if process.is_alive():
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
