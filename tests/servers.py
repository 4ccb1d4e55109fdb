"""A private stack for tests: real servers on free ports in a temporary directory, which tests may kill at will.

The servers are the ones of `make up`, made by the same code; only supervisor is missing, which would bring back at once
what a test has killed.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from highscores_local import routes
from highscores_local.home import Home
from highscores_local.nginx import Nginx
from highscores_local.ports import Ports, free_ports
from highscores_local.processes import belonging_to
from highscores_local.program import Program
from highscores_local.runner import Runner
from highscores_local.secrets_file import Secrets
from highscores_local.servers import Servers
from highscores_local.services import Services
from highscores_local.stack import process_user

REPOSITORY = Path(__file__).resolve().parent.parent
KEEP_VARIABLE = "HIGHSCORES_KEEP_TEST_STATE"
END_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class PrivateStack:
    """Programs by name: epmd, rabbitmq, postgres, redis-jobs, redis-documents, the four services, nginx."""

    home: Home
    ports: Ports
    secrets: Secrets
    servers: Servers
    services: Services
    programs: dict[str, Program]
    runner: Runner

    def start(self, *names: str) -> None:
        """Start the named programs together and wait until all are ready."""
        for name in names:
            self.runner.start(self.programs[name])
        for name in names:
            self.runner.wait_ready(self.programs[name])

    def stop(self, *names: str) -> None:
        """Stop them as an operator would, each after the one before."""
        for name in names:
            self.runner.stop(self.programs[name])

    def kill(self, *names: str) -> None:
        """kill -9, children included."""
        for name in names:
            self.runner.kill(self.programs[name])

    def restart(self, *names: str) -> None:
        self.stop(*names)
        self.start(*names)

    def pause(self, name: str) -> None:
        """SIGSTOP: it holds its connections and answers nothing."""
        self.runner.signal(self.programs[name], signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.runner.signal(self.programs[name], signal.SIGCONT)

    def environment(self, role: str) -> dict[str, str]:
        """The HIGHSCORES_ settings of a service with this PostgreSQL role (see highscores_local.postgres)."""
        return {
            name: value for name, value in self.services.environment(role).items() if name.startswith("HIGHSCORES_")
        }

    def log(self, name: str) -> str:
        return self.runner.log_of(self.programs[name]).read_text(encoding="utf-8", errors="replace")


SERVERS = ("rabbitmq", "postgres", "redis-jobs", "redis-documents")


@contextmanager
def private_stack(names: tuple[str, ...] = SERVERS) -> Iterator[PrivateStack]:
    """A stack of its own with the named servers running and an empty database; nothing of it is left afterwards."""
    root = Path(tempfile.mkdtemp(prefix="highscores-test-"))
    stack = _make(root)
    try:
        if "rabbitmq" in names:
            stack.start("epmd")
        stack.start(*names)
        stack.servers.postgres.create_database()
        yield stack
    finally:
        stack.runner.kill_all(stack.programs.values())
        leftovers = belonging_to(stack.home)
        leftovers.kill_survivors(within_s=END_WITHIN_S)
        if os.environ.get(KEEP_VARIABLE):
            print(f"\nkept: {root}")
        else:
            shutil.rmtree(root)
        assert not leftovers.members, f"processes that nobody stopped: {leftovers.members}"


def _make(root: Path) -> PrivateStack:
    home = Home(root, process_user(REPOSITORY))
    home.create()
    ports = free_ports()
    secrets = Secrets.generate()
    servers = Servers.on(home, ports, secrets)
    services = Services(home, ports, secrets, REPOSITORY)
    nginx = Nginx(home, ports, routes.load(REPOSITORY), REPOSITORY)
    for part in (servers, nginx):
        part.configure()
        part.initialise()
    programs = [*servers.programs(), *services.programs(), nginx.program()]
    return PrivateStack(
        home=home,
        ports=ports,
        secrets=secrets,
        servers=servers,
        services=services,
        programs={program.name: program for program in programs},
        runner=Runner(home),
    )


@pytest.fixture(scope="session")
def servers() -> Iterator[PrivateStack]:
    """PostgreSQL, RabbitMQ and both Redis, shared by all tests of a run."""
    with private_stack() as stack:
        yield stack
