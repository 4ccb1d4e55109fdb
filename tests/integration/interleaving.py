"""Tasks whose steps are done one at a time, in an order that a test chooses: a race that can be run again."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

SETTLING_TICKS = 20  # of the event loop, for a task to come from the end of a step to its next one

_racer: ContextVar[str] = ContextVar("racer")


class Turn(NamedTuple):
    """`turns`: so many steps of one racer, as far as it has them."""

    racer: str
    turns: int


class _Step:
    def __init__(self) -> None:
        self.racer = _racer.get()
        self.begin = asyncio.Event()
        self.ended = asyncio.Event()


class Interleaving:
    def __init__(self) -> None:
        self._waiting: list[_Step] = []

    @asynccontextmanager
    async def step(self) -> AsyncIterator[None]:
        """Wait for the turn of this step; what is done within it is done while all others wait."""
        step = _Step()
        self._waiting.append(step)
        try:
            await step.begin.wait()
            yield
        finally:
            step.ended.set()
            if step in self._waiting:  # cancelled before its turn came
                self._waiting.remove(step)

    async def run(
        self,
        racers: Mapping[str, Coroutine[Any, Any, Any]],
        choose: Callable[[list[str]], Turn],
        observe: Callable[[], Coroutine[Any, Any, None]],
    ) -> None:
        """Run all to their ends. `choose` picks one of those who wait; `observe` looks after each step."""
        tasks = []
        for racer, work in racers.items():
            token = _racer.set(racer)
            tasks.append(asyncio.create_task(work))
            _racer.reset(token)
        try:
            await self._settle()
            while waiting := sorted({step.racer for step in self._waiting}):
                racer, turns = choose(waiting)
                for _ in range(turns):
                    if not await self._take(racer):
                        break
                    await observe()
            async with asyncio.timeout(1):
                await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, racer: str) -> bool:
        step = next((step for step in self._waiting if step.racer == racer), None)
        if step is None:
            return False
        self._waiting.remove(step)
        step.begin.set()
        await step.ended.wait()
        await self._settle()
        return True

    async def _settle(self) -> None:
        for _ in range(SETTLING_TICKS):
            await asyncio.sleep(0)
