"""API keys."""

import hashlib
from typing import cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.problems import ProblemError
from highscores.ledger import reads
from highscores.ledger.reads import ApiKey
from highscores.web.auth import Caller, Keys

KEY = "hs_test"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    async def find(_: AsyncEngine, key_hash: bytes) -> ApiKey | None:
        known = hashlib.sha256(KEY.encode()).digest()
        return ApiKey("game", frozenset({"submit"})) if key_hash == known else None

    monkeypatch.setattr(reads, "find_api_key", find)
    return Keys(cast(AsyncEngine, None))


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer   {KEY}", f"BEARER {KEY}".encode()])
async def test_a_known_key_has_its_caller(keys: Keys, header: str | bytes) -> None:
    caller = await keys.authenticate(header)
    assert (caller.name, caller.scopes) == ("game", frozenset({"submit"}))
    assert KEY not in caller.id


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        f"Basic {KEY}",
        KEY,
        "Bearer other",
        "Bearer a b",
        "Bearer " + "x" * 201,
        "Bearer ü",
    ],
)
async def test_without_a_known_key_it_is_401_with_a_challenge(keys: Keys, header: str | None) -> None:
    with pytest.raises(ProblemError) as raised:
        await keys.authenticate(header)
    assert raised.value.problem.status == 401
    assert raised.value.headers == {"WWW-Authenticate": "Bearer"}


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (None, "Send the header Authorization: Bearer <key>."),
        ("", "The header Authorization is empty"),
        (KEY, "lacks the word Bearer before the key"),
        ("Bearer", "has no key after the word Bearer"),
        ("Bearer ", "has no key after the word Bearer"),
        (f"Basic {KEY}", "another scheme than Bearer"),
        (f"Bearer: {KEY}", "another scheme than Bearer"),
        (f"Bearer {KEY} {KEY}", "more than one word after Bearer"),
        ("Bearer " + "x" * 201, "longer than 200 characters"),
        ("Bearer ü", "not printable ASCII"),
        ("Bearer other", "The key is not known."),
    ],
)
async def test_what_is_missing_is_said_and_no_key_repeated(keys: Keys, header: str | None, says: str) -> None:
    with pytest.raises(ProblemError) as raised:
        await keys.authenticate(header)
    assert says in raised.value.problem.detail
    assert KEY not in raised.value.problem.detail


async def test_nobody_is_nobody_but_a_bad_key_is_bad(keys: Keys) -> None:
    assert await keys.identify(None) is None
    with pytest.raises(ProblemError):
        await keys.identify("Bearer other")


def test_admin_may_everything_and_others_what_they_may() -> None:
    submit, admin = (Caller("i", "n", frozenset({scope})) for scope in ("submit", "admin"))
    admin.require("submit")
    admin.require("read")
    submit.require("submit")
    with pytest.raises(ProblemError) as raised:
        submit.require("admin")
    assert raised.value.problem.status == 403
