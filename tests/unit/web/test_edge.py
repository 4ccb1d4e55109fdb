"""What every request gets at the edge."""

import asyncio
from typing import Any

import pytest
from litestar import Request, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from prometheus_client import REGISTRY
from tests.asgi import ask

from highscores.domain.problems import ProblemError, unknown_job
from highscores.web import edge
from highscores.web.answers import Answer, json_answer
from highscores.web.app import create_app
from highscores.web.cors import Cors
from highscores.web.edge import Edge, FastRequest, FastRoute, extend_deadline
from highscores.web.openapi import ApiDocument, described
from highscores.web.request_validation import raw_headers

DOCUMENT = ApiDocument(title="test", description="A test.", path="/openapi.json")


@get("/items/{item:str}", summary="An item", opt=described(problems=(404,)))
async def get_item(item: FromPath[str], gate: NamedDependency[asyncio.Event]) -> dict[str, str]:
    """One of them."""
    if item == "unknown":
        raise ProblemError(unknown_job())
    if item == "broken":
        raise RuntimeError("secret")
    if item == "slow":
        await gate.wait()
    return {"item": item}


@get("/patient")
async def get_patiently(request: Request[Any, Any, Any]) -> str:
    extend_deadline(request.scope, 1.0)
    await asyncio.sleep(0.1)
    return "done"


@put("/items/{item:str}", status_code=202)
async def put_item(item: FromPath[str]) -> str:
    return item


@get("/seen")
async def get_seen(request: Request[Any, Any, Any]) -> str:
    return str(raw_headers(request)[b"if-none-match"].decode())


async def answer_fast(request: FastRequest) -> Answer:
    if b"x-fail" in request.headers:
        raise ProblemError(unknown_job())
    return json_answer(200, {"fast": True, "if-none-match": request.headers.get(b"if-none-match", b"").decode()})


@pytest.fixture
def gate() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
def app(gate: asyncio.Event) -> Edge:
    fast = {("GET", "/fast"): FastRoute("/fast", answer_fast)}
    return Edge(
        create_app(DOCUMENT, [get_item, put_item, get_patiently, get_seen], {"gate": gate}),
        Cors("commands", ("https://game.example",)),
        lambda method, path: fast.get((method, path)),
    )


@pytest.mark.parametrize("path", ["/fast", "/seen"])
async def test_a_list_may_come_in_several_lines(app: Edge, path: str) -> None:
    reply = await ask(app, "GET", path, headers={"if-none-match": '"1"'}, again={"if-none-match": '"2"'})
    assert '"1", "2"' in reply.body.decode().replace("\\", "")


@pytest.mark.parametrize("path", ["/fast", "/items/a", "/nothing"])
async def test_what_can_be_given_once_only_is_422_on_every_way(app: Edge, path: str) -> None:
    reply = await ask(app, "GET", path, headers={"idempotency-key": "a"}, again={"idempotency-key": "b"})
    assert (reply.status, reply.pointers()) == (422, ["#/Idempotency-Key"])
    assert reply.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/fast", "/items/a", "/nothing"])
async def test_each_answer_has_a_request_id(app: Edge, path: str) -> None:
    assert (await ask(app, "GET", path, headers={"x-request-id": "abc-1"})).headers["x-request-id"] == "abc-1"
    ours = (await ask(app, "GET", path, headers={"x-request-id": "no good\n"})).headers["x-request-id"]
    assert len(ours) == 16


@pytest.mark.parametrize(("path", "headers"), [("/fast", {"x-fail": "1"}), ("/items/unknown", {})])
async def test_problems_look_alike_on_both_ways(app: Edge, path: str, headers: dict[str, str]) -> None:
    reply = await ask(app, "GET", path, headers=headers)
    assert reply.status == 404
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["type"] == "/problems/unknown-job"


async def test_a_fault_is_500_and_tells_nothing(app: Edge) -> None:
    reply = await ask(app, "GET", "/items/broken")
    assert (reply.status, reply.json()["type"]) == (500, "/problems/internal")
    assert b"secret" not in reply.body


async def test_unknown_paths_and_methods_are_problems(app: Edge) -> None:
    assert (await ask(app, "GET", "/nothing")).json()["type"] == "/problems/not-found"
    reply = await ask(app, "DELETE", "/items/a")
    assert (reply.status, reply.json()["type"]) == (405, "/problems/method-not-allowed")
    assert reply.headers["allow"] == "GET, HEAD, OPTIONS, PUT"


