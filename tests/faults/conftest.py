"""A whole service that may be broken, and is whole again before each test."""

from collections.abc import Iterator

import pytest
from tests.stack import FRONT_DOOR, SERVICES, Stack, running_stack

SERVERS = ("rabbitmq", "postgres", "redis-jobs", "redis-documents")


@pytest.fixture(scope="session")
def breakable() -> Iterator[Stack]:
    with running_stack() as running:
        yield running


@pytest.fixture
def stack(breakable: Stack) -> Iterator[Stack]:
    yield breakable
    heal(breakable)


def heal(stack: Stack) -> None:
    """Start what does not run, as supervisor or Kubernetes would."""
    for name in (*SERVERS, *SERVICES, FRONT_DOOR):
        if not stack.is_running(name):
            stack.start(name)
