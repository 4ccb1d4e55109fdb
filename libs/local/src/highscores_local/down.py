"""`make down`: stop everything in order, and make sure that nothing is left."""

import time
from pathlib import Path

from highscores_local import identity
from highscores_local.errors import StackError
from highscores_local.processes import Family, belonging_to, tree
from highscores_local.program import Program
from highscores_local.stack import Stack, exclusively, known

SUPERVISOR_STOP_S = 10.0
LEFTOVER_WAIT_S = 20.0
POLL_INTERVAL_S = 0.05


def down(repository: Path) -> None:
    with exclusively(repository):
        stack = known(repository, identity.current())
        if stack is None:
            print("Nothing runs: this stack was never started.")
            return
        was_running = stack.supervisor.is_alive()
        if was_running:
            stop(stack)
        leftovers = end_leftovers(stack)
        print("Everything is stopped; the data stays." if was_running or leftovers else "Nothing runs.")


def stop(stack: Stack) -> None:
    """In the reverse of the order of starting: first the door, then the services, then what they lean on."""
    family = tree(stack.supervisor.pid())
    stop_services(stack)
    port_mapper, *servers = stack.servers.programs()
    _stop_together(stack, servers)
    _stop_together(stack, [port_mapper])
    stack.supervisor.shutdown()
    deadline = time.monotonic() + SUPERVISOR_STOP_S
    while stack.supervisor.is_alive() and time.monotonic() < deadline:
        time.sleep(POLL_INTERVAL_S)
    _end(family)


def stop_services(stack: Stack) -> None:
    _stop_together(stack, [stack.nginx.program()])
    _stop_together(stack, stack.services.programs())


def end_leftovers(stack: Stack) -> bool:
    """End processes that an unclean end (kill -9 of supervisord) left behind; True if there were any."""
    family = belonging_to(stack.home)
    _end(family)
    return bool(family.members)


def _stop_together(stack: Stack, programs: list[Program]) -> None:
    stack.supervisor.stop(
        [program.name for program in programs], within_s=max(program.stop_wait_s for program in programs)
    )


def _end(family: Family) -> None:
    for process in family.ask_to_end(within_s=LEFTOVER_WAIT_S):
        print(f"  {process.command} (process {process.pid}) did not end by itself and was killed")
    survivors = family.survivors()
    if survivors:
        names = ", ".join(f"{process.command} ({process.pid})" for process in survivors)
        raise StackError(f"These processes are still there: {names}")
