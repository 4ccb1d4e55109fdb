"""The four servers behind the services, as one thing: what `make up` and the tests' fixtures both start."""

from dataclasses import dataclass

from highscores_local import redis
from highscores_local.home import Home
from highscores_local.ports import Ports
from highscores_local.postgres import Postgres
from highscores_local.program import Program
from highscores_local.rabbitmq import RabbitMQ
from highscores_local.redis import Redis
from highscores_local.secrets_file import Secrets


@dataclass(frozen=True, slots=True)
class Servers:
    postgres: Postgres
    rabbitmq: RabbitMQ
    redis_jobs: Redis
    redis_documents: Redis

    @classmethod
    def on(cls, home: Home, ports: Ports, secrets: Secrets) -> "Servers":
        return cls(
            postgres=Postgres(home, ports.postgres, secrets),
            rabbitmq=RabbitMQ.on(home, ports, secrets),
            redis_jobs=redis.jobs(home, ports.redis_jobs, secrets.redis_jobs),
            redis_documents=redis.documents(home, ports.redis_documents, secrets.redis_documents),
        )

    def configure(self) -> None:
        """Write the settings; no server reads them before it is started again."""
        for server in (self.postgres, self.rabbitmq, self.redis_jobs, self.redis_documents):
            server.configure()

    def initialise(self) -> None:
        """Make the data directories; what exists stays. Only while none of the servers runs."""
        for server in (self.postgres, self.rabbitmq, self.redis_jobs, self.redis_documents):
            server.initialise()

    def programs(self) -> list[Program]:
        """In the order to start them: RabbitMQ wants its port mapper, the rest do not care."""
        return [
            self.rabbitmq.port_mapper(),
            self.rabbitmq.program(),
            self.postgres.program(),
            self.redis_jobs.program(),
            self.redis_documents.program(),
        ]
