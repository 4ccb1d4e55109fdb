"""Two private Redis: one remembers job states, the other holds documents that can be rebuilt at any time."""

from dataclasses import dataclass
from pathlib import Path

from highscores_local import binaries, probe
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK
from highscores_local.program import Program

STOP_WAIT_S = 10
READY_WITHIN_S = 60.0  # reading back a long append-only file takes a while

COMMON = """\
bind {host}
port {port}
protected-mode yes
daemonize no
pidfile ""
logfile ""
dir {directory}
requirepass {password}
databases 1
save ""
"""

# Job states, rate limits, idempotency keys: all of it expires. Nothing is evicted, since the buckets of limits expire
# soonest and would go first. A power cut may cost one second of it; PostgreSQL still knows the states.
JOBS = """\
appendonly yes
appendfsync everysec
maxmemory 1gb
maxmemory-policy noeviction
"""

DOCUMENTS = """\
appendonly no
maxmemory 4gb
maxmemory-policy allkeys-lru
"""


@dataclass(frozen=True, slots=True)
class Redis:
    home: Home
    name: str
    port: int
    password: str
    role: str

    @property
    def directory(self) -> Path:
        return self.home.data / self.name

    def configure(self) -> None:
        common = COMMON.format(host=LOOPBACK, port=self.port, directory=self.directory, password=self.password)
        self.home.write(f"{self.name}.conf", common + self.role)

    def initialise(self) -> None:
        self.home.user.own(self.directory)

    def program(self) -> Program:
        return Program(
            name=self.name,
            argv=(
                str(binaries.require(binaries.find("redis-server"), "redis-server")),
                str(self.home.conf / f"{self.name}.conf"),
            ),
            directory=self.directory,
            check=self.check,
            stop_wait_s=STOP_WAIT_S,
            ready_within_s=READY_WITHIN_S,
        )

    def check(self) -> str | None:
        """Whether it knows our password and has read its data back: while loading, PING is refused."""
        question = f"AUTH {self.password}\r\nPING\r\n".encode()
        return probe.conversation(self.port, question, b"+OK\r\n+PONG\r\n")


def jobs(home: Home, port: int, password: str) -> Redis:
    return Redis(home, "redis-jobs", port, password, JOBS)


def documents(home: Home, port: int, password: str) -> Redis:
    return Redis(home, "redis-documents", port, password, DOCUMENTS)
