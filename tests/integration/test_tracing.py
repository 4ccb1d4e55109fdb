"""Traces of the running services, as a collector gets them; and that nobody waits for one."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from tests.eventually import eventually
from tests.integration.collector import Collector, Span, running_collector
from tests.servers import PrivateStack

from highscores_local import postgres
from highscores_local.ports import LOOPBACK, free_ports

pytestmark = pytest.mark.integration

SERVICES = ("worker", "post_score", "get_scores", "get_jobs")
UNREACHABLE = f"http://{LOOPBACK}:9"  # the port for what is to be discarded
ANSWERED_WITHIN_S = 1.0
STOP_WITHIN_S = 5.0
KEY = f"hs_{secrets.token_urlsafe(32)}"


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with running_collector() as collector:
        yield collector


def tracing_to(url: str) -> dict[str, str]:
    return {
        "HIGHSCORES_TRACING_ENABLED": "true",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_BSP_SCHEDULE_DELAY": "100",
    }


@contextmanager
def started(stack: PrivateStack, settings: Mapping[str, str], *names: str) -> Iterator[None]:
    """Run these services with further settings; those that ran before run again afterwards, with their own."""
    before = {name: stack.programs[name] for name in names}
    running = [name for name in names if stack.runner.is_running(before[name])]
    stack.stop(*running)
    for name, program in before.items():
        stack.programs[name] = replace(program, environment={**program.environment, **settings})
    try:
        stack.start(*names)
        yield
    finally:
        stack.stop(*names)
        stack.programs.update(before)
        stack.start(*running)


@pytest.fixture(scope="module")
def admin_key(stack: PrivateStack) -> str:
    subprocess.run(
        [stack.services.command("worker"), "keys", "ensure", "--scope", "admin", "--name", "tracing"],
        env={**stack.environment(postgres.OWNER), "HIGHSCORES_KEY": KEY},
        check=True,
        timeout=60,
    )
    return KEY


@pytest.fixture(scope="module")
def traced(stack: PrivateStack, admin_key: str, collector: Collector) -> Iterator[PrivateStack]:
    """The four services, traced."""
    with started(stack, tracing_to(collector.url), *SERVICES):
        yield stack


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=15, headers={"Authorization": f"Bearer {KEY}"}) as client:
        yield client


def url(stack: PrivateStack, service: str, path: str) -> str:
    return f"http://{LOOPBACK}:{getattr(stack.ports, service)}{path}"


async def define(client: httpx.AsyncClient, stack: PrivateStack, board: str, **headers: str) -> str:
    answer = await client.put(
        url(stack, "post_score", f"/v1/admin/boards/{board}"), json={"title": "x"}, headers=headers
    )
    return await done(client, stack, answer)


async def submit(
    client: httpx.AsyncClient, stack: PrivateStack, board: str, player: str = "alice", **headers: str
) -> httpx.Response:
    body = {"board": board, "player": player, "score": 7, "name": player.title()}
    return await client.post(url(stack, "post_score", "/v1/scores"), json=body, headers=headers)


async def done(client: httpx.AsyncClient, stack: PrivateStack, answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["job"]
    state = await client.get(url(stack, "get_jobs", f"/v1/jobs/{job}?wait=10"))
    assert state.json()["status"] == "done", state.text
    return job


def new_traceparent() -> tuple[str, str]:
    """A trace that a client has begun: its id, and the header."""
    trace_id = secrets.token_hex(16)
    return trace_id, f"00-{trace_id}-{secrets.token_hex(8)}-01"


async def spans_of(collector: Collector, trace_id: str, *names: str) -> dict[str, Span]:
    """Wait until these spans of the trace have come, in whichever order; return all of the trace."""

    async def have_come() -> dict[str, Span] | None:
        found = collector.of_trace(trace_id)
        return found if found.keys() >= set(names) else None

    found = await eventually(have_come)
    assert found is not None
    return found


async def test_a_score_is_one_trace_from_http_to_the_transaction_and_the_document(
    traced: PrivateStack, collector: Collector, client: httpx.AsyncClient, board: str
) -> None:
    await define(client, traced, board)
    await done(client, traced, await submit(client, traced, board, "bob"))
    await client.get(url(traced, "get_scores", f"/v1/boards/{board}/standings"))  # has the document built
    trace_id, traceparent = new_traceparent()

    job = await done(client, traced, await submit(client, traced, board, traceparent=traceparent))

    way = [
        "post_score: POST /v1/scores",
        "post_score: create scores",
        "worker: process scores",
        "worker: apply batch",
        "worker: apply submissions",
    ]
    spans = await spans_of(collector, trace_id, *way, "post_score: send scores", "worker: catch up document")
    assert spans[way[0]].parent_id == traceparent.split("-")[2]
    assert [spans[child].parent_id for child in way[1:]] == [spans[parent].span_id for parent in way[:-1]]
    assert spans["post_score: send scores"].parent_id == spans["post_score: create scores"].span_id
    assert spans["worker: catch up document"].parent_id == spans["worker: apply batch"].span_id
    assert spans["worker: process scores"].attributes["highscores.job"] == job
    assert 0 < spans["worker: process scores"].attributes["highscores.queue_seconds"] < 5
    assert not any("alice" in str(span.attributes).lower() for span in spans.values())


async def test_a_request_without_a_trace_begins_one(
    traced: PrivateStack, collector: Collector, client: httpx.AsyncClient, board: str
) -> None:
    job = await define(client, traced, board)

    async def transaction() -> Span | None:
        ours = [span for span in list(collector.spans) if span.attributes.get("highscores.job") == job]
        traces = {span.trace_id for span in ours}
        assert len(traces) <= 1
        return next((s for s in list(collector.spans) if s.trace_id in traces and s.name == "define-board"), None)

    assert await eventually(transaction)


async def test_a_document_that_somebody_asks_for_is_built_in_the_trace_of_the_asking(
    traced: PrivateStack, collector: Collector, client: httpx.AsyncClient, board: str
) -> None:
    await define(client, traced, board)
    await done(client, traced, await submit(client, traced, board))
    trace_id, traceparent = new_traceparent()

    answer = await client.get(
        url(traced, "get_scores", f"/v1/boards/{board}/standings"), headers={"traceparent": traceparent}
    )

    assert answer.status_code == 200
    way = [
        "get_scores: GET /v1/boards/{board}/standings",
        "get_scores: send control",
        "worker: process control",
        "worker: catch up document",
    ]
    spans = await spans_of(collector, trace_id, *way, "worker: record jobs")
    assert [spans[child].parent_id for child in way[1:]] == [spans[parent].span_id for parent in way[:-1]]


async def test_under_load_each_request_has_its_part_of_the_batches(
    traced: PrivateStack, collector: Collector, client: httpx.AsyncClient, board: str
) -> None:
    await define(client, traced, board)
    requests = [new_traceparent() for _ in range(40)]

    await asyncio.gather(*(submit(client, traced, board, traceparent=header) for _, header in requests))

    traces = [
        await spans_of(collector, trace_id, "post_score: create scores", "worker: process scores")
        for trace_id, _ in requests
    ]
    for spans in traces:
        assert spans["worker: process scores"].parent_id == spans["post_score: create scores"].span_id

    async def batches() -> set[str] | None:
        """Those that the requests share, once they have come, each in the trace of the first of its requests."""
        leads = {
            trace["worker: apply batch"].span_id
            for trace in map(collector.of_trace, dict(requests))
            if "worker: apply batch" in trace
        }
        shared = {link for spans in traces for link in spans["worker: process scores"].links}
        return leads if shared <= leads else None

    found = await eventually(batches)
    assert found is not None
    assert 0 < len(found) < len(requests)


async def test_with_a_collector_that_is_away_requests_are_answered_and_the_end_is_quick(
    stack: PrivateStack, admin_key: str, client: httpx.AsyncClient
) -> None:
    board = f"test-{uuid4().hex}"
    with started(stack, tracing_to(UNREACHABLE) | {"OTEL_EXPORTER_OTLP_TIMEOUT": "1"}, *SERVICES):
        await define(client, stack, board)

        slowest = await slowest_answer(client, stack, board)

        async def is_told() -> bool:
            return "trace_collector.away" in stack.log("post_score")

        await eventually(is_told)
        assert slowest < ANSWERED_WITHIN_S
        assert stop_times(stack) < STOP_WITHIN_S


async def test_with_a_collector_that_hangs_requests_are_answered_and_the_end_is_quick(
    stack: PrivateStack, admin_key: str, client: httpx.AsyncClient
) -> None:
    board = f"test-{uuid4().hex}"
    with running_collector() as hanging, started(stack, tracing_to(hanging.url), *SERVICES):
        hanging.gate.clear()
        await define(client, stack, board)

        slowest = await slowest_answer(client, stack, board)

        assert hanging.asked.is_set()
        assert slowest < ANSWERED_WITHIN_S
        assert stop_times(stack) < STOP_WITHIN_S


async def slowest_answer(client: httpx.AsyncClient, stack: PrivateStack, board: str) -> float:
    async def timed() -> float:
        began = time.monotonic()
        assert (await submit(client, stack, board)).status_code == 202
        return time.monotonic() - began

    return max([await timed() for _ in range(50)])


def stop_times(stack: PrivateStack) -> float:
    """End all services by SIGTERM; return how long the slowest takes (seconds)."""
    processes = [stack.runner.running[name] for name in SERVICES]
    began = time.monotonic()
    for process in processes:
        process.send_signal(signal.SIGTERM)
    codes = [process.wait(STOP_WITHIN_S) for process in processes]
    assert codes == [0] * len(codes)
    return time.monotonic() - began


# Starts a service, waits until it answers probes, says which packages it has loaded, and ends it.
WHAT_IS_LOADED = """
import os, signal, sys, threading, time, urllib.request
from {module} import main

