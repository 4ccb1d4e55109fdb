"""Values kept in process for a moment: a hot one costs its source a few reads a second, whatever the traffic."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

RETRY_AFTER_FAULT_S = 0.5

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Limits(NamedTuple):
    """`stale_s`: for so long an expired value may still stand in while its source is down."""

    fresh_s: float
    stale_s: float
    entries: int
    bytes: int


class _Entry(Generic[Value]):
    __slots__ = ("fresh_until", "loaded_at", "value")

    def __init__(self, value: Value, now: float, fresh_s: float) -> None:
        self.value = value
        self.loaded_at = now
        self.fresh_until = now + fresh_s


class Cache(Generic[Key, Value]):
    """Bounded in entries and bytes, with one load at a time for each key.

    `size` tells how many bytes a value holds. When a load raises one of `faults`, a value that has expired stands in.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        size: Callable[[Value], int],
        faults: tuple[type[Exception], ...],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._size = size
        self._faults = faults
        self._clock = clock
        self._entries: dict[Key, _Entry[Value]] = {}  # oldest load first
        self._bytes = 0
        self._loads: dict[Key, asyncio.Task[Value | None]] = {}

    def fresh(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        return entry.value if entry is not None and self._clock() < entry.fresh_until else None

    async def get(self, key: Key, load: Callable[[], Awaitable[Value | None]]) -> Value | None:
        """Return the value, from here or from `load`; a load that finds None is not remembered."""
        value = self.fresh(key)
        if value is not None:
            return value
        running = self._loads.get(key)
        if running is None:
            running = self._loads[key] = asyncio.create_task(self._load(key, load))
            running.add_done_callback(lambda task: self._ended(key, task))
        try:
            # Shielded: a reader who goes away does not take the others' answer along.
            return await asyncio.shield(running)
        except self._faults:
            value = self._stale(key)
            if value is None:
                raise
            return value

    async def _load(self, key: Key, load: Callable[[], Awaitable[Value | None]]) -> Value | None:
        value = await load()
        self._remove(key)
        if value is not None:
            self._entries[key] = _Entry(value, self._clock(), self._limits.fresh_s)
            self._bytes += self._size(value)
            self._shrink()
        return value

    def _ended(self, key: Key, task: "asyncio.Task[Value | None]") -> None:
        del self._loads[key]
        if not task.cancelled():
            task.exception()  # its readers have raised it, if any are left

    def _stale(self, key: Key) -> Value | None:
        entry = self._entries.get(key)
        now = self._clock()
        until = entry.loaded_at + self._limits.fresh_s + self._limits.stale_s if entry is not None else now
        if entry is None or now >= until:
            return None
        # The source is down, and finding that out may take long: not each reader shall.
        entry.fresh_until = min(now + RETRY_AFTER_FAULT_S, until)
        return entry.value

    def _shrink(self) -> None:
        oldest_of_use = self._clock() - self._limits.fresh_s - self._limits.stale_s
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            within_bounds = len(self._entries) <= self._limits.entries and self._bytes <= self._limits.bytes
            if within_bounds and entry.loaded_at > oldest_of_use:
                return
            self._remove(key)

    def _remove(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= self._size(entry.value)
