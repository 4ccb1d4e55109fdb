"""One span for each request, in the trace that it names or in a new one."""

import asyncio
from typing import Any, cast

import pytest
import structlog
from litestar import get
from litestar.params import FromPath
from opentelemetry.trace import SpanKind, StatusCode
from structlog.testing import capture_logs
from tests.asgi import Reply, ask
from tests.unit.tracing.recorded import SPAN, TRACE, TRACEPARENT, UNSAMPLED, Recorded, context

from highscores import tracing
from highscores.queue.publisher import UnconfirmedError
from highscores.web.answers import Answer, json_answer
from highscores.web.app import create_app
from highscores.web.cors import Cors
from highscores.web.edge import Edge, FastRequest, FastRoute
from highscores.web.openapi import ApiDocument

DOCUMENT = ApiDocument(title="test", description="A test.", path="/openapi.json")


@get("/items/{item:str}")
async def get_item(item: FromPath[str]) -> dict[str, str]:
    if item == "broken":
        raise RuntimeError(item)
    return {"item": item}


async def answer_fast(request: FastRequest) -> Answer:
    if b"x-fail" in request.headers:
        raise RuntimeError("broken")
    if b"x-unconfirmed" in request.headers:
        raise UnconfirmedError
    return json_answer(200, {"fast": True})


@pytest.fixture
def edge() -> Edge:
    fast = {("GET", "/fast"): FastRoute("/fast", answer_fast)}
    return Edge(create_app(DOCUMENT, [get_item], {}), Cors("reads", ()), lambda method, path: fast.get((method, path)))


async def ask_traced(edge: Edge, path: str, method: str = "GET", **headers: str) -> Reply:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(cast(Edge, tracing.active().traced(edge)), method, path, headers=given)


@pytest.mark.parametrize(
    ("method", "path", "name", "route"),
    [
        ("GET", "/fast", "GET /fast", "/fast"),
        ("GET", "/items/a", "GET /items/{item}", "/items/{item}"),
        ("HEAD", "/items/a", "HEAD /items/{item}", "/items/{item}"),
        ("GET", "/nothing/alice", "GET", None),
        ("BREW", "/items/alice", "HTTP", None),
    ],
)
async def test_a_request_is_a_span_named_by_its_route(
    recorded: Recorded, edge: Edge, method: str, path: str, name: str, route: str | None
) -> None:
    reply = await ask_traced(edge, path, method)

    (span,) = recorded.spans
    assert span.attributes is not None
    assert (span.name, span.kind, span.parent) == (name, SpanKind.SERVER, None)
    assert span.attributes["http.response.status_code"] == reply.status
    assert span.attributes.get("http.route") == route
    assert span.attributes["http.request.method"] == (method if method != "BREW" else "_OTHER")
    assert not any("alice" in str(value) for value in span.attributes.values())


async def test_it_goes_on_with_the_trace_that_it_names(recorded: Recorded, edge: Edge) -> None:
    await ask_traced(edge, "/fast", traceparent=TRACEPARENT, tracestate="vendor=1")

    (span,) = recorded.spans
    assert span.parent is not None
    assert (f"{context(span).trace_id:032x}", f"{span.parent.span_id:016x}") == (TRACE, SPAN)
    assert context(span).trace_state.get("vendor") == "1"


async def test_who_does_not_want_to_be_traced_is_not(recorded: Recorded, edge: Edge) -> None:
    assert (await ask_traced(edge, "/fast", traceparent=UNSAMPLED)).status == 200
    assert recorded.spans == []


async def test_nonsense_starts_a_new_trace(recorded: Recorded, edge: Edge) -> None:
    await ask_traced(edge, "/fast", traceparent="00-nonsense")
    assert recorded.one("GET /fast").parent is None


async def test_requests_at_one_time_have_traces_of_their_own(recorded: Recorded, edge: Edge) -> None:
    await asyncio.gather(*(ask_traced(edge, "/items/a") for _ in range(5)))
    assert len({context(span).trace_id for span in recorded.spans}) == 5


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [("/items/broken", {}, 500), ("/fast", {"x_fail": "1"}, 500), ("/fast", {"x_unconfirmed": "1"}, 503)],
)
async def test_a_fault_is_one_in_the_span_too_without_its_text(
    recorded: Recorded, edge: Edge, path: str, headers: dict[str, str], status: int
) -> None:
    await ask_traced(edge, path, **headers)

    (span,) = recorded.spans
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description is None
    assert span.attributes is not None
    assert span.attributes["error.type"] == str(status)
    assert not span.events


@pytest.mark.parametrize(("path", "headers"), [("/items/broken", {}), ("/fast", {"x-fail": "1"})])
async def test_off_a_line_of_log_still_names_the_trace(edge: Edge, path: str, headers: dict[str, str]) -> None:
    processors: list[Any] = [structlog.contextvars.merge_contextvars]
    with capture_logs(processors) as lines:
        await ask(edge, "GET", path, headers={"traceparent": TRACEPARENT, **headers})
        await ask(edge, "GET", path, headers=headers)

    assert [line.get("trace_id") for line in lines if line["event"] == "request.failed"] == [TRACE, None]
