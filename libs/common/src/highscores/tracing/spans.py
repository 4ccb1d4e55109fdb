"""Spans and what holds for all of ours: no text of errors, for it may hold what a client sent; links are bounded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import NamedTuple

from opentelemetry import context as contexts
from opentelemetry.semconv.attributes.db_attributes import DB_RESPONSE_STATUS_CODE
from opentelemetry.semconv.attributes.error_attributes import ERROR_TYPE
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    StatusCode,
    TraceFlags,
    format_span_id,
    format_trace_id,
    set_span_in_context,
)

from highscores.domain.commands import Command
from highscores.tracing import traceparent
from highscores.tracing.traceparent import Traceparent

REQUESTS_MAX = 64  # of one message or batch that get spans and links of their own


class Request(NamedTuple):
    """What one traced request put into a message: one command, or the many of a batch request."""

    context: SpanContext
    first: Command
    commands: int


def requests_in(commands: Sequence[Command]) -> list[Request]:
    """Return the traced requests that these commands came from, so many as are to be traced further."""
    found: list[Request] = []
    for trace, group in groupby(commands, lambda command: command.trace):
        if len(found) == REQUESTS_MAX:
            break
        if trace is not None and (parent := traceparent.parse(trace)) is not None and parent.is_sampled:
            members = list(group)
            found.append(Request(_context_of(parent), members[0], len(members)))
    return found


@contextmanager
def entered(span: Span) -> Iterator[Span]:
    """Make the span the one that work belongs to, and end it afterwards, as failed if something is raised."""
    token = contexts.attach(set_span_in_context(span))
    try:
        yield span
    except BaseException as error:
        tell_error(span, error)
        raise
    finally:
        contexts.detach(token)
        span.end()


def tell_error(span: Span, error: BaseException) -> None:
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        span.set_attribute(DB_RESPONSE_STATUS_CODE, state)
    span.set_attribute(ERROR_TYPE, state if isinstance(state, str) else type(error).__qualname__)
    span.set_status(StatusCode.ERROR)


def text_of(context: SpanContext) -> str:
    return str(
        Traceparent(format_trace_id(context.trace_id), format_span_id(context.span_id), context.trace_flags.sampled)
    )


def parent(context: SpanContext) -> contexts.Context:
    """Return the context of work that belongs to a span which somebody else has begun, and nothing else."""
    return set_span_in_context(NonRecordingSpan(context), contexts.Context())


def _context_of(given: Traceparent) -> SpanContext:
    flags = TraceFlags(TraceFlags.SAMPLED if given.is_sampled else TraceFlags.DEFAULT)
    return SpanContext(int(given.trace_id, 16), int(given.span_id, 16), is_remote=True, trace_flags=flags)
