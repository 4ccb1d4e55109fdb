"""Requests in flight: bounded, and left in peace for a moment when the run stops."""

import asyncio
import os
import signal
from functools import partial

import pytest

from highscores_client.datagen import flight as module
from highscores_client.datagen.flight import InFlight, Stop, fly


async def test_no_more_than_the_limit_are_in_flight() -> None:
    flight, now, most = InFlight(3), 0, 0

    async def request() -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.001)
        now -= 1

    async def produce() -> None:
        for _ in range(20):
            await flight.start(request)

    await fly(produce(), flight, Stop())
    assert (now, most) == (0, 3)


async def test_a_stop_starts_nothing_new_and_lets_those_in_flight_land() -> None:
    flight, stop, started, landed = InFlight(2), Stop(), 0, 0

    async def request() -> None:
        nonlocal started, landed
        started += 1
        stop.ask("enough")
        await asyncio.sleep(0.02)
        landed += 1

    async def produce() -> None:
        while True:
            await flight.start(request)

    await fly(produce(), flight, stop)
    assert started == landed == 2
    assert stop.reason == "enough"


async def test_what_does_not_land_in_time_is_abandoned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.02)
    flight, stop, cancelled = InFlight(1), Stop(), False

    async def request() -> None:
        nonlocal cancelled
        stop.ask("enough")
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled = True
            raise

    await asyncio.wait_for(fly(flight.start(request), flight, stop), 5)
    assert cancelled


async def test_the_first_interrupt_asks_and_the_second_insists() -> None:
    flight = InFlight(1)
    before = signal.getsignal(signal.SIGINT)
    with Stop() as stop:
        flying = asyncio.create_task(fly(flight.start(partial(asyncio.sleep, 60)), flight, stop))
        await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(stop.asked.wait(), 5)
        assert not flying.done()
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(flying, 2)
    assert stop.reason == "interrupted"
    assert signal.getsignal(signal.SIGINT) is before


async def test_a_bug_in_a_request_ends_the_run() -> None:
    flight = InFlight(1)

    async def request() -> None:
        raise ZeroDivisionError

    async def produce() -> None:
        for _ in range(1_000):
            await flight.start(request)

    with pytest.raises(ZeroDivisionError):
        await fly(produce(), flight, Stop())
