"""Questions to PostgreSQL within a request: they end in time, and an outage is told as what it is."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from highscores.ledger.engine import Fault, fault_of
from highscores.web.cache import SourceUnavailableError

ANSWER_LIMIT_S = 2.0

Result = TypeVar("Result")


async def ask(question: Awaitable[Result]) -> Result:
    """Return what PostgreSQL answers; raise SourceUnavailableError when it cannot, now."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT_S):
            return await question
    except Exception as error:
        if fault_of(error) is Fault.UNAVAILABLE:
            raise SourceUnavailableError from error
        raise
