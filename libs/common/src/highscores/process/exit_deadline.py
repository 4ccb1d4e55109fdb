"""The certain end of a process: a thread ends it when its time is up, whatever its event loop and libraries do."""

import asyncio
import os
import threading
from typing import NamedTuple

import structlog

LINE_LIMIT_S = 1.0  # for the last line of log: nobody may be reading it
TASKS_NAMED_MAX = 10

_log = structlog.get_logger(__name__)


class Exit(NamedTuple):
    """Why a process ends, in words to search for, and the exit code that tells it."""

    reason: str
    code: int


class ExitDeadline:
    """Tasks may swallow their cancellation, threads may hang, and asyncio waits for them for ever; this does not."""

    def __init__(self, process: str, loop: asyncio.AbstractEventLoop) -> None:
        self._process = process
        self._loop = loop
        self._timer: threading.Timer | None = None

    def set(self, seconds: float, exit_: Exit) -> None:
        """Have the process end in `seconds` from now, instead of any time that was set before."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(seconds, self._force, (exit_,))
        self._timer.daemon = True
        self._timer.start()

    def _force(self, exit_: Exit) -> None:
        line = threading.Thread(target=self._tell, args=(exit_,), daemon=True)
        line.start()
        line.join(LINE_LIMIT_S)
        os._exit(exit_.code)

    def _tell(self, exit_: Exit) -> None:
        _log.error(
            f"{self._process}.exiting", reason=exit_.reason, code=exit_.code, forced=True, tasks=_unfinished(self._loop)
        )


def _unfinished(loop: asyncio.AbstractEventLoop) -> list[str]:
    """Who has not ended, by what it runs: names of tasks are numbers where libraries make them."""
    try:
        tasks = asyncio.all_tasks(loop)
    except RuntimeError:  # they change while another thread lists them
        return []
    return sorted(getattr(task.get_coro(), "__qualname__", task.get_name()) for task in tasks)[:TASKS_NAMED_MAX]
