"""Lines of log name the trace. In a process of its own: logging is set up once for a process."""

import json
import subprocess
import sys

from tests.unit.tracing.recorded import TRACE, TRACEPARENT

PROGRAM = f"""
import logging
import structlog
from highscores import tracing
from highscores.process.settings import PostgresSettings, RabbitmqSettings
from highscores.tracing.otel import OpenTelemetryTracing
from highscores.tracing.spans import entered
from highscores.tracing.traceparent import log_names
from highscores.process import logs
from opentelemetry.sdk.trace import TracerProvider

logs.configure("info", "test")
log = structlog.get_logger()
log.info("off")
provider = TracerProvider(shutdown_on_exit=False)
with tracing.using(OpenTelemetryTracing(provider, PostgresSettings(), RabbitmqSettings())):
    log.info("no request")
    with entered(provider.get_tracer("test").start_span("test")) as span:
        log.info("in a span", expected=f"{{span.get_span_context().trace_id:032x}}")
        logging.getLogger("library").warning("of a library")
        log.info("about another", **log_names("{TRACEPARENT}"))
"""


def test_a_line_of_log_names_the_trace_that_is_worked_for() -> None:
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)

    lines = {line["event"]: line for line in map(json.loads, result.stderr.splitlines())}
    ours = lines["in a span"]["expected"]
    assert {event: line.get("trace_id") for event, line in lines.items()} == {
        "off": None,
        "no request": None,
        "in a span": ours,
        "of a library": ours,
        "about another": TRACE,
    }
