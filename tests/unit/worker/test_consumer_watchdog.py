"""When the worker takes its consumers for lost."""

from unittest.mock import AsyncMock, Mock

import pytest
from aio_pika.exceptions import AMQPConnectionError, ChannelNotFoundEntity

from highscores.queue import topology
from highscores.queue.publisher import Broker
from worker.delivery.consumer_watchdog import CONSUMED, SILENT_LOOKS_MAX, ConsumerWatchdog


class Situation:
    def __init__(self) -> None:
        self.is_busy = False
        self.depth = AsyncMock(return_value=1)
        self.watchdog = ConsumerWatchdog(Mock(spec=Broker, depth=self.depth), is_busy=lambda queue: self.is_busy)

    async def look(self, times: int) -> set[str | None]:
        return {await self.watchdog.look() for _ in range(times)}


async def test_messages_that_wait_for_long_are_a_reason() -> None:
    situation = Situation()
    assert await situation.look(SILENT_LOOKS_MAX) == {None}
    assert await situation.look(1) == {"no-deliveries"}


async def test_a_deleted_queue_is_a_reason() -> None:
    situation = Situation()
    situation.depth.side_effect = ChannelNotFoundEntity("gone")
    assert await situation.look(1) == {"queue-deleted"}


async def test_a_delivery_is_a_sign_of_life() -> None:
    situation = Situation()
    for _ in range(3):
        assert await situation.look(SILENT_LOOKS_MAX) == {None}
        for queue in CONSUMED:
            situation.watchdog.delivered(queue)


@pytest.mark.parametrize("lost", CONSUMED, ids=lambda queue: queue.name)
async def test_one_lost_consumer_is_a_reason_though_the_others_deliver(lost: topology.Queue) -> None:
    situation = Situation()
    found = set()
    for _ in range(SILENT_LOOKS_MAX + 1):
        found |= await situation.look(1)
        for queue in CONSUMED:
            if queue is not lost:
                situation.watchdog.delivered(queue)
    assert found == {None, "no-deliveries"}


async def test_who_holds_deliveries_expects_no_more() -> None:
    situation = Situation()
    situation.is_busy = True
    assert await situation.look(3 * SILENT_LOOKS_MAX) == {None}


@pytest.mark.parametrize("error", [AMQPConnectionError("lost"), TimeoutError(), OSError()])
async def test_who_cannot_see_the_queues_waits_on(error: Exception) -> None:
    situation = Situation()
    situation.depth.side_effect = error
    assert await situation.look(3 * SILENT_LOOKS_MAX) == {None}


async def test_time_in_which_it_did_not_look_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a sleep of the machine: the clock has gone on, and nothing could be delivered."""
    situation = Situation()
    assert await situation.look(1) == {None}
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    assert await situation.look(1) == {None}
