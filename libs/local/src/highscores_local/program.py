"""What it takes to run one process, whoever runs it: supervisor for `make up`, plain subprocesses for the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BASE_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8"}


@dataclass(frozen=True, slots=True)
class Program:
    """One long-running process in the foreground.

    `directory` is its working directory; it lies inside the state directory, so that a process left over from an
    unclean end can be recognised as ours. `check` returns None when the process is ready and a reason when it is not.
    """

    name: str
    argv: tuple[str, ...]
    directory: Path
    check: Callable[[], str | None]
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: str = "TERM"
    stop_wait_s: int = 10
    ready_within_s: float = 20.0
