"""The boards and their rules as the web services know them: a cache that hears of changes."""

import asyncio
import random

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.jobs.board_changes import CHANNEL
from highscores.ledger import reads
from highscores.ledger.engine import is_outage
from highscores.ledger.reads import BoardRecord
from highscores.redis.connection import RedisError
from highscores.web.read_through_cache import ReadThroughCache

KNOWN_BOARD_TTL_S = 1.0  # when a change was not heard of; a score carries the board's number that is known here
UNKNOWN_BOARD_TTL_S = 0.25
MAX_REMEMBERED_BOARDS = 10_000
POLL_S = 1.0
RESUBSCRIBE_S = 1.0

_log = structlog.get_logger(__name__)


class BoardDirectory:
    """Finds boards by id. `watch` must run beside it, to hear of changes at once."""

    def __init__(self, engine: AsyncEngine, jobs_redis: Redis) -> None:
        self._engine = engine
        self._redis = jobs_redis
        self._boards: ReadThroughCache[str, BoardRecord] = ReadThroughCache(
            self._load,
            is_outage=is_outage,
            present_s=KNOWN_BOARD_TTL_S,
            absent_s=UNKNOWN_BOARD_TTL_S,
            max_entries=MAX_REMEMBERED_BOARDS,
        )
        self.changes_heard = 0  # whoever remembers what follows from a board's rules forgets it when this moves

    async def find(self, board: str) -> BoardRecord | None:
        """Return the board as it was at most a second ago; raise UnavailableError, also when only a newer version
        can read its rules."""
        return await self._boards.get(board)

    def forget(self, board: str) -> None:
        """Ask anew for this board next time: who has just sent a change of it need not wait to hear of it."""
        self._boards.invalidate(board)

    async def watch(self) -> None:
        """Forget boards as their changes are told; run until cancelled."""
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    self._boards.clear()  # whatever was told while nobody listened
                    self.changes_heard += 1
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=POLL_S)
                        if message is not None:
                            self._boards.invalidate(message["data"].decode())
                            self.changes_heard += 1
            except (RedisError, OSError) as error:
                _log.warning("board_changes.unheard", reason=type(error).__name__)
            await asyncio.sleep(RESUBSCRIBE_S * random.uniform(0.5, 1.5))

    async def _load(self, board: str) -> BoardRecord | None:
        return await reads.find_board(self._engine, board)
