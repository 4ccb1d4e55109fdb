"""Traces of requests: from HTTP through the message to the transaction and the documents (docs/tracing.md).

Off unless the settings say so: then nothing of OpenTelemetry is even imported, and `active` does nothing at all.
Process-wide, as logging is: the span that work belongs to is in the context of the running task, not in a parameter.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from highscores.process.settings import TracingSettings
from highscores.tracing.interface import ROUTE, Cause, Tracing
from highscores.tracing.null import NoTracing

__all__ = ["ROUTE", "Cause", "Tracing", "active", "running", "using"]

_active: Tracing = NoTracing()


def active() -> Tracing:
    """Return the one to tell about work."""
    return _active


@contextmanager
def running(settings: TracingSettings, service: str) -> Iterator[None]:
    """Trace while the service runs, if the settings say so; send what is left afterwards, for a second at most."""
    if not settings.enabled:
        yield
        return
    from highscores.tracing.otel import start  # only now: it costs 9 MB and half a second

    tracing = start(service)
    try:
        with using(tracing):
            yield
    finally:
        tracing.stop()


@contextmanager
def using(tracing: Tracing) -> Iterator[None]:
    """Make `tracing` the active one, and bring back the one before it."""
    global _active
    before, _active = _active, tracing
    try:
        yield
    finally:
        _active = before
