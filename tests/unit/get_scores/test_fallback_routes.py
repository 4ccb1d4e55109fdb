"""A path of a service that is not there is answered "not now", never "not found"."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from get_jobs import main as get_jobs
from get_scores.fallback_routes import FALLBACK_ROUTES
from highscores.web.problems import handle_exception
from post_score import main as post_score


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar([FALLBACK_ROUTES], exception_handlers={Exception: handle_exception})) as client:
        yield client


def theirs() -> Iterable[tuple[str, str]]:
    """Method and path of everything that the other two answer."""
    for handler in (*post_score.ROUTES, *get_jobs.ROUTES):
        for path in handler.paths:
            filled = re.sub(r"\{[a-z]+(:[a-z]+)?\}", "b52b9e22-9bb8-8a52-b5d5-5b8d6a2d0f4e", path)
            yield from ((str(method), filled) for method in sorted(handler.http_methods) if method != "OPTIONS")


@pytest.mark.parametrize(("method", "path"), [*theirs()])
def test_is_not_now(client: TestClient[Any], method: str, path: str) -> None:
    response = client.request(method, path)

    assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_routing_table_gives_to_this_service_is_not_found(client: TestClient[Any], method: str) -> None:
    response = client.request(method, "/v1/documents/")

    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")
