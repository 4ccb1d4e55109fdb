"""The web page: its files, its policy, and 304 for those who have it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from get_scores.static import CONTENT_SECURITY_POLICY, page_routes


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient[Litestar]]:
    root = tmp_path / "web"
    root.mkdir()
    (tmp_path / "secret.txt").write_text("secret")
    for name in ("index.html", "docs.html", "app.js", "favicon.svg"):
        (root / name).write_text(name)
    with TestClient(Litestar([page_routes(root)], openapi_config=None)) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "file", "media_type"),
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/docs", "docs.html", "text/html; charset=utf-8"),
        ("/assets/app.js", "app.js", "text/javascript; charset=utf-8"),
        ("/favicon.ico", "favicon.svg", "image/svg+xml"),
    ],
)
def test_files(client: TestClient[Any], path: str, file: str, media_type: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.text) == (200, file)
    assert response.headers["content-type"] == media_type
    assert response.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cross-origin-opener-policy"] == "same-origin"
    assert response.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/", "/assets/app.js"])
def test_unchanged_files_are_not_sent_again(client: TestClient[Any], path: str) -> None:
    tag = client.get(path).headers["etag"]
    response = client.get(path, headers={"If-None-Match": tag})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == tag
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/assets/none.js", "/assets/..%2fsecret.txt", "/assets/%2e%2e/secret.txt", "/assets/"]
)
def test_nothing_outside_the_folder(client: TestClient[Any], path: str) -> None:
    assert client.get(f"/assets/{path}").status_code == 404
