"""Straight access to the Redis that holds the documents: dropping one, and making room for a very large one."""

import asyncio
from collections.abc import Awaitable, Callable

from redis.asyncio import Redis
from tests.servers import PrivateStack

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents
from highscores.process.settings import DocumentsRedisSettings
from highscores.redis.connection import create_redis
from highscores_local.ports import LOOPBACK


def drop(stack: PrivateStack, document: DocumentKey) -> None:
    """Take the document out of the cache, as if nobody had read it for a day."""
    _use(stack, lambda redis: Documents(redis).drop(document))


def allow_memory(stack: PrivateStack, size: str) -> None:
    """Let the documents take so much memory, in Redis' words ("12gb")."""
    _use(stack, lambda redis: redis.config_set("maxmemory", size))


def _use(stack: PrivateStack, operation: Callable[[Redis], Awaitable[object]]) -> None:
    async def connected() -> None:
        redis = create_redis(
            DocumentsRedisSettings(
                host=LOOPBACK,
                port=stack.ports.redis_documents,
                password=stack.secrets.redis_documents,  # type: ignore[arg-type]  # pydantic makes it a secret
            )
        )
        try:
            await operation(redis)
        finally:
            await redis.aclose()

    asyncio.run(connected())
