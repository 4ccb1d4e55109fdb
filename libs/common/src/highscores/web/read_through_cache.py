"""A cache in process for what seldom changes but is asked for with each request: keys and boards."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

import structlog

from highscores.domain.unavailable import UnavailableError

LOAD_TIMEOUT_S = 1.0
WAIT_LIMIT_S = 1.2
RETRY_AFTER_FAILURE_S = 1.0  # a source that is down must not slow each request by its timeout
MAX_LOADS = 64  # at a time; beyond, callers are refused: each wrong key costs a query

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_log = structlog.get_logger(__name__)


class _Entry(NamedTuple):
    value: object
    fresh_until: float
    refresh_at: float


class ReadThroughCache(Generic[Key, Value]):
    """Remembers what `load` returned for a while: one load at a time for a key, bounded, old values while the source
    is down. A value past half its time is served once more and loaded again behind it. An invalidation that arrives
    during a load makes the result of that load unremembered, since it may be older.

    `is_outage` tells an error of the source from one of what was asked for. After an outage no key is loaded for a
    while. After any other error only that key is unavailable for a while, and its old value is forgotten: the source
    has said that it holds no more.
    """

    def __init__(
        self,
        load: Callable[[Key], Awaitable[Value | None]],
        *,
        is_outage: Callable[[BaseException], bool],
        present_s: float,
        absent_s: float,
        max_entries: int,
    ) -> None:
        self._load = load
        self._is_outage = is_outage
        self._present_s = present_s
        self._absent_s = absent_s
        self._max_entries = max_entries
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._loads: dict[Key, asyncio.Task[Value | None]] = {}
        self._failed_until: OrderedDict[Key, float] = OrderedDict()
        self._failed_at = -RETRY_AFTER_FAILURE_S

    async def get(self, key: Key) -> Value | None:
        """Return the value, or None when the source has none; raise UnavailableError."""
        entry = self._entries.get(key)
        now = time.monotonic()
        if entry is not None and now < entry.fresh_until:
            if now >= entry.refresh_at and key not in self._loads and self._may_load(now):
                self._start_load(key)
            return entry.value  # type: ignore[return-value]
        if self._failed_until.get(key, now) > now:
            raise UnavailableError
        if key not in self._loads and not self._may_load(now):
            return self._stale(entry)
        load = self._loads.get(key) or self._start_load(key)
        try:
            async with asyncio.timeout(WAIT_LIMIT_S):
                # Shielded: the load belongs to everybody who waits for it, and one of them may give up.
                return await asyncio.shield(load)
        except TimeoutError:  # of this wait: a load whose time is over may still take a while to give up
            self._failed_at = time.monotonic()
            return self._stale(entry)
        except Exception as error:
            if not self._is_outage(error):
                raise UnavailableError from error
            return self._stale(entry)

    def invalidate(self, key: Key) -> None:
        self._entries.pop(key, None)
        self._loads.pop(key, None)
        self._failed_until.pop(key, None)

    def clear(self) -> None:
        self._entries.clear()
        self._loads.clear()
        self._failed_until.clear()

    def _may_load(self, now: float) -> bool:
        return len(self._loads) < MAX_LOADS and now - self._failed_at >= RETRY_AFTER_FAILURE_S

    def _start_load(self, key: Key) -> "asyncio.Task[Value | None]":
        task = asyncio.create_task(self._load_and_remember(key))
        self._loads[key] = task
        task.add_done_callback(_retrieve)
        return task

    async def _load_and_remember(self, key: Key) -> Value | None:
        task = asyncio.current_task()
        try:
            async with asyncio.timeout(LOAD_TIMEOUT_S):
                value = await self._load(key)
        except Exception as error:
            if self._is_outage(error):
                self._failed_at = time.monotonic()
            elif self._loads.get(key) is task:
                self._remember_failure(key)
            _log.warning("cache.load_failed", reason=type(error).__name__)
            raise
        else:
            if self._loads.get(key) is task:
                self._remember(key, value)
            return value
        finally:
            if self._loads.get(key) is task:
                del self._loads[key]

    def _remember(self, key: Key, value: Value | None) -> None:
        now = time.monotonic()
        lifetime = self._absent_s if value is None else self._present_s
        refresh_at = now + (lifetime if value is None else lifetime / 2)
        self._entries[key] = _Entry(value, now + lifetime, refresh_at)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    def _remember_failure(self, key: Key) -> None:
        self._entries.pop(key, None)
        self._failed_until[key] = time.monotonic() + RETRY_AFTER_FAILURE_S
        self._failed_until.move_to_end(key)
        if len(self._failed_until) > self._max_entries:
            self._failed_until.popitem(last=False)

    def _stale(self, entry: _Entry | None) -> Value | None:
        if entry is None or entry.value is None:
            raise UnavailableError
        return entry.value  # type: ignore[return-value]


def _retrieve(task: "asyncio.Task[object]") -> None:
    """Take the error of a load that nobody waits for, so that asyncio does not report it as lost."""
    if not task.cancelled():
        task.exception()
