"""One way to run every process: logs, traces, health and signals around its work, and an end that is certain."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, NoReturn

import structlog
import uvloop
from pydantic import ValidationError

from highscores import tracing
from highscores.process import logs
from highscores.process.error_facts import facts_of
from highscores.process.exit_deadline import Exit
from highscores.process.health import HealthServer
from highscores.process.lifecycle import Lifecycle
from highscores.process.settings import HealthSettings, LogSettings, TracingSettings
from highscores.process.settings_errors import EXIT_BAD_SETTINGS, exit_explaining

# Reads its settings, opens what it needs, works until `lifecycle.stopping`, drains, says so, and closes everything.
Work = Callable[[Lifecycle], Coroutine[Any, Any, None]]

_log = structlog.get_logger(__name__)


def run(process: str, work: Work, *, drain_limit_s: float) -> NoReturn:
    """Run `work` until it is told to stop or cannot go on, and exit: 0 if it was told to, else another code.

    `drain_limit_s` bounds what `work` does from the decision to stop until it says that it is drained.
    """
    try:
        logs.configure(LogSettings().level, process)
        with (
            tracing.running(TracingSettings(), process),
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            ended = runner.run(_lead(process, work, drain_limit_s))
    except ValidationError as error:
        exit_explaining(process, error)
    _log.info(f"{process}.exiting", reason=ended.reason, code=ended.code, forced=False)
    sys.exit(ended.code)


async def _lead(process: str, work: Work, drain_limit_s: float) -> Exit:
    lifecycle = Lifecycle(process, drain_limit_s)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(
            number, partial(lifecycle.stop, signal.Signals(number).name, code=0)
        )
    settings = HealthSettings()
    health = HealthServer(settings, ready=lifecycle.why_not_ready)
    try:
        health.start()
    except OSError as error:
        lifecycle.stop("cannot-listen", host=settings.host, port=settings.port, error=error.strerror)
    else:
        await _work(work, lifecycle)
        health.stop()
    await lifecycle.end_background()
    lifecycle.drained()
    assert lifecycle.exit is not None
    return lifecycle.exit


async def _work(work: Work, lifecycle: Lifecycle) -> None:
    try:
        await work(lifecycle)
    except ValidationError:
        lifecycle.stop_silently("bad-settings", code=EXIT_BAD_SETTINGS)  # which variable, `run` tells
        lifecycle.drained()
        raise
    except BaseException as error:  # a cancellation too: nobody but a library could have caused it
        lifecycle.stop("failed", **facts_of(error))
    else:
        if lifecycle.exit is None:
            lifecycle.stop("ended")
