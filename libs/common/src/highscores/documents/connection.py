"""Connections to Redis, with every wait bounded, and the function libraries that live in it."""

import hashlib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from highscores.settings import DocumentsRedisSettings, JobsRedisSettings

SOCKET_TIMEOUT_S = 0.25
RETRIES = 1
MAX_CONNECTIONS = 32
CONNECTION_WAIT_S = 0.5  # for one of them to be free
DIGEST_CHARACTERS = 12

__all__ = ["FunctionLibrary", "RedisError", "create_redis"]


def create_redis(settings: JobsRedisSettings | DocumentsRedisSettings) -> Redis:
    """Return a client that connects when it is first used. Answers are bytes."""
    pool = BlockingConnectionPool(
        host=settings.host,
        port=settings.port,
        password=settings.password.get_secret_value() if settings.password else None,
        socket_timeout=SOCKET_TIMEOUT_S,
        socket_connect_timeout=SOCKET_TIMEOUT_S,
        retry=Retry(NoBackoff(), RETRIES),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        max_connections=MAX_CONNECTIONS,
        timeout=CONNECTION_WAIT_S,
    )
    return Redis.from_pool(pool)


class FunctionLibrary:
    """One library of Redis functions, loaded whenever the server turns out not to have it (a restart without disk).

    A digest of the code stands in every name (for `@`), so that a changed library is another one: during an upgrade old
    and new programs each have their own.
    """

    def __init__(self, redis: Redis, package: str, file: str) -> None:
        code = files(package).joinpath(file).read_text()
        self._redis = redis
        self._digest = hashlib.sha256(code.encode()).hexdigest()[:DIGEST_CHARACTERS]
        self._code = code.replace("@", self._digest)

    async def call(self, function: str, keys: list[str], *arguments: Any) -> Any:
        """Call a function of the library; raise RedisError when Redis cannot answer."""
        return (await self.call_each(function, [(keys, arguments)]))[0]

    async def call_each(self, function: str, calls: Sequence[tuple[list[str], Sequence[Any]]]) -> list[Any]:
        """Call a function, named without its digest, with each of these keys and arguments, in one round trip."""
        function = f"{function}_{self._digest}"
        try:
            return await self._send(function, calls)
        except ResponseError as error:
            if "Function not found" not in str(error):
                raise
            await self._redis.function_load(self._code, replace=True)
            return await self._send(function, calls)

    async def _send(self, function: str, calls: Sequence[tuple[list[str], Sequence[Any]]]) -> list[Any]:
        if len(calls) == 1:
            keys, arguments = calls[0]
            return [await self._redis.fcall(function, len(keys), *keys, *arguments)]
        async with self._redis.pipeline(transaction=False) as pipeline:
            for keys, arguments in calls:
                pipeline.fcall(function, len(keys), *keys, *arguments)
            return await pipeline.execute()
