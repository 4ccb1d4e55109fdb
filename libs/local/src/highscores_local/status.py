"""`make status`: what runs, since when, with how much memory, and whether it is ready."""

import time
from pathlib import Path

from highscores_local import identity
from highscores_local.processes import memory_bytes, tree
from highscores_local.program import Program
from highscores_local.stack import Stack, known

MIB = 1024 * 1024
ROW = "{:<16} {:<10} {:>8} {:>9} {:>9}  {}"


def status(repository: Path) -> bool:
    """Print the table; True when everything is ready."""
    stack = known(repository, identity.current())
    if stack is None or not stack.supervisor.is_alive():
        print("Nothing runs. Start it with: make up")
        return False
    print(ROW.format("program", "state", "process", "memory", "since", "ready"))
    unready = [program.name for program in stack.programs() if not _row(stack, program)]
    return not unready


def _row(stack: Stack, program: Program) -> bool:
    name = program.name
    state = stack.supervisor.states()[name]
    if not state.is_up:
        print(ROW.format(name, state.state.lower(), "-", "-", "-", f"no, see {stack.supervisor.log_of(name)}"))
        return False
    reason = program.check()
    print(
        ROW.format(
            name,
            state.state.lower(),
            state.pid,
            f"{memory_bytes(tree(state.pid)) / MIB:.0f} MiB",
            duration(time.time() - state.started),
            "yes" if reason is None else f"no: {reason}",
        )
    )
    return reason is None


def duration(seconds: float) -> str:
    minutes, hours = seconds / 60, seconds / 3600
    if hours >= 1:
        return f"{hours:.1f} h"
    return f"{minutes:.1f} min" if minutes >= 1 else f"{seconds:.0f} s"
