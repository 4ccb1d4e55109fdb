"""The whole service for tests: the servers, the four services as real processes, nginx in front, and three API keys."""

import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from tests.servers import PrivateStack, private_stack

from highscores_local import postgres
from highscores_local.ports import LOOPBACK, free_ports
from highscores_local.program import Program
from highscores_local.services import readiness

WEB_SERVICES = ("post_score", "get_scores", "get_jobs")
SERVICES = ("worker", *WEB_SERVICES)
FRONT_DOOR = "nginx"
ONCE_TIMEOUT_S = 60
LISTED_ORIGIN = "https://studio.example"
SETTINGS = {"HIGHSCORES_CORS_ORIGINS": LISTED_ORIGIN}


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """One key for each scope."""

    admin: str
    submit: str
    read: str

    @classmethod
    def generate(cls) -> "ApiKeys":
        return cls(*(f"hs_{secrets.token_urlsafe(32)}" for _ in range(3)))


@dataclass(frozen=True, slots=True)
class Stack:
    """Programs by name: rabbitmq, postgres, redis-jobs, redis-documents, the services, nginx; further workers have
    numbers: worker, worker-2, worker-3.
    """

    private: PrivateStack
    keys: ApiKeys
    workers: tuple[str, ...] = ("worker",)

    @property
    def services(self) -> tuple[str, ...]:
        return (*self.workers, *WEB_SERVICES)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.private.ports.page}"

    def kill(self, *names: str) -> None:
        """kill -9, children included; nobody brings it back but `start`."""
        self.private.kill(*names)

    def start(self, *names: str) -> None:
        """Start the programs and wait until they are ready."""
        self.private.start(*names)

    def restart(self, *names: str) -> None:
        """An orderly stop, then `start`."""
        self.private.restart(*names)

    def stop(self, name: str) -> None:
        """SIGSTOP: it keeps its connections and answers nothing, until `go_on`."""
        self.private.pause(name)

    def go_on(self, name: str) -> None:
        self.private.resume(name)

    def pid(self, name: str) -> int:
        return self.private.runner.running[name].pid

    def health_port(self, name: str) -> int:
        return int(self.private.programs[name].environment["HIGHSCORES_HEALTH_PORT"])

    def is_running(self, name: str) -> bool:
        return self.private.runner.is_running(self.private.programs[name])

    def set(self, name: str, settings: Mapping[str, str]) -> None:
        """Give the program these settings from its next start on."""
        program = self.private.programs[name]
        self.private.programs[name] = replace(program, environment={**program.environment, **settings})

    def query(self, sql: str) -> str:
        """What the database answers its superuser, a row on each line with | between columns."""
        return self.private.servers.postgres.query(sql, postgres.DATABASE).strip()

    def worker(self, *arguments: str, settings: Mapping[str, str] | None = None) -> None:
        """Run a subcommand of the worker to its end, as the owner of the database."""
        private = self.private
        result = subprocess.run(
            private.home.user.wrap([private.services.command("worker"), *arguments]),
            cwd=private.home.run,
            env={**private.services.environment(postgres.OWNER), **(settings or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ONCE_TIMEOUT_S,
            check=False,
        )
        assert result.returncode == 0, result.stderr

    @contextmanager
    def second_post_score(self, settings: Mapping[str, str]) -> Iterator[str]:
        """Another post_score beside the first, with its own settings; its URL, which nginx knows nothing of."""
        ports, private = free_ports(), self.private
        first = private.programs["post_score"]
        own = {"HIGHSCORES_HTTP_PORT": str(ports.post_score), "HIGHSCORES_HEALTH_PORT": str(ports.post_score_health)}
        second = replace(
            first,
            name="post_score-2",
            check=readiness(ports.post_score_health),
            environment={**first.environment, **own, **settings},
        )
        private.runner.start(second)
        try:
            private.runner.wait_ready(second)
            yield f"http://{LOOPBACK}:{ports.post_score}"
        finally:
            private.runner.stop(second)

    def fresh_key(self, scope: str) -> str:
        """A key that no test has used, with the allowance of its own that each has."""
        key = f"hs_{secrets.token_urlsafe(32)}"
        self.store_key(scope, key)
        return key

    def store_key(self, scope: str, key: str) -> None:
        self.worker("keys", "ensure", "--scope", scope, "--name", f"test-{scope}", settings={"HIGHSCORES_KEY": key})


@contextmanager
def running_stack(settings: Mapping[str, str] | None = None, *, workers: int = 1) -> Iterator[Stack]:
    """Servers of its own with all on top of them; `settings` go to every service. No process is left afterwards."""
    with private_stack() as private:
        stack = Stack(private, ApiKeys.generate(), ("worker", *(f"worker-{n}" for n in range(2, workers + 1))))
        for name in stack.workers[1:]:
            private.programs[name] = _twin(private.programs["worker"], name)
        for name in stack.services:
            stack.set(name, settings or {})
        stack.worker("migrate")
        for scope in ("admin", "submit", "read"):
            stack.store_key(scope, getattr(stack.keys, scope))
        stack.start(*stack.services)
        stack.start(FRONT_DOOR)
        yield stack


def of_board(board: str) -> str:
    """The condition of SQL for the rows that are of the living board of this name."""
    return f"board_number in (select number from boards where board = '{board}' and deleted_at is null)"


def _twin(worker: Program, name: str) -> Program:
    """Another worker beside the first; it listens for probes only."""
    port = free_ports().worker_health
    environment = {**worker.environment, "HIGHSCORES_HEALTH_PORT": str(port)}
    return replace(worker, name=name, check=readiness(port), environment=environment)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One for all tests that leave it as it is. It shares nothing with `servers`, whose queues have other readers."""
    with running_stack(SETTINGS) as running:
        yield running
