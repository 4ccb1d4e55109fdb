"""The life of a process: what runs beside its work, who decides that it ends, and why."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from highscores.process.error_facts import facts_of
from highscores.process.exit_deadline import Exit, ExitDeadline
from highscores.process.health import Check

# From the end of the drain until the process is gone: connections and loop are closed, the last traces sent (1 s).
CLOSE_LIMIT_S = 3.0
CANCEL_LIMIT_S = 1.0  # for background work to end when it is told to

FAILED_CODE = 1  # only a fresh start can help; 0 is the code of a process that was told to stop

_log = structlog.get_logger(__name__)


class Lifecycle:
    """Decides once why the process ends. From then on it is gone within `drain_limit_s` and CLOSE_LIMIT_S."""

    def __init__(self, process: str, drain_limit_s: float) -> None:
        self.process = process
        self.stopping = asyncio.Event()
        self.exit: Exit | None = None
        self._drain_limit_s = drain_limit_s
        self._is_drained = False
        self._deadline = ExitDeadline(process, asyncio.get_running_loop())
        self._background: list[asyncio.Task[str | None]] = []
        self._ready: Check = lambda: "starting"

    def ready_when(self, check: Check) -> None:
        """From now on the process is ready when `check` is content, until it stops."""
        self._ready = check

    def why_not_ready(self) -> str | None:
        return "stopping" if self.exit else self._ready()

    def stop(self, reason: str, *, code: int = FAILED_CODE, **facts: Any) -> None:
        """Decide that the process ends. The first decision counts: what fails after it is not why, and only told."""
        if self.exit is None:
            self.stop_silently(reason, code=code)
            (_log.error if code else _log.info)(f"{self.process}.stopping", reason=reason, **facts)
        elif code:
            _log.error(f"{self.process}.failed_while_stopping", reason=reason, **facts)

    def stop_silently(self, reason: str, *, code: int) -> None:
        """Decide that the process ends, and leave it to the caller to say why."""
        self.exit = Exit(reason, code)
        self._deadline.set(self._drain_limit_s + CLOSE_LIMIT_S, self.exit)
        self.stopping.set()

    def drained(self) -> None:
        """Say that all that was begun is finished or given up: what is left takes CLOSE_LIMIT_S at most."""
        if not self._is_drained:
            self._is_drained = True
            self._deadline.set(CLOSE_LIMIT_S, self.exit or Exit("unknown", FAILED_CODE))

    def run_beside(self, work: Coroutine[Any, Any, str | None], name: str) -> None:
        """Run `work` beside the rest. The process stops when it fails, or when it returns a reason to stop."""
        task = asyncio.create_task(work, name=name)
        task.add_done_callback(self._heed)
        self._background.append(task)

    async def end_background(self) -> None:
        """Cancel what runs beside. Who does not heed it is named, and left behind."""
        background, self._background = self._background, []
        for task in background:
            task.cancel()
        left = (await asyncio.wait(background, timeout=CANCEL_LIMIT_S))[1] if background else set()
        if left:
            _log.warning(f"{self.process}.tasks_left", tasks=sorted(task.get_name() for task in left))

    def _heed(self, task: asyncio.Task[str | None]) -> None:
        name = task.get_name()
        if task.cancelled():
            if self.exit is None:  # nobody here has cancelled it: a library, which does so to end those who wait for it
                self.stop("task-cancelled", task=name)
        elif (error := task.exception()) is not None:
            self.stop("task-failed", task=name, **facts_of(error))
        elif (reason := task.result()) is not None:
            self.stop(reason, task=name)
