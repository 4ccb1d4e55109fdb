"""`make up`: from whatever state the stack is in to all of it ready."""

import subprocess
import time
from pathlib import Path

from highscores_local import demo, down, keys, machine, postgres
from highscores_local.errors import StackError
from highscores_local.ports import Ports
from highscores_local.processes import tail
from highscores_local.program import Program
from highscores_local.stack import Stack, exclusively, process_user, recorded

MIGRATE_TIMEOUT_S = 120


def up(repository: Path) -> None:
    """Idempotent: what is missing is installed, made, started; what is there is left alone."""
    with exclusively(repository):
        machine.install(repository, machine.missing_server_packages())
        stack = Stack.of(repository, process_user(repository), Ports.from_environment())
        began = time.monotonic()
        _supervise(stack)
        if is_ready(stack):
            print("Everything is running already.")
        else:
            bring_up(stack)
            print(f"Everything is ready, after {time.monotonic() - began:.0f} s.")
        demo.ensure(stack)
        print(welcome(stack))


def is_ready(stack: Stack) -> bool:
    states = stack.supervisor.states()
    return all(states[program.name].is_up and program.check() is None for program in stack.programs()) and keys.exist(
        stack
    )


def bring_up(stack: Stack) -> None:
    """Servers, tables and keys, services, nginx. RabbitMQ is the slowest to start: what can be is done meanwhile."""
    servers = stack.servers.programs()
    for program in servers:
        stack.supervisor.start(program)
        if program.name == "epmd":
            stack.supervisor.wait_ready(program)
    database = stack.servers.postgres
    _wait(stack, database.program())
    database.create_database()
    migrate(stack)
    keys.ensure(stack)
    for program in servers:
        if program.name != database.program().name:
            _wait(stack, program)
    start_services(stack)


def start_services(stack: Stack) -> None:
    services = stack.services.programs()
    for program in services:
        stack.supervisor.start(program)
    for program in services:
        _wait(stack, program)
    stack.supervisor.start(stack.nginx.program())
    _wait(stack, stack.nginx.program())


def migrate(stack: Stack) -> None:
    """Bring the tables up to date, as the role that owns them."""
    log = stack.home.log / "migrate.log"
    with log.open("wb") as output:
        try:
            result = subprocess.run(
                stack.home.user.wrap([stack.services.command("worker"), "migrate"]),
                cwd=stack.home.run,
                env=stack.services.environment(postgres.OWNER),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=MIGRATE_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise StackError(f"The migration took longer than {MIGRATE_TIMEOUT_S} s:\n{tail(log)}") from error
    if result.returncode != 0:
        raise StackError(f"The migration failed; the end of {log}:\n{tail(log)}")
    print("  tables are up to date")


def welcome(stack: Stack) -> str:
    assignments = keys.read(stack)
    return (
        f"\n"
        f"  page        {stack.url}\n"
        f"  keys        {keys.file(stack)}\n"
        + "".join(f"              {name}={value}\n" for name, value in assignments.items() if name.endswith("_KEY"))
        + f"  try         curl {stack.url}/v1/boards/arcade/standings?limit=3\n"
        f"  stop        make down          more: make help\n"
    )


def _supervise(stack: Stack) -> None:
    """Have supervisord running with the settings of now."""
    stack.home.create()
    before = recorded(stack.repository)
    configuration = stack.configure()
    if before is not None:
        last = Stack.of(stack.repository, stack.home.user, before.ports)
        if last.supervisor.is_alive():
            if before.configuration == configuration:
                return
            print("The settings have changed since the start: stopping first.")
            down.stop(last)
        down.end_leftovers(last)
    stack.ports.refuse_taken()
    stack.initialise()
    if stack.home.user.note:
        print(stack.home.user.note)
    stack.record(configuration)
    stack.supervisor.launch()


def _wait(stack: Stack, program: Program) -> None:
    began = time.monotonic()
    stack.supervisor.wait_ready(program)
    waited = time.monotonic() - began
    print(f"  {program.name} is ready" + (f" ({waited:.1f} s)" if waited > 0.5 else ""))
