"""A path of a service that is not there is answered "not now", never "not found"."""

from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from get_scores.elsewhere import ELSEWHERE
from highscores.web.problems import handle_exception


@pytest.fixture
def client() -> Iterator[TestClient[Litestar]]:
    with TestClient(Litestar([ELSEWHERE], exception_handlers={Exception: handle_exception})) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/scores"),
        ("POST", "/v1/scores/batch"),
        ("PUT", "/v1/admin/boards/arcade"),
        ("DELETE", "/v1/admin/boards/arcade/hidden/alice"),
        ("POST", "/v1/documents"),
        ("GET", "/v1/documents"),
        ("GET", "/v1/jobs"),
        ("GET", "/v1/jobs/b52b9e22-9bb8-8a52-b5d5-5b8d6a2d0f4e"),
    ],
)
def test_is_not_now(client: TestClient[Any], method: str, path: str) -> None:
    response = client.request(method, path)

    assert (response.status_code, response.json()["type"]) == (503, "/problems/unavailable")
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_the_routing_table_gives_to_this_service_is_not_found(client: TestClient[Any], method: str) -> None:
    response = client.request(method, "/v1/documents/")

    assert (response.status_code, response.json()["type"]) == (404, "/problems/not-found")