def look():
    while True:
        try:
            urllib.request.urlopen("http://127.0.0.1:{port}/livez", timeout=1)
            break
        except OSError:
            time.sleep(0.02)
    print(sorted({{"google.protobuf", "highscores.tracing.otel", "requests"}} & set(sys.modules)), flush=True)
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=look, daemon=True).start()
sys.argv = {argv}
main()
"""


@pytest.mark.parametrize(
    ("module", "argv"),
    [
        ("post_score.main", ["post_score"]),
        ("get_scores.main", ["get_scores"]),
        ("get_jobs.main", ["get_jobs"]),
        ("worker.main", ["worker", "run"]),
    ],
)
@pytest.mark.parametrize(
    ("enabled", "loaded"), [("false", "[]"), ("true", "['google.protobuf', 'highscores.tracing.otel', 'requests']")]
)
def test_off_nothing_that_sends_traces_is_loaded(module: str, argv: list[str], enabled: str, loaded: str) -> None:
    ports = free_ports()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("HIGHSCORES_", "OTEL_"))},
        "HIGHSCORES_TRACING_ENABLED": enabled,
        "HIGHSCORES_JOB_SECRET": "s" * 32,
        "HIGHSCORES_HTTP_PORT": str(ports.post_score),
        "HIGHSCORES_HEALTH_PORT": str(ports.post_score_health),
        **{f"HIGHSCORES_{server}_PORT": "9" for server in ("POSTGRES", "RABBITMQ", "JOBS_REDIS", "DOCUMENTS_REDIS")},
        "OTEL_EXPORTER_OTLP_ENDPOINT": UNREACHABLE,
    }
    program = WHAT_IS_LOADED.format(module=module, port=ports.post_score_health, argv=argv)

    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert (result.returncode, result.stdout.strip()) == (0, loaded), result.stderr
