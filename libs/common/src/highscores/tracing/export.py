"""Spans on their way to the collector: in the background, bounded, and never in the way of anybody.

What the collector does not take, or is too much, is dropped and counted.
"""

import logging
import os
from collections.abc import Sequence

import structlog
from opentelemetry.sdk.environment_variables import OTEL_BSP_MAX_QUEUE_SIZE
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from prometheus_client import Counter

QUEUE_MAX_SPANS = 2_048

_spans = Counter("highscores_trace_spans", "Spans that ended, by what became of them", ["outcome"])
_exported, _failed, _dropped = (_spans.labels(outcome) for outcome in ("exported", "failed", "dropped"))

_log = structlog.get_logger(__name__)


class WatchedExporter(SpanExporter):
    """Counts what goes out, and logs when the collector goes away and when it is back, instead of at each attempt."""

    def __init__(self, exporter: SpanExporter) -> None:
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self.taken = 0  # spans that have left the queue
        self._exporter = exporter
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.taken += len(spans)
        reason = "refused"
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # whatever it is, it concerns nobody but whoever looks for traces
            result, reason = SpanExportResult.FAILURE, type(error).__name__
        is_away = result is not SpanExportResult.SUCCESS
        (_failed if is_away else _exported).inc(len(spans))
        if is_away and not self._is_away:
            _log.warning("trace_collector.away", reason=reason)
        elif self._is_away and not is_away:
            _log.info("trace_collector.back")
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()


class BoundedProcessor(BatchSpanProcessor):
    """The SDK's, which keeps the newest when its queue is full and says so each time; this one keeps the oldest."""

    def __init__(self, exporter: WatchedExporter) -> None:
        self._max_spans = int(os.environ.get(OTEL_BSP_MAX_QUEUE_SIZE, QUEUE_MAX_SPANS))
        self._watched = exporter
        self._accepted = 0
        super().__init__(exporter, max_queue_size=self._max_spans)

    def on_end(self, span: ReadableSpan) -> None:
        # Two counters, each written by one thread: the event loop's, and the one that exports.
        if self._accepted - self._watched.taken >= self._max_spans:
            _dropped.inc()
            return
        if span.context is not None and span.context.trace_flags.sampled:
            self._accepted += 1
            super().on_end(span)
