"""Questions to PostgreSQL within a request."""

import asyncio
import time

import pytest

from highscores.domain.unavailable import UnavailableError
from highscores.ledger import query_deadline
from highscores.ledger.query_deadline import ask

LIMIT_S = 0.05


async def test_an_answer_is_returned() -> None:
    async def answer() -> int:
        return 7

    assert await ask(answer()) == 7


async def test_a_lost_connection_is_an_outage() -> None:
    async def lost() -> None:
        raise ConnectionResetError

    with pytest.raises(UnavailableError):
        await ask(lost())


async def test_what_is_no_outage_is_raised_as_it_is() -> None:
    async def wrong() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask(wrong())


async def test_a_driver_that_takes_its_time_to_give_up_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query_deadline, "ANSWER_LIMIT_S", LIMIT_S)
    closed = asyncio.Event()

    async def hanging() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await closed.wait()

    began = time.monotonic()
    with pytest.raises(UnavailableError):
        await ask(hanging())

    assert LIMIT_S <= time.monotonic() - began < 1.0
    closed.set()
