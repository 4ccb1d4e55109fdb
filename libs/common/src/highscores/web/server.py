"""Running a web service: one process, one event loop, from the first request to the last answer."""

import asyncio
import contextlib
import gc
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, NoReturn

import structlog
from granian.constants import Interfaces
from granian.server.embed import Server

from highscores import tracing
from highscores.process import runtime
from highscores.process.error_facts import facts_of
from highscores.process.health import Check
from highscores.process.lifecycle import Lifecycle
from highscores.process.settings import HttpSettings
from highscores.web.edge import Edge

# The time that whoever routes requests here has to see that the service is not ready any more.
NOTICE_S = 0.5
DRAIN_LIMIT_S = 14.0  # the longest request: 3 s, plus 10 s that it asked to wait
CONNECTIONS_BACKLOG = 1_024
MAX_CONNECTIONS = 8_192

_log = structlog.get_logger(__name__)


class Service(NamedTuple):
    """An opened service. `ready` returns why it is not ready, or None."""

    edge: Edge
    ready: Check


# Reads its settings, opens what it needs, yields the service, closes everything.
Open = Callable[[Lifecycle], AbstractAsyncContextManager[Service]]


def run(name: str, open_service: Open) -> NoReturn:
    """Run until SIGTERM or SIGINT; exit the process with 0 after that, with another code if it could not run."""

    async def work(lifecycle: Lifecycle) -> None:
        await _serve(open_service, lifecycle)

    runtime.run(name, work, drain_limit_s=NOTICE_S + DRAIN_LIMIT_S)


async def _serve(open_service: Open, lifecycle: Lifecycle) -> None:
    http = HttpSettings()
    if (reason := _why_taken(http.host, http.port)) is not None:
        lifecycle.stop("cannot-listen", host=http.host, port=http.port, error=reason)
        return
    async with open_service(lifecycle) as service:
        gc.collect()
        gc.freeze()  # what is made by now stays: no collection need walk it again, tens of milliseconds each time
        lifecycle.ready_when(service.ready)
        _log.info(f"{lifecycle.process}.serving", host=http.host, port=http.port)
        await _serve_until_stopped(service.edge, http, lifecycle)
        lifecycle.drained()
        await lifecycle.end_background()


async def _serve_until_stopped(edge: Edge, http: HttpSettings, lifecycle: Lifecycle) -> None:
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
    if serving.done():
        error = None if serving.cancelled() else serving.exception()
        lifecycle.stop("server-ended", **(facts_of(error) if error else {}))
        stopping.cancel()
        return
    await asyncio.sleep(NOTICE_S)
    server.stop()  # type: ignore[no-untyped-call]
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_LIMIT_S):
            await edge.wait_idle()
            await serving


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
