"""Waiting for a condition instead of for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

POLL_INTERVAL_S = 0.02

Result = TypeVar("Result")


async def eventually(ask: Callable[[], Awaitable[Result]], *, within_s: float = 10.0) -> Result:
    """Ask until the answer is truthy, and return it; fail with the last answer when time is up."""
    deadline = time.monotonic() + within_s
    while not (answer := await ask()):
        assert time.monotonic() < deadline, f"not within {within_s} s; the last answer was {answer!r}"
        await asyncio.sleep(POLL_INTERVAL_S)
    return answer
