"""Running a web service: one process, one event loop, from the first probe to the last answer."""

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

import structlog
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from pydantic import ValidationError

from highscores import tracing
from highscores.process import logs
from highscores.process.health import Check, HealthServer
from highscores.process.settings import HealthSettings, HttpSettings, LogSettings, TracingSettings
from highscores.process.settings_errors import exit_explaining
from highscores.web.edge import Edge

# The time that whoever routes requests here has to see that the service is not ready any more.
NOTICE_S = 0.5
DRAIN_LIMIT_S = 14.0  # the longest request: 3 s, plus 10 s that it asked to wait
CONNECTIONS_BACKLOG = 1_024
MAX_CONNECTIONS = 8_192

_log = structlog.get_logger(__name__)


class Lifecycle:
    """Tells a service when it is to end, and keeps its background work in sight."""

    def __init__(self) -> None:
        self.stopping = asyncio.Event()
        self._background: list[asyncio.Task[None]] = []

    def run_beside(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run `work` while the service runs. If it fails, the service is no longer live."""
        self._background.append(asyncio.create_task(work, name=name))

    def live(self) -> str | None:
        ended = [task for task in self._background if task.done() and not task.cancelled()]
        failed = [task.get_name() for task in ended if task.exception() is not None]
        return f"failed: {', '.join(failed)}" if failed else None

    async def end_background(self) -> None:
        for task in self._background:
            task.cancel()
        for outcome in await asyncio.gather(*self._background, return_exceptions=True):
            if isinstance(outcome, Exception):
                _log.error("background work had failed", exc_info=outcome)


class Service(NamedTuple):
    """An opened service. `ready` returns why it is not ready, or None."""

    edge: Edge
    ready: Check


# Reads its settings, opens what it needs, yields the service, closes everything.
Open = Callable[[Lifecycle], AbstractAsyncContextManager[Service]]


def run(name: str, open_service: Open) -> None:
    """Run until SIGTERM or SIGINT; exit the process with 0 after that, with another code if it could not run."""
    try:
        logs.configure(LogSettings().level, name)
        with tracing.running(TracingSettings(), name), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            code = runner.run(_serve(open_service))
    except ValidationError as error:
        exit_explaining(name, error)
    sys.exit(code)


async def _serve(open_service: Open) -> int:
    lifecycle = Lifecycle()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lifecycle.stopping.set)
    http, health_settings = HttpSettings(), HealthSettings()
    service: Service | None = None

    def ready() -> str | None:
        if lifecycle.stopping.is_set():
            return "stopping"
        return service.ready() if service else "starting"

    health = HealthServer(health_settings, live=lifecycle.live, ready=ready)
    for host, port in ((http.host, http.port), (health_settings.host, health_settings.port)):
        if (reason := _why_taken(host, port)) is not None:
            _log.error("cannot listen", host=host, port=port, reason=reason)
            return 1
    health.start()
    try:
        async with open_service(lifecycle) as service:
            gc.collect()
            gc.freeze()  # what is made by now stays: no collection need walk it again, tens of milliseconds each time
            _log.info("serving", host=http.host, port=http.port, health_port=health_settings.port)
            code = await _serve_until_stopped(service.edge, http, lifecycle)
            await lifecycle.end_background()
    finally:
        health.stop()
    _log.info("stopped")
    return code


async def _serve_until_stopped(edge: Edge, http: HttpSettings, lifecycle: Lifecycle) -> int:
    server = Server(
        tracing.active().traced(edge),
        address=http.host,
        port=http.port,
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
        backlog=CONNECTIONS_BACKLOG,
        backpressure=MAX_CONNECTIONS,
    )
    serving = asyncio.create_task(server.serve())
    stopping = asyncio.create_task(lifecycle.stopping.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        stopping.cancel()
        _log.error("the server ended by itself", exc_info=serving.exception())
        return 1
    await asyncio.sleep(NOTICE_S)
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_LIMIT_S):
            await edge.wait_idle()
            await serving
    return 0


def _why_taken(host: str, port: int) -> str | None:
    """Return why nobody can listen there. The server itself would share the port with another, unnoticed."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error.strerror or type(error).__name__
    return None
