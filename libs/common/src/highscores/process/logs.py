"""Structured logs: one JSON object a line on stderr, the libraries' own records included."""

import logging
import sys

import structlog
from structlog.typing import Processor

from highscores import tracing

# Chatty below this, and with what clients sent in some of their lines.
_QUIET_LIBRARIES = ("aio_pika", "sqlalchemy", "asyncio", "granian", "_granian", "litestar", "faststream")

# Says at each attempt what whoever tries to connect says as well.
_REPEATED_LIBRARIES = ("aiormq",)


def configure(level: str, service: str) -> None:
    """Set up structlog and the standard library's logging for this process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Service(service),
        structlog.processors.format_exc_info,  # a plain traceback: no values of local variables
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(_number(level))
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(logging.WARNING, _number(level)))
    for name in _REPEATED_LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A processor that names the trace in each line, if there is one; a line about another says so itself."""
    if "trace_id" not in event and (trace_id := tracing.active().trace_id()) is not None:
        event["trace_id"] = trace_id
    return event


class _Service:
    """A processor that names the service in each line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = self._name
        return event


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