async def test_options_tells_the_methods_of_all_handlers(app: Edge) -> None:
    reply = await ask(app, "OPTIONS", "/items/a")
    assert (reply.status, reply.body, reply.headers["allow"]) == (204, b"", "GET, HEAD, OPTIONS, PUT")
    assert "content-type" not in reply.headers
    assert reply.headers["x-request-id"]
    assert (await ask(app, "OPTIONS", "/nothing")).json()["type"] == "/problems/not-found"
    assert (await ask(app, "TRACE", "/items/a")).status == 405


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
@pytest.mark.parametrize(
    "path", ["/fast/", "//fast", "/%2Ffast", "/items/a/", "/items//a", "/x/../items/a", "/items/./a", "/%2e/items/a"]
)
async def test_no_path_is_taken_for_another(app: Edge, method: str, path: str) -> None:
    reply = await ask(app, method, path)
    assert (reply.status, reply.headers["content-type"]) == (404, "application/problem+json")
    assert method == "HEAD" or reply.json()["type"] == "/problems/not-found"


async def test_a_client_without_json_is_told(app: Edge) -> None:
    assert (await ask(app, "GET", "/items/a", headers={"accept": "text/html"})).status == 406


async def test_head_is_get_without_a_body(app: Edge) -> None:
    reply = await ask(app, "HEAD", "/items/a")
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-length"] == str(len(b'{"item":"a"}'))


async def test_a_request_ends_within_its_limit(app: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "REQUEST_LIMIT_S", 0.05)
    reply = await ask(app, "GET", "/items/slow")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert (await ask(app, "GET", "/patient")).status == 200, "it asked to wait"


async def test_too_many_at_a_time_are_refused(app: Edge, gate: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "MAX_IN_FLIGHT", 1)
    waiting = asyncio.create_task(ask(app, "GET", "/items/slow"))
    await asyncio.sleep(0.01)
    for path in ("/fast", "/items/a"):
        reply = await ask(app, "GET", path)
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    gate.set()
    assert (await waiting).status == 200
    assert (await ask(app, "GET", "/fast")).status == 200


async def test_the_edge_is_idle_when_all_are_answered(app: Edge, gate: asyncio.Event) -> None:
    await app.wait_idle()
    waiting = asyncio.create_task(ask(app, "GET", "/items/slow"))
    await asyncio.sleep(0.01)
    idle = asyncio.create_task(app.wait_idle())
    await asyncio.sleep(0.01)
    assert not idle.done()
    gate.set()
    await waiting
    await idle


async def test_metrics_are_labelled_by_template(app: Edge) -> None:
    def count(route: str, status: str) -> float:
        labels = {"route": route, "method": "GET", "status": status}
        return REGISTRY.get_sample_value("highscores_http_requests_total", labels) or 0

    before = count("/items/{item}", "200"), count("unmatched", "404"), count("/fast", "200")
    for path in ("/items/a", "/items/b", "/nothing-a", "/nothing-b", "/fast"):
        await ask(app, "GET", path)
    after = count("/items/{item}", "200"), count("unmatched", "404"), count("/fast", "200")
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 2, 1]


@pytest.mark.parametrize("path", ["/fast", "/items/a"])
async def test_only_listed_origins_may_read_the_answers_of_commands(app: Edge, path: str) -> None:
    ours = await ask(app, "GET", path, headers={"origin": "https://game.example"})
    assert ours.headers["access-control-allow-origin"] == "https://game.example"
    assert "access-control-allow-origin" not in (await ask(app, "GET", path, headers={"origin": "https://x"})).headers


async def test_a_preflight_is_answered_for_listed_origins(app: Edge) -> None:
    headers = {"origin": "https://game.example", "access-control-request-method": "POST"}
    reply = await ask(app, "OPTIONS", "/fast", headers=headers)
    assert reply.status == 204
    assert reply.headers["access-control-allow-origin"] == "https://game.example"
    assert "Idempotency-Key" in reply.headers["access-control-allow-headers"]
    refused = await ask(app, "OPTIONS", "/items/a", headers={**headers, "origin": "https://x"})
    assert "access-control-allow-origin" not in refused.headers


async def test_the_document_tells_of_handlers_and_their_problems(app: Edge) -> None:
    document = (await ask(app, "GET", "/openapi.json")).json()
    operation = document["paths"]["/items/{item}"]["get"]
    assert document["openapi"] == "3.1.0"
    assert operation["description"] == "One of them."
    assert operation["operationId"] == "getItem"
    assert [parameter["name"] for parameter in operation["parameters"]] == ["item"]
    assert {"200", "404", "406", "503"} <= set(operation["responses"])
    assert "Problem" in document["components"]["schemas"]
