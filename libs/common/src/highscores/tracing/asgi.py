"""A span around each request, as OpenTelemetry's conventions for HTTP servers want it.

Of what a client sends only the method, if it is a known one, gets into the span: paths name players.
"""

from collections.abc import Iterable
from typing import Any

from opentelemetry.propagators.textmap import Getter
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.semconv.attributes.http_attributes import (
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    HTTP_ROUTE,
)
from opentelemetry.semconv.attributes.network_attributes import NETWORK_PROTOCOL_VERSION
from opentelemetry.semconv.attributes.url_attributes import URL_SCHEME
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from highscores.tracing.interface import ROUTE, App
from highscores.tracing.spans import entered

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"})
_SERVER_ERROR = 500

Headers = Iterable[tuple[bytes, bytes]]


class TracedApp:
    """Goes on with the trace that a request names in its `traceparent`, or starts one."""

    def __init__(self, app: App, tracer: Tracer) -> None:
        self._app = app
        self._tracer = tracer
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else None
        span = self._tracer.start_span(
            method or "HTTP",
            context=self._propagator.extract(scope["headers"], getter=_GETTER),
            kind=SpanKind.SERVER,
            attributes={
                HTTP_REQUEST_METHOD: method or "_OTHER",
                URL_SCHEME: scope.get("scheme", "http"),
                NETWORK_PROTOCOL_VERSION: scope.get("http_version", "1.1"),
            },
        )
        status = 0

        async def send_and_see(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with entered(span):
            try:
                await self._app(scope, receive, send_and_see)
            finally:
                _tell_answer(span, method or "HTTP", scope.get(ROUTE), status)


def _tell_answer(span: Span, method: str, route: str | None, status: int) -> None:
    if route is not None:
        span.update_name(f"{method} {route}")
        span.set_attribute(HTTP_ROUTE, route)
    if status:
        span.set_attribute(HTTP_RESPONSE_STATUS_CODE, status)
    if status >= _SERVER_ERROR:
        span.set_attribute(ERROR_TYPE, str(status))
        span.set_status(StatusCode.ERROR)


class _HeaderGetter(Getter[Headers]):
    def get(self, carrier: Headers, key: str) -> list[str] | None:
        wanted = key.encode()
        return [value.decode("latin-1") for name, value in carrier if name == wanted] or None

    def keys(self, carrier: Headers) -> list[str]:
        return [name.decode("latin-1") for name, _ in carrier]


_GETTER = _HeaderGetter()
