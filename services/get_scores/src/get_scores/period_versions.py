"""Versions of periods in the ledger: how far a document can come by now."""

import asyncio
from typing import TypeAlias

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.unavailable import UnavailableError
from highscores.ledger import reads
from highscores.ledger.query_deadline import ask

LIMIT_S = 1.0  # for a look-up that runs and one's own: the wait for the document has to fit behind it

_PeriodKey: TypeAlias = tuple[int, int, str]  # bucket, board number, period

_failures = Counter(
    "highscores_period_version_lookup_failures", "Versions that were waited for since PostgreSQL could not tell its own"
)


class PeriodVersions:
    """However many ask for a period, one look-up of it runs at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lookups: dict[_PeriodKey, asyncio.Task[int]] = {}

    async def is_beyond(self, version: int, bucket: int, board_number: int, period: str) -> bool:
        """Tell whether the ledger has not come to this version; False when PostgreSQL cannot tell in time."""
        key = (bucket, board_number, period)
        try:
            async with asyncio.timeout(LIMIT_S):
                if running := self._lookups.get(key):
                    await asyncio.wait([running])  # it may have begun before the change that the caller knows of
                return version > await asyncio.shield(self._lookup(key))
        except (UnavailableError, TimeoutError):
            _failures.inc()
            return False

    def _lookup(self, key: _PeriodKey) -> "asyncio.Task[int]":
        running = self._lookups.get(key)
        if running is None:
            running = self._lookups[key] = asyncio.create_task(ask(reads.find_period_version(self._engine, *key)))
            running.add_done_callback(lambda task: self._ended(key, task))
        return running

    def _ended(self, key: _PeriodKey, task: "asyncio.Task[int]") -> None:
        del self._lookups[key]
        if not task.cancelled():
            task.exception()  # its callers have raised it, if any are left
