"""A path of a service that is not there is answered "not now", never "not found"."""

import re
from collections.abc import Iterable

import pytest
from tests.asgi import ask

from get_jobs import main as get_jobs
from get_scores.fallback_routes import FALLBACK_ROUTES
from highscores.web.app import create_app
from highscores.web.cors import Cors
from highscores.web.edge import Edge
from highscores.web.openapi import ApiDocument
from post_score import main as post_score


@pytest.fixture
def app() -> Edge:
    document = ApiDocument(title="test", description="A test.", path="/openapi.json")
    return Edge(create_app(document, [FALLBACK_ROUTES], {}), Cors("reads", ()))


def theirs() -> Iterable[tuple[str, str]]:
    """Method and path of everything that the other two answer."""
    for handler in (*post_score.ROUTES, *get_jobs.ROUTES):
        for path in handler.paths:
            filled = re.sub(r"\{[a-z]+(:[a-z]+)?\}", "b52b9e22-9bb8-8a52-b5d5-5b8d6a2d0f4e", path)
            yield from ((str(method), filled) for method in sorted(handler.http_methods) if method != "OPTIONS")


@pytest.mark.parametrize(("method", "path"), [*theirs()])
async def test_is_not_now(app: Edge, method: str, path: str) -> None:
    reply = await ask(app, method, path)

    assert (reply.status, reply.json()["type"]) == (503, "/problems/unavailable")
    assert int(reply.headers["retry-after"]) > 0


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("path", ["/v1/documents/", "//v1/scores", "/v1/scores/", "/v1%2Fscores", "/v1/x/../scores"])
async def test_a_path_that_is_nobody_s_is_not_found(app: Edge, method: str, path: str) -> None:
    reply = await ask(app, method, path)

    assert (reply.status, reply.json()["type"]) == (404, "/problems/not-found")
