"""Requests in flight: never more than a bound, and an end that leaves as few as possible in doubt."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from types import FrameType, TracebackType
from typing import Any, Self

GRACE_S = 5.0  # for the requests in flight to be answered once the run is to stop


class Stop:
    """Says when a run is to stop before its end, and why. The first Ctrl-C asks, the second insists."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self.asked = asyncio.Event()
        self.insisted = asyncio.Event()
        self._former: dict[signal.Signals, Any] = {}

    def ask(self, reason: str) -> None:
        if self.asked.is_set():
            return
        self.reason = reason
        self.asked.set()

    def __enter__(self) -> Self:
        """Take SIGINT and SIGTERM until the block ends; must be entered in the main thread's event loop."""
        loop = asyncio.get_running_loop()

        def hear(_number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._interrupt)

        for number in (signal.SIGINT, signal.SIGTERM):
            self._former[number] = signal.signal(number, hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _interrupt(self) -> None:
        if self.asked.is_set():
            self.insisted.set()
        self.ask("interrupted")


class InFlight:
    """Runs coroutines, at most `limit` at once. What one raises is a bug, and ends all."""

    def __init__(self, limit: int) -> None:
        self._slots = asyncio.Semaphore(limit)
        self._tasks: set[asyncio.Task[None]] = set()
        self._bug: BaseException | None = None

    async def start(self, make: Callable[[], Coroutine[None, None, None]]) -> None:
        """Wait for a free slot, then start what `make` returns."""
        await self._slots.acquire()
        if self._bug is not None:
            raise self._bug
        task = asyncio.create_task(make())
        self._tasks.add(task)
        task.add_done_callback(self._landed)

    async def land(self) -> None:
        """Wait until none is in flight."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._bug is not None:
            raise self._bug

    async def abandon(self) -> None:
        """Cancel all that are still in flight."""
        for task in self._tasks:
            task.cancel()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and self._bug is None:
            self._bug = task.exception()


async def fly(produce: Coroutine[None, None, None], flight: InFlight, stop: Stop) -> None:
    """Run `produce`, which starts requests, until all have landed or the run is to stop.

    Then nothing new starts, those in flight have GRACE_S to be answered, and the rest is abandoned.
    """
    producing = asyncio.create_task(_produce_and_land(produce, flight))
    asked = asyncio.create_task(stop.asked.wait())
    insisted = asyncio.create_task(stop.insisted.wait())
    try:
        await asyncio.wait({producing, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not producing.done():
            producing.cancel()
            landing = asyncio.create_task(flight.land())
            await asyncio.wait({landing, insisted}, timeout=GRACE_S, return_when=asyncio.FIRST_COMPLETED)
            landing.cancel()
            await asyncio.gather(landing, producing, return_exceptions=True)
    finally:
        asked.cancel()
        insisted.cancel()
        producing.cancel()
        await flight.abandon()
    if not producing.cancelled():
        producing.result()


async def _produce_and_land(produce: Coroutine[None, None, None], flight: InFlight) -> None:
    await produce
    await flight.land()
