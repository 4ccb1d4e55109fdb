"""Who may do what: 401 for a missing or bad key, 403 for one that is not allowed."""

import secrets
from typing import Any

import httpx
import pytest
from tests.api import Api, eventually
from tests.contract.shapes import assert_problem
from tests.stack import Stack

pytestmark = pytest.mark.contract

SCORE = {"board": "{board}", "player": "ada", "score": 1}
CALLS: dict[str, tuple[str, str, Any]] = {
    "score": ("POST", "/v1/scores", SCORE),
    "batch": ("POST", "/v1/scores/batch", {"scores": [SCORE]}),
    "define": ("PUT", "/v1/admin/boards/{board}", {"title": "T"}),
    "delete": ("DELETE", "/v1/admin/boards/{board}", None),
    "private-page": ("GET", "/v1/boards/{private}/standings", None),
    "private-standing": ("GET", "/v1/boards/{private}/standings/ada", None),
    "private-rank": ("GET", "/v1/boards/{private}/rank?score=1", None),
    "private-board": ("GET", "/v1/boards/{private}", None),
    "private-periods": ("GET", "/v1/boards/{private}/periods", None),
    "private-document": ("GET", "/v1/documents/{private}:all", None),
    "public-page": ("GET", "/v1/boards/{public}/standings", None),
    "boards": ("GET", "/v1/boards", None),
    "player": ("GET", "/v1/players/p1", None),
}
# What each call answers to a caller with no key, with one of each scope.
RIGHTS = {
    "score": (401, 202, 403, 202),
    "batch": (401, 202, 403, 202),
    "define": (401, 403, 403, 202),
    "delete": (401, 403, 403, 202),
    "private-page": (401, 403, 200, 200),
    "private-standing": (401, 403, 200, 200),
    "private-board": (401, 403, 200, 200),
    "private-periods": (401, 403, 200, 200),
    "private-document": (401, 403, 200, 200),
    "public-page": (200, 200, 200, 200),
    "boards": (200, 200, 200, 200),
    "player": (200, 200, 200, 200),
}
CALLERS = ("nobody", "submit", "read", "admin")
SLUGS = {401: "unauthorized", 403: "forbidden"}


@pytest.fixture
def names(board: str, private_ladder: str, ladder: str) -> dict[str, str]:
    return {"board": board, "private": private_ladder, "public": ladder}


def call(api: Api, name: str, names: dict[str, str], headers: dict[str, str] | None = None) -> httpx.Response:
    method, path, body = CALLS[name]
    filled = _fill(body, names)
    return api.command(method, path.format(**names), filled, headers=headers)


def _fill(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, names) for inner in value]
    return value.format(**names) if isinstance(value, str) else value


@pytest.mark.parametrize("name", RIGHTS)
@pytest.mark.parametrize("caller", CALLERS)
def test_rights(callers: dict[str, Api], names: dict[str, str], name: str, caller: str) -> None:
    expected = RIGHTS[name][CALLERS.index(caller)]

    answer = call(callers[caller], name, names)

    if expected in SLUGS:
        assert_problem(answer, expected, SLUGS[expected])
    else:
        assert answer.status_code == expected, answer.text


@pytest.mark.parametrize("name", [name for name, rights in RIGHTS.items() if rights[0] == 401] + ["boards", "player"])
@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic YTpi",
        "{key}",
        "Token {key}",
        "Bearer {key} x",
        "Bearer  x y",
        "Bearer {key}x",
        "bearer,{key}",
        "Bearer " + "x" * 3000,
    ],
)
def test_a_bad_key_is_401(stack: Stack, anonymous: Api, names: dict[str, str], name: str, authorization: str) -> None:
    headers = {"Authorization": authorization.format(key=stack.keys.admin)}

    assert_problem(call(anonymous, name, names, headers), 401, "unauthorized")


def test_the_scheme_is_read_in_any_case(stack: Stack, anonymous: Api, names: dict[str, str]) -> None:
    headers = {"Authorization": f"bEARER {stack.keys.admin}"}

    assert call(anonymous, "define", names, headers).status_code == 202


def test_a_key_comes_before_the_body(anonymous: Api, reader: Api) -> None:
    kind = {"Content-Type": "application/json"}

    assert_problem(anonymous.http.post("/v1/scores", content=b"{", headers=kind), 401, "unauthorized")
    assert_problem(reader.http.post("/v1/scores", content=b"{", headers=kind), 403, "forbidden")


def test_a_new_key_works_and_a_revoked_one_stops(stack: Stack, names: dict[str, str]) -> None:
    key = stack.fresh_key("submit")
    api = Api(stack.url, key)
    with api.http:
        assert call(api, "score", names).status_code == 202
        stack.query(f"update api_keys set revoked_at = 1 where key_hash = sha256('{key}')")
        answer = eventually(lambda: call(api, "score", names), lambda answer: answer.status_code != 202, within_s=8)
    assert_problem(answer, 401, "unauthorized")


def test_private_boards_are_not_listed_for_others(callers: dict[str, Api], private_ladder: str) -> None:
    def listed(api: Api) -> bool:
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = api.get("/v1/boards", params={"limit": "100", **cursor}).json()
            found += [board["board"] for board in page["boards"]]
            if page["next"] is None:
                return private_ladder in found
            cursor = {"cursor": page["next"]}

    assert {caller: listed(api) for caller, api in callers.items()} == {
        "nobody": False,
        "submit": False,
        "read": True,
        "admin": True,
    }


def test_keys_are_stored_as_hashes_alone(stack: Stack) -> None:
    stored = stack.query("select encode(key_hash, 'escape'), name from api_keys")

    assert not any(key in stored for key in (stack.keys.admin, stack.keys.submit, stack.keys.read))


def test_no_key_or_name_is_logged(stack: Stack, admin: Api, board: str) -> None:
    marker = secrets.token_hex(8)
    admin.submit_done(board, "ada", 1, name=marker, metadata={"m": marker})
    admin.submit(board, "ada", "x", name=marker, metadata={"m": marker})  # type: ignore[arg-type]

    for service in ("post_score", "get_scores", "get_jobs", "worker"):
        log = stack.private.log(service)
        assert marker not in log
        assert stack.keys.admin not in log
