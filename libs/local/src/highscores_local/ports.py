"""The loopback ports of one stack."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from highscores_local.errors import StackError

LOOPBACK = "127.0.0.1"
PAGE_VARIABLE = "HIGHSCORES_PORT"
BASE_VARIABLE = "HIGHSCORES_BASE_PORT"
DEFAULT_PAGE_PORT = 8080
DEFAULT_BASE_PORT = 8100
HIGHEST_BASE_PORT = 65535 - 100


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port by the name of what listens on it."""

    page: int
    post_score: int
    get_scores: int
    get_jobs: int
    post_score_health: int
    get_scores_health: int
    get_jobs_health: int
    worker_health: int
    postgres: int
    rabbitmq: int
    rabbitmq_management: int
    rabbitmq_distribution: int
    epmd: int
    supervisor: int
    redis_jobs: int
    redis_documents: int
    # The last one has a default, so that the record of a stack that was started without it can still be read.
    rabbitmq_prometheus: int = DEFAULT_BASE_PORT + 77

    @classmethod
    def from_base(cls, page: int, base: int) -> "Ports":
        """One base moves everything but the page."""
        return cls(
            page=page,
            post_score=base + 1,
            get_scores=base + 2,
            get_jobs=base + 3,
            post_score_health=base + 11,
            get_scores_health=base + 12,
            get_jobs_health=base + 13,
            worker_health=base + 14,
            postgres=base + 32,
            rabbitmq=base + 72,
            rabbitmq_management=base + 73,
            rabbitmq_distribution=base + 74,
            epmd=base + 75,
            supervisor=base + 76,
            redis_jobs=base + 79,
            redis_documents=base + 80,
            rabbitmq_prometheus=base + 77,
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Ports":
        page = _port(environment, PAGE_VARIABLE, DEFAULT_PAGE_PORT, highest=65535)
        base = _port(environment, BASE_VARIABLE, DEFAULT_BASE_PORT, highest=HIGHEST_BASE_PORT)
        ports = cls.from_base(page, base)
        clash = next((name for name, port in ports.by_name().items() if port == page and name != "page"), None)
        if clash is not None:
            raise StackError(f"{PAGE_VARIABLE}={page} is the port of {clash} when {BASE_VARIABLE} is {base}; move one.")
        return ports

    def by_name(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def refuse_taken(self) -> None:
        """Raise StackError naming each port that another program holds and the variable that moves it."""
        taken = {name: port for name, port in self.by_name().items() if is_taken(port)}
        if not taken:
            return
        lines = [
            f"  {port} ({name.replace('_', ' ')}): move it with {PAGE_VARIABLE if name == 'page' else BASE_VARIABLE}"
            for name, port in taken.items()
        ]
        raise StackError(
            "Another program already listens on\n"
            + "\n".join(lines)
            + f"\nFor example: make up {PAGE_VARIABLE}=9080 {BASE_VARIABLE}=9100"
        )


def is_taken(port: int) -> bool:
    """Whether a program listens on `port` of the loopback address. A port in TIME_WAIT is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return True
    return False


def free_ports() -> Ports:
    """Ports that nobody uses at this moment, all different: for stacks that live as long as a test run."""
    names = list(Ports.__dataclass_fields__)
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in names]
    try:
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return Ports(**{name: probe.getsockname()[1] for name, probe in zip(names, probes, strict=True)})
    finally:
        for probe in probes:
            probe.close()


def _port(environment: Mapping[str, str], variable: str, default: int, highest: int) -> int:
    text = environment.get(variable, "")
    if not text:
        return default
    if not text.isascii() or not text.isdigit() or not 1024 <= int(text) <= highest:
        raise StackError(f"{variable}={text!r} must be a number from 1024 to {highest}.")
    return int(text)
