"""Clients of the running service, by what they may do, and the boards that the tests read."""

from collections.abc import Iterator

import pytest
from tests.api import Api, connected, fresh
from tests.stack import Stack, of_board


@pytest.fixture(scope="session")
def admin(stack: Stack) -> Iterator[Api]:
    with connected(stack.url, stack.keys.admin) as api:
        yield api


@pytest.fixture(scope="session")
def submitter(stack: Stack) -> Iterator[Api]:
    with connected(stack.url, stack.keys.submit) as api:
        yield api


@pytest.fixture(scope="session")
def reader(stack: Stack) -> Iterator[Api]:
    with connected(stack.url, stack.keys.read) as api:
        yield api


@pytest.fixture(scope="session")
def anonymous(stack: Stack) -> Iterator[Api]:
    with connected(stack.url, None) as api:
        yield api


@pytest.fixture(scope="session")
def callers(admin: Api, submitter: Api, reader: Api, anonymous: Api) -> dict[str, Api]:
    """The same four, by name."""
    return {"admin": admin, "submit": submitter, "read": reader, "nobody": anonymous}


@pytest.fixture
def board(admin: Api) -> str:
    """A board with the default rules and no submissions."""
    name = fresh("plain")
    admin.define(name)
    return name


@pytest.fixture(scope="session")
def ladder(admin: Api) -> str:
    """A board of nine players, p1 (best, 900) to p9 (100), that nobody changes. Everything is on: periods, regions."""
    name = fresh("ladder")
    admin.define(name, title="Ladder", periods=["all", "day", "week", "month"], regions=True, min=0, max=1_000)
    admin.batch_done(
        [
            {
                "board": name,
                "player": f"p{rank}",
                "score": 1_000 - 100 * rank,
                "name": f"Player {rank}",
                "region": "EU" if rank % 2 else "us",
                "metadata": {"level": rank},
            }
            for rank in range(1, 10)
        ]
    )
    admin.current(name, 9)
    return name


@pytest.fixture(scope="session")
def private_ladder(admin: Api) -> str:
    """A private board with one standing."""
    name = fresh("secret")
    admin.define(name, visibility="private")
    admin.submit_done(name, "ada", 7)
    admin.current(name, 1)
    return name


@pytest.fixture(scope="module")
def untouched(admin: Api, stack: Stack) -> Iterator[str]:
    """A board that must have no submission after the module's tests, whatever they tried.

    Queues keep their order: when a last score has been applied, so has all that was let in before it.
    """
    name = fresh("untouched")
    admin.define(name)
    yield name
    admin.submit_done(name, "last", 1)
    assert stack.query(f"select player, score, name from submissions where {of_board(name)}") == "last|1|"
