"""Health and metrics on a port of their own, answered by threads: a stuck event loop is told apart from a busy one."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from highscores.process.settings import HealthSettings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HEARTBEAT_INTERVAL_S = 0.5
HEARTBEAT_LATE_S = 10.0
REQUEST_TIMEOUT_S = 5

# Return None when all is well, else the reason why not (a few words, without secrets).
Check = Callable[[], str | None]


class HealthServer:
    """Answers /livez, /readyz and /metrics.

    `ready` is called from another thread, so it may only look at values. Live is a process whose event loop beats: one
    that cannot do its work ends by itself.
    """

    def __init__(self, settings: HealthSettings, *, ready: Check) -> None:
        self._settings = settings
        self._checks = {"/livez": self._heartbeat_check, "/readyz": ready}
        self._metrics = make_wsgi_app()
        self._beaten_at = time.monotonic()
        self._heartbeat: asyncio.TimerHandle | None = None
        self._server: WSGIServer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Start answering; call it in the event loop whose heartbeat counts. Raise OSError when the port is taken."""
        self._loop = asyncio.get_running_loop()
        self._server = make_server(
            self._settings.host, self._settings.port, self._answer, server_class=_Server, handler_class=_Handler
        )
        self._beat()
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    def stop(self) -> None:
        if self._heartbeat:
            self._heartbeat.cancel()
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def _beat(self) -> None:
        assert self._loop is not None
        self._beaten_at = time.monotonic()
        self._heartbeat = self._loop.call_later(HEARTBEAT_INTERVAL_S, self._beat)

    def _heartbeat_check(self) -> str | None:
        late = time.monotonic() - self._beaten_at
        return f"the event loop has been stuck for {late:.0f} s" if late > HEARTBEAT_LATE_S else None

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        check = self._checks.get(path)
        if check is None:
            status, text = "404 Not Found", "/livez, /readyz, /metrics"
        else:
            reason = check()
            status, text = ("503 Service Unavailable", reason) if reason else ("200 OK", "ok")
        start_response(status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
        return [f"{text}\n".encode()]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = REQUEST_TIMEOUT_S

    def log_message(self, *_: object) -> None:
        """Probes come each second: they are not worth a line."""

    def address_string(self) -> str:
        return str(self.client_address[0])
