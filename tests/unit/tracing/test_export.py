"""Spans on their way out: nobody waits for them, and what is lost is counted."""

import threading
import time
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from highscores.process.settings import PostgresSettings, RabbitmqSettings, TracingSettings
from highscores.tracing import active, running
from highscores.tracing.export import BoundedProcessor, WatchedExporter
from highscores.tracing.null import NoTracing
from highscores.tracing.otel import STOP_WITHIN_S, OpenTelemetryTracing

QUEUE_SPANS = 8
UNREACHABLE = "http://127.0.0.1:9"  # the port for what is to be discarded


class Collector(SpanExporter):
    """Takes what comes while the gate is open; with an error, nothing."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.is_exporting = threading.Event()
        self.spans: list[ReadableSpan] = []
        self.error: Exception | None = None
        self.result = SpanExportResult.SUCCESS

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.is_exporting.set()
        self.gate.wait()
        if self.error is not None:
            raise self.error
        self.spans += spans
        return self.result


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.gate.set()  # so that its thread ends


@pytest.fixture
def tracing(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> OpenTelemetryTracing:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", str(QUEUE_SPANS))
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1")
    provider = TracerProvider(sampler=DEFAULT_ON, shutdown_on_exit=False)
    provider.add_span_processor(BoundedProcessor(WatchedExporter(collector)))
    return OpenTelemetryTracing(provider, PostgresSettings(), RabbitmqSettings())


def end_spans(tracing: OpenTelemetryTracing, count: int) -> None:
    tracer = tracing._provider.get_tracer("test")
    for number in range(count):
        tracer.start_span(str(number)).end()


def outcome(name: str) -> float:
    return REGISTRY.get_sample_value("highscores_trace_spans_total", {"outcome": name}) or 0


def test_what_a_slow_collector_cannot_take_is_dropped_and_counted(
    tracing: OpenTelemetryTracing, collector: Collector
) -> None:
    dropped, exported = outcome("dropped"), outcome("exported")
    end_spans(tracing, 1)
    assert collector.is_exporting.wait(5)

    began = time.monotonic()
    end_spans(tracing, QUEUE_SPANS + 50)
    took = time.monotonic() - began

    assert took < 0.5
    assert outcome("dropped") - dropped == 50
    collector.gate.set()
    tracing.stop()
    assert [span.name for span in collector.spans] == ["0", *(str(number) for number in range(QUEUE_SPANS))]
    assert outcome("exported") - exported == QUEUE_SPANS + 1


def test_a_collector_that_hangs_delays_the_end_by_a_second_at_most(
    tracing: OpenTelemetryTracing, collector: Collector
) -> None:
    end_spans(tracing, 3)
    assert collector.is_exporting.wait(5)

    began = time.monotonic()
    tracing.stop()

    assert time.monotonic() - began < STOP_WITHIN_S + 0.5


def test_what_is_left_is_sent_at_the_end(tracing: OpenTelemetryTracing, collector: Collector) -> None:
    collector.gate.set()
    end_spans(tracing, 3)
    tracing.stop()
    assert len(collector.spans) == 3


@pytest.mark.parametrize("raises", [True, False])
def test_the_log_says_once_that_the_collector_is_away_and_once_that_it_is_back(raises: bool) -> None:
    collector = Collector()
    collector.gate.set()
    watched = WatchedExporter(collector)
    failed = outcome("failed")

    with capture_logs() as lines:
        if raises:
            collector.error = OSError()
        else:
            collector.result = SpanExportResult.FAILURE
        results = [watched.export([]) for _ in range(3)]
        collector.error, collector.result = None, SpanExportResult.SUCCESS
        results += [watched.export([]) for _ in range(3)]

    assert results == [SpanExportResult.FAILURE] * 3 + [SpanExportResult.SUCCESS] * 3
    assert outcome("failed") == failed
    told = [(line["event"], line.get("reason")) for line in lines]
    assert told == [
        ("trace_collector.away", "OSError" if raises else "refused"),
        ("trace_collector.back", None),
    ]


def test_off_there_is_nothing() -> None:
    with running(TracingSettings(enabled=False), "test"):
        assert isinstance(active(), NoTracing)


def test_the_standard_variables_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", UNREACHABLE)
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=games,deployment.environment.name=test")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    with running(TracingSettings(enabled=True), "post_score"):
        tracing = active()
        assert isinstance(tracing, OpenTelemetryTracing)
        attributes = tracing._provider.resource.attributes
        assert attributes["service.name"] == "post_score"
        assert attributes["service.namespace"] == "games"
        assert attributes["deployment.environment.name"] == "test"
        assert not tracing._provider.get_tracer("test").start_span("test").is_recording()
        assert tracing._provider.sampler.get_description().startswith("ParentBased{root:AlwaysOffSampler")
    assert isinstance(active(), NoTracing)


def test_the_name_may_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", UNREACHABLE)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "scores-eu")
    with running(TracingSettings(enabled=True), "post_score"):
        tracing = active()
        assert isinstance(tracing, OpenTelemetryTracing)
        assert tracing._provider.resource.attributes["service.name"] == "scores-eu"
