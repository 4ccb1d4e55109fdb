"""Tracing by OpenTelemetry. Imported only when it is on.

A message carries the commands of many requests, and a batch those of many messages, but a span has one parent. So each
request has spans of its own for what it waited for ("create", "process"); the work that is done once for all of them
("send", "apply batch", the transaction) belongs to the first of them, which has its whole story in one trace, and is
linked with the others. https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
"""

import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import cast

from msgspec.structs import replace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.semconv.attributes import db_attributes as db
from opentelemetry.semconv.attributes.server_attributes import SERVER_ADDRESS, SERVER_PORT
from opentelemetry.trace import (
    Link,
    Span,
    SpanContext,
    SpanKind,
    format_trace_id,
    get_current_span,
)
from opentelemetry.util.types import AttributeValue

from highscores.domain.commands import Command, SubmitScore
from highscores.process.settings import PostgresSettings, RabbitmqSettings
from highscores.tracing.asgi import TracedApp
from highscores.tracing.export import BoundedProcessor, WatchedExporter
from highscores.tracing.interface import App, Cause, CommandT, Given, Result
from highscores.tracing.spans import Request, entered, parent, requests_in, text_of

STOP_WITHIN_S = 1.0
NAMESPACE = "highscores"

Attributes = dict[str, AttributeValue]


def start(service: str) -> "OpenTelemetryTracing":
    """Return tracing as the standard variables (OTEL_*) configure it, under this service's name if they give none."""
    provider = TracerProvider(resource=_resource(service), shutdown_on_exit=False)
    provider.add_span_processor(BoundedProcessor(WatchedExporter(OTLPSpanExporter())))
    return OpenTelemetryTracing(provider, PostgresSettings(), RabbitmqSettings())


def _resource(service: str) -> Resource:
    ours = {"service.name": service, "service.namespace": NAMESPACE}
    return Resource.create({**ours, **OTELResourceDetector().detect().attributes})


class OpenTelemetryTracing:
    def __init__(self, provider: TracerProvider, postgres: PostgresSettings, rabbitmq: RabbitmqSettings) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(NAMESPACE)
        self._database: Attributes = {
            db.DB_SYSTEM_NAME: db.DbSystemNameValues.POSTGRESQL.value,
            db.DB_NAMESPACE: postgres.database,
            SERVER_ADDRESS: postgres.host,
            SERVER_PORT: postgres.port,
        }
        self._broker: Attributes = {
            "messaging.system": "rabbitmq",
            SERVER_ADDRESS: rabbitmq.host,
            SERVER_PORT: rabbitmq.port,
        }

    def traced(self, app: App) -> App:
        return TracedApp(app, self._tracer)

    @contextmanager
    def creating(self, queue: str, command: SubmitScore) -> Iterator[SubmitScore]:
        if not _is_traced():
            yield command
            return
        attributes = self._messaging("create", queue, 1) | _described(command)
        with entered(self._tracer.start_span(f"create {queue}", kind=SpanKind.PRODUCER, attributes=attributes)) as span:
            yield replace(command, trace=text_of(span.get_span_context()))

    @contextmanager
    def sending(self, queue: str, commands: Sequence[CommandT]) -> Iterator[Sequence[CommandT]]:
        created = requests_in(commands)
        attributes = self._messaging("send", queue, len(commands))
        name = f"send {queue}"
        if created:
            span = self._tracer.start_span(
                name, parent(created[0].context), SpanKind.CLIENT, attributes, _links(created[1:])
            )
            with entered(span):
                yield commands
        elif _is_traced():
            attributes |= _described(commands[0])
            with entered(self._tracer.start_span(name, kind=SpanKind.PRODUCER, attributes=attributes)) as span:
                trace = text_of(span.get_span_context())
                yield [replace(command, trace=trace) for command in commands]
        else:
            yield commands

    @contextmanager
    def processing(self, queue: str, commands: Sequence[Command]) -> Iterator[None]:
        requests = requests_in(commands)
        if not requests:
            yield
            return
        with entered(self._process(queue, requests[0])):
            yield

    @contextmanager
    def applying(self, queue: str, commands: Sequence[Command]) -> Iterator[None]:
        requests = requests_in(commands)
        if not requests:
            yield
            return
        with ExitStack() as spans:
            # The first is entered last, so that the batch is its child.
            *others, _ = [spans.enter_context(entered(self._process(queue, each))) for each in reversed(requests)]
            batch = self._tracer.start_span(
                "apply batch",
                attributes={"highscores.batch.commands": len(commands), "highscores.batch.traced": len(requests)},
                links=[Link(span.get_span_context()) for span in reversed(others)],
            )
            for span in others:
                span.add_link(batch.get_span_context())
            with entered(batch):
                yield

    def transaction(
        self, name: str, operation: Callable[Given, Awaitable[Result]]
    ) -> Callable[Given, Awaitable[Result]]:
        async def traced(*args: Given.args, **kwargs: Given.kwargs) -> Result:
            if not _is_traced():
                return await operation(*args, **kwargs)
            attributes = {**self._database, db.DB_QUERY_SUMMARY: name}
            with entered(self._tracer.start_span(name, kind=SpanKind.CLIENT, attributes=attributes)):
                return await operation(*args, **kwargs)

        return traced

    def cause(self) -> Cause | None:
        return Cause(get_current_span().get_span_context()) if _is_traced() else None

    def catching_up(self, document: str, cause: Cause | None) -> AbstractContextManager[object]:
        if cause is None and not _is_traced():
            return nullcontext()
        context = parent(cast("SpanContext", cause)) if cause is not None else None
        attributes: Attributes = {"highscores.document": document}
        return entered(self._tracer.start_span("catch up document", context, attributes=attributes))

    def trace_id(self) -> str | None:
        context = get_current_span().get_span_context()
        return format_trace_id(context.trace_id) if context.is_valid else None

    def stop(self) -> None:
        # In a thread: the SDK would wait for half a minute for a collector that hangs.
        ending = threading.Thread(target=self._provider.shutdown, name="tracing-stop", daemon=True)
        ending.start()
        ending.join(STOP_WITHIN_S)

    def _process(self, queue: str, request: Request) -> Span:
        now = time.time_ns()
        waited = max(0.0, now / 1e9 - request.first.accepted_at / 1e6)
        attributes = self._messaging("process", queue, request.commands) | _described(request.first)
        attributes["highscores.queue_seconds"] = waited
        return self._tracer.start_span(
            f"process {queue}", parent(request.context), SpanKind.CONSUMER, attributes, start_time=now
        )

    def _messaging(self, operation: str, queue: str, commands: int) -> Attributes:
        attributes = {
            **self._broker,
            "messaging.operation.name": operation,
            "messaging.operation.type": operation,
            "messaging.destination.name": queue,
        }
        return attributes if commands == 1 else {**attributes, "messaging.batch.message_count": commands}


def _is_traced() -> bool:
    return get_current_span().is_recording()


def _described(command: Command) -> Attributes:
    """What may be told of a command: no player, no name, no score."""
    return {
        "messaging.message.id": str(command.job),
        "highscores.job": str(command.job),
        "highscores.board": command.board,
        "highscores.command": command.command,
    }


def _links(requests: Sequence[Request]) -> list[Link]:
    return [Link(request.context) for request in requests]
