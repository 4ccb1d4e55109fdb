"""Structured logs: one JSON object a line on stderr, the libraries' own records included."""

import logging
import sys
from types import TracebackType
from typing import Any

import structlog
from structlog.typing import Processor

from highscores import tracing
from highscores.process import exceptions

# Chatty below this, and with what clients sent in some of their lines.
_QUIET_LIBRARIES = ("aio_pika", "sqlalchemy", "asyncio", "granian", "_granian", "litestar", "faststream")

# Says at each attempt what whoever tries to connect says as well.
_REPEATED_LIBRARIES = ("aiormq",)

MIN_QUOTED_CHARACTERS = 4  # shorter texts of exceptions are also parts of words


def configure(level: str, service: str) -> None:
    """Set up structlog and the standard library's logging for this process."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Service(service),
        _render_exceptions,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_leave_out_exceptions)
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
    sys.excepthook = _log_uncaught


def _add_trace(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A processor that names the trace in each line, if there is one; a line about another says so itself."""
    if "trace_id" not in event and (trace_id := tracing.active().trace_id()) is not None:
        event["trace_id"] = trace_id
    return event


def _render_exceptions(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A processor that shows exceptions without their texts, which may hold what a client sent."""
    for name, value in event.items():
        if name != "exc_info" and isinstance(value, BaseException):
            event[name] = exceptions.summary(value)
    error = _exception_in(event.pop("exc_info", None))
    if error is not None:
        event["exception"] = exceptions.render(error)
    return event


def _leave_out_exceptions(record: logging.LogRecord) -> bool:
    """A filter for records of libraries: no exception's text in their message."""
    if isinstance(record.args, tuple):
        record.args = tuple(_shown(value) for value in record.args)
    record.msg = _shown(record.msg)
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):
        message = "log.unformattable"  # its arguments do not fit, and are not shown
    if record.name == "asyncio":
        # What follows is the state of tasks, with what they returned or raised.
        message = message.partition("\n")[0].partition(" exception=")[0].partition(" result=")[0]
    error = _exception_in(record.exc_info)
    if error is not None:
        for text in (repr(error), str(error)):
            if len(text) >= MIN_QUOTED_CHARACTERS:
                message = message.replace(text, exceptions.summary(error))
    record.msg, record.args = message, None
    return True


def _shown(value: Any) -> Any:
    return exceptions.summary(value) if isinstance(value, BaseException) else value


def _exception_in(exc_info: Any) -> BaseException | None:
    """What a log call may give as exc_info: an exception, a triple, or true for the one that is being handled."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple):
        return _exception_in(exc_info[1])
    return sys.exc_info()[1] if exc_info else None


def _log_uncaught(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    """Python's own last words would have the exception's text."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
        return
    structlog.get_logger(__name__).critical("process.failed", exc_info=error)


class _Service:
    """A processor that names the service in each line."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, _logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = self._name
        return event


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
