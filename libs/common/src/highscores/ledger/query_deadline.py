"""Questions to PostgreSQL within a request: they end in time, and an outage is told as what it is."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from highscores.domain.unavailable import UnavailableError
from highscores.ledger.engine import Fault, fault_of

ANSWER_LIMIT_S = 1.5

Result = TypeVar("Result")


async def ask(question: Coroutine[Any, Any, Result]) -> Result:
    """Return what PostgreSQL answers; raise UnavailableError when it cannot, now."""
    asking = asyncio.create_task(question)
    try:
        # Not a timeout around it: a driver that gives up takes its time to close a connection that hangs.
        done, _ = await asyncio.wait({asking}, timeout=ANSWER_LIMIT_S)
    finally:
        asking.cancel()
        asking.add_done_callback(_retrieve)
    if not done:
        raise UnavailableError
    try:
        return asking.result()
    except Exception as error:
        if fault_of(error) is Fault.UNAVAILABLE:
            raise UnavailableError from error
        raise


def _retrieve(task: "asyncio.Task[Any]") -> None:
    if not task.cancelled():
        task.exception()  # of a question that nobody waits for any more
