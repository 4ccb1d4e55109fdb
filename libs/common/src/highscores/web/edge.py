"""The outermost ASGI application of a service: what every request gets, whether the framework serves it or not.

A request id, a bound on how many wait, a limit of time, metrics, CORS, and an answer whatever happens. A few hot routes
are answered here by plain functions, since the framework's own handling costs more than their work.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog

from highscores.domain import problems
from highscores.domain.problems import ProblemError
from highscores.process import metrics
from highscores.tracing import ROUTE
from highscores.tracing.traceparent import log_names
from highscores.web.answers import Answer, Headers
from highscores.web.body_draining import LargeBody, large_body
from highscores.web.cors import Cors
from highscores.web.header_lines import combine
from highscores.web.paths import is_plain
from highscores.web.problems import answer_of, unavailable
from highscores.web.request_validation import ClientGoneError

REQUEST_LIMIT_S = 2.9
MAX_IN_FLIGHT = 4_000

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_ALWAYS: Headers = [(b"x-content-type-options", b"nosniff")]
_DEADLINE = "highscores.deadline"
# The methods that the framework is asked by in place of others. HEAD is a GET without its body. OPTIONS is what no path
# takes: the refusal names the methods of all handlers, and the framework's own answer only those of the first.
_ASKED_BY = {"HEAD": "GET", "OPTIONS": "TRACE"}


class FastRequest(NamedTuple):
    """A request to a route that bypasses the framework."""

    scope: Scope
    headers: dict[bytes, bytes]
    receive: Receive


class FastRoute(NamedTuple):
    """`template` is its label in metrics; `answer` may raise whatever `web.problems` knows. `answer_at_once` is tried
    first: what it has at hand needs no limit of time, which costs more than finding it."""

    template: str
    answer: Callable[[FastRequest], Awaitable[Answer]]
    answer_at_once: Callable[[FastRequest], Answer | None] | None = None


def extend_deadline(scope: Any, seconds: float) -> None:
    """Give this request so much more time: what it asked to wait."""
    deadline: asyncio.Timeout | None = scope.get(_DEADLINE)
    if deadline is not None and (at := deadline.when()) is not None:
        deadline.reschedule(at + seconds)


def no_fast_route(_: str, __: str) -> FastRoute | None:
    return None


class Edge:
    """Wraps the framework's `app`; `fast_route` finds the route for a method and a path that bypasses it."""

    def __init__(
        self,
        app: Callable[[Any, Any, Any], Awaitable[None]],
        cors: Cors,
        fast_route: Callable[[str, str], FastRoute | None] = no_fast_route,
    ) -> None:
        self._app = app
        self._cors = cors
        self._fast_route = fast_route
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()
        metrics.in_flight.set_function(lambda: self._in_flight)
        metrics.in_flight_max.set(MAX_IN_FLIGHT)

    async def wait_idle(self) -> None:
        """Return when no request waits for its answer."""
        await self._idle.wait()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        method: str = scope["method"]
        headers, refusal = dict(scope["headers"]), None
        if len(headers) < len(scope["headers"]):
            try:
                headers = combine(scope["headers"])
                scope = {**scope, "headers": list(headers.items())}
            except ProblemError as error:
                refusal = error
        if (body := large_body(headers, receive, REQUEST_LIMIT_S)) is not None:
            receive = body
        request_id = _request_id(headers.get(b"x-request-id"))
        extra = [(b"x-request-id", request_id), *_ALWAYS, *self._cors.headers(headers.get(b"origin"))]
        self._in_flight += 1
        self._idle.clear()
        try:
            if self._in_flight > MAX_IN_FLIGHT:
                answer, route = answer_of(unavailable("Too many requests wait.")), metrics.UNMATCHED
            elif refusal is not None:
                answer, route = answer_of(refusal), metrics.UNMATCHED
            elif not is_plain(scope["raw_path"]):
                answer, route = answer_of(ProblemError(problems.not_found())), metrics.UNMATCHED
            elif (fast := self._fast_route(method, scope["path"])) is not None:
                scope[ROUTE] = route = fast.template
                answer = await _fast_answer(fast, FastRequest(scope, headers, receive))
            elif method == "OPTIONS" and (preflight := self._cors.preflight(headers)) is not None:
                answer, route = preflight, metrics.UNMATCHED
            else:
                names = {"request_id": request_id.decode(), **log_names(headers.get(b"traceparent"))}
                with structlog.contextvars.bound_contextvars(**names):
                    route, status = await self._framework(scope, receive, send, extra, body)
                metrics.observe(route, method, status, time.perf_counter() - started)
                return
            if body is not None:
                await body.discard()
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers + extra})
            await send({"type": "http.response.body", "body": b"" if method == "HEAD" else answer.body})
            metrics.observe(route, method, answer.status, time.perf_counter() - started)
        except ClientGoneError:
            return
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def _framework(
        self, scope: Scope, receive: Receive, send: Send, extra: Headers, body: LargeBody | None
    ) -> tuple[str, int]:
        """Let the framework answer; return the route's template and the status."""
        status = 0
        method = scope["method"]

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                if body is not None:
                    await body.discard()
                if method == "OPTIONS" and message["status"] == HTTPStatus.METHOD_NOT_ALLOWED:
                    allow = [header for header in message["headers"] if header[0] == b"allow"]
                    message = {**message, "status": HTTPStatus.NO_CONTENT.value, "headers": allow}
                status = message["status"]
                message["headers"] = [*map(_with_head, message["headers"]), *extra]
            elif method == "HEAD" or status == HTTPStatus.NO_CONTENT:
                message = {**message, "body": b""}
            await send(message)

        inner = {**scope, "method": _ASKED_BY[method]} if method in _ASKED_BY else scope
        try:
            async with asyncio.timeout(REQUEST_LIMIT_S) as deadline:
                inner[_DEADLINE] = deadline
                await self._app(inner, receive, send_with_headers)
        except ClientGoneError:
            raise
        except Exception as error:
            if status:  # too late for another answer
                raise
            answer = answer_of(error)
            await send_with_headers({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
            await send_with_headers({"type": "http.response.body", "body": answer.body})
        scope[ROUTE] = template = inner.get("path_template")
        return template or metrics.UNMATCHED, status


async def _fast_answer(route: FastRoute, request: FastRequest) -> Answer:
    try:
        if route.answer_at_once is not None and (answer := route.answer_at_once(request)) is not None:
            return answer
        async with asyncio.timeout(REQUEST_LIMIT_S) as deadline:
            request.scope[_DEADLINE] = deadline
            return await route.answer(request)
    except ClientGoneError:
        raise
    except Exception as error:
        with structlog.contextvars.bound_contextvars(**log_names(request.headers.get(b"traceparent"))):
            return answer_of(error)


def _with_head(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """Add HEAD to `Allow` where there is GET: the framework knows nothing of it, since it is answered as a GET here."""
    name, value = header
    if name != b"allow":
        return header
    methods = {method.strip() for method in value.split(b",")}
    return name, b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))


def _request_id(given: bytes | None) -> bytes:
    """The client's or the proxy's id when it is one, else a new one."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return b"%016x" % random.getrandbits(64)  # no secret, and asking the system for one costs a tenth of a hot read
