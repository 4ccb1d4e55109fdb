"""The four services as programs of this stack: the same environment that a chart would give them, on loopback."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from highscores_local import postgres, probe, rabbitmq
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK, Ports
from highscores_local.program import BASE_ENVIRONMENT, Program
from highscores_local.secrets_file import Secrets

READY_WITHIN_S = 30.0
STOP_WAIT_S = 25
WEB_ROOT = Path("web")

# What the person who types `make up` may set for the services, by prefix; the rest of their environment is ours.
PASSED_ON = ("HIGHSCORES_LOG_", "HIGHSCORES_CORS_", "HIGHSCORES_LIMIT_", "HIGHSCORES_TRACING_", "OTEL_")


@dataclass(frozen=True, slots=True)
class Services:
    home: Home
    ports: Ports
    secrets: Secrets
    repository: Path
    binaries: Path = Path(sys.prefix) / "bin"

    def programs(self) -> list[Program]:
        """All four; in which order they start does not matter."""
        ports = self.ports
        return [
            self._service("worker", ("run",), None, ports.worker_health),
            self._service("post_score", (), ports.post_score, ports.post_score_health),
            self._service("get_scores", (), ports.get_scores, ports.get_scores_health),
            self._service("get_jobs", (), ports.get_jobs, ports.get_jobs_health),
        ]

    def command(self, service: str) -> str:
        return str(self.binaries / service)

    def environment(self, role: str) -> dict[str, str]:
        """What every service is told, with the PostgreSQL role that this one may have."""
        ports, secrets = self.ports, self.secrets
        passwords = {
            postgres.OWNER: secrets.postgres_owner,
            postgres.WRITER: secrets.postgres_writer,
            postgres.READER: secrets.postgres_reader,
        }
        return {
            **passed_on(os.environ),
            **BASE_ENVIRONMENT,
            "HOME": str(self.home.run),
            "HIGHSCORES_POSTGRES_HOST": LOOPBACK,
            "HIGHSCORES_POSTGRES_PORT": str(ports.postgres),
            "HIGHSCORES_POSTGRES_DATABASE": postgres.DATABASE,
            "HIGHSCORES_POSTGRES_USER": role,
            "HIGHSCORES_POSTGRES_PASSWORD": passwords[role],
            "HIGHSCORES_RABBITMQ_HOST": LOOPBACK,
            "HIGHSCORES_RABBITMQ_PORT": str(ports.rabbitmq),
            "HIGHSCORES_RABBITMQ_VHOST": rabbitmq.VHOST,
            "HIGHSCORES_RABBITMQ_USER": rabbitmq.USER,
            "HIGHSCORES_RABBITMQ_PASSWORD": secrets.rabbitmq,
            "HIGHSCORES_JOBS_REDIS_HOST": LOOPBACK,
            "HIGHSCORES_JOBS_REDIS_PORT": str(ports.redis_jobs),
            "HIGHSCORES_JOBS_REDIS_PASSWORD": secrets.redis_jobs,
            "HIGHSCORES_DOCUMENTS_REDIS_HOST": LOOPBACK,
            "HIGHSCORES_DOCUMENTS_REDIS_PORT": str(ports.redis_documents),
            "HIGHSCORES_DOCUMENTS_REDIS_PASSWORD": secrets.redis_documents,
            "HIGHSCORES_JOB_SECRET": secrets.job_secret,
            "HIGHSCORES_WEB_ROOT": str(self.repository / WEB_ROOT),
        }

    def _service(self, name: str, arguments: tuple[str, ...], http: int | None, health: int) -> Program:
        environment = self.environment(postgres.WRITER if name == "worker" else postgres.READER)
        environment |= {"HIGHSCORES_HEALTH_HOST": LOOPBACK, "HIGHSCORES_HEALTH_PORT": str(health)}
        if http is not None:
            environment |= {"HIGHSCORES_HTTP_HOST": LOOPBACK, "HIGHSCORES_HTTP_PORT": str(http)}
        return Program(
            name=name,
            argv=(self.command(name), *arguments),
            directory=self.home.run,
            check=readiness(health),
            environment=environment,
            stop_wait_s=STOP_WAIT_S,
            ready_within_s=READY_WITHIN_S,
        )


def readiness(health_port: int) -> Callable[[], str | None]:
    return lambda: probe.http_ok(health_port, "/readyz")


def passed_on(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(PASSED_ON)}
