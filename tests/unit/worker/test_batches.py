"""The age of the oldest score that a worker holds and has not applied."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from unittest.mock import AsyncMock, Mock
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY

from highscores.domain.commands import SubmitScore
from worker.commands.apply import BatchOutcome
from worker.delivery.batches import Batches
from worker.delivery.buffer import BATCH_COMMANDS, Delivery

ENOUGH_S = 5.0  # between the clocks of the test and the gauge


class GatedLedger:
    """Whose transactions last until they are told to end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._may_end = asyncio.Semaphore(0)

    def end_one(self) -> None:
        self.begun.clear()
        self._may_end.release()

    async def write(self, _: Callable[..., Awaitable[Any]]) -> BatchOutcome:
        self.begun.set()
        await self._may_end.acquire()
        return BatchOutcome([], [], [])

    async def buckets(self) -> int:
        return 1


@pytest.fixture
def ledger() -> GatedLedger:
    return GatedLedger()


@pytest.fixture
async def batches(ledger: GatedLedger) -> AsyncIterator[Batches]:
    batches = Batches(ledger, AsyncMock(), Mock(), Mock())  # type: ignore[arg-type]
    running = asyncio.create_task(batches.run())
    yield batches
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def delivery(*, age_s: float, commands: int = 1) -> Delivery:
    accepted_at = int((time.time() - age_s) * 1_000_000)
    return Delivery(
        AsyncMock(), [SubmitScore(uuid4(), accepted_at, "tetris", "alice", 1, accepted_at) for _ in range(commands)]
    )


def oldest_s() -> float:
    value = REGISTRY.get_sample_value("highscores_oldest_command_seconds")
    assert value is not None
    return value


def test_who_holds_nothing_has_nothing_old(batches: Batches) -> None:
    assert oldest_s() == 0


async def test_a_score_in_a_transaction_is_not_yet_applied(batches: Batches, ledger: GatedLedger) -> None:
    """Behind it stands a younger one, which does not fit into its batch."""
    batches.add(delivery(age_s=100, commands=BATCH_COMMANDS))
    batches.add(delivery(age_s=50))
    await ledger.begun.wait()

    assert oldest_s() == pytest.approx(100, abs=ENOUGH_S)


async def test_after_it_the_one_behind_is_the_oldest(batches: Batches, ledger: GatedLedger) -> None:
    batches.add(delivery(age_s=100, commands=BATCH_COMMANDS))
    batches.add(delivery(age_s=50))
    await ledger.begun.wait()

    ledger.end_one()
    await ledger.begun.wait()

    assert oldest_s() == pytest.approx(50, abs=ENOUGH_S)


async def test_what_is_applied_is_forgotten(batches: Batches, ledger: GatedLedger) -> None:
    batches.add(delivery(age_s=100))

    ledger.end_one()
    await batches.drained()

    assert oldest_s() == 0


async def test_a_clock_that_is_ahead_makes_nothing_younger_than_now(batches: Batches, ledger: GatedLedger) -> None:
    batches.add(delivery(age_s=-100))
    await ledger.begun.wait()

    assert oldest_s() == 0


async def test_messages_wait_as_they_came_while_too_much_is_held(
    ledger: GatedLedger, batches: Batches, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.delivery.batches.BUFFERED_SUBMISSIONS_MAX", 3)
    batches.add(delivery(age_s=0, commands=2))
    await asyncio.wait_for(batches.wait_for_room(), ENOUGH_S)
    batches.add(delivery(age_s=0, commands=2))  # of whatever size: only what comes behind it waits
    waiting = asyncio.create_task(batches.wait_for_room())
    await asyncio.wait_for(ledger.begun.wait(), ENOUGH_S)
    assert not waiting.done()

    ledger.end_one()

    await asyncio.wait_for(waiting, ENOUGH_S)
