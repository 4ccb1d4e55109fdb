"""Connections to Redis, with every wait bounded, and the function libraries that live in it."""

import hashlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any, TypeAlias

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from highscores.process.settings import DocumentsRedisSettings, JobsRedisSettings
from highscores.redis.cluster import Cluster

SOCKET_TIMEOUT_S = 0.25
RETRIES = 1
MAX_CONNECTIONS = 32  # to each node
CONNECTION_WAIT_S = 0.5  # for one of them to be free
DIGEST_CHARACTERS = 12

__all__ = [
    "DocumentsRedis",
    "FunctionLibrary",
    "OutOfMemoryError",
    "RedisError",
    "create_documents_redis",
    "create_redis",
    "is_wrong_type",
    "raise_first",
    "send_each",
]

DocumentsRedis: TypeAlias = Redis | Cluster


def create_redis(settings: JobsRedisSettings | DocumentsRedisSettings) -> Redis:
    """Return a client of a single Redis that connects when it is first used. Answers are bytes."""
    pool = BlockingConnectionPool(
        connection_class=Connection if settings.tls == "disable" else SSLConnection,
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        max_connections=MAX_CONNECTIONS,
        timeout=CONNECTION_WAIT_S,
        **_options(settings),
    )
    return Redis.from_pool(pool)


def create_documents_redis(settings: DocumentsRedisSettings) -> DocumentsRedis:
    """Return a client of the Redis of documents, single or cluster, that connects when it is first used."""
    if not settings.cluster:
        return create_redis(settings)
    return Cluster(
        max_connections=MAX_CONNECTIONS,
        connection_wait_s=CONNECTION_WAIT_S,
        ssl=settings.tls != "disable",
        **_options(settings),
    )


def _options(settings: JobsRedisSettings | DocumentsRedisSettings) -> dict[str, Any]:
    options: dict[str, Any] = {
        "host": settings.host,
        "port": settings.port,
        "username": settings.user,
        "password": settings.password.get_secret_value() if settings.password else None,
        "socket_timeout": SOCKET_TIMEOUT_S,
        "socket_connect_timeout": SOCKET_TIMEOUT_S,
        "retry": Retry(NoBackoff(), RETRIES),
    }
    if settings.tls != "disable":
        options["ssl_ca_certs"] = settings.ca_file
        options["ssl_cert_reqs"] = "required" if settings.tls == "verify-full" else "none"
    return options


async def send_each(redis: DocumentsRedis, commands: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
    """Send commands, each with a key of its own before it, in one round trip (of a cluster: one to each node).

    An error stands in the place of its answer. Raise RedisError when there is no answer at all.
    """
    if isinstance(redis, Cluster):
        return await redis.execute_each(commands)
    async with redis.pipeline(transaction=False) as pipeline:
        for _, command in commands:
            pipeline.execute_command(*command)
        return await pipeline.execute(raise_on_error=False)


def raise_first(answers: Iterable[object]) -> None:
    """Raise the first of the errors that stand among these answers, if there is one."""
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer


class FunctionLibrary:
    """One library of Redis functions, loaded whenever the server turns out not to have it.

    So it is after a restart without disk, and on a new node of a cluster.

    A digest of the code stands in every name (for `@`), so that a changed library is another one: during an upgrade old
    and new programs each have their own.
    """

    def __init__(self, redis: DocumentsRedis, package: str, file: str) -> None:
        code = files(package).joinpath(file).read_text()
        self._redis = redis
        self._digest = hashlib.sha256(code.encode()).hexdigest()[:DIGEST_CHARACTERS]
        self._code = code.replace("@", self._digest)

    async def call(self, function: str, keys: list[str], *arguments: Any) -> Any:
        """Call a function of the library; raise RedisError when Redis cannot answer."""
        return (await self.call_each(function, [(keys, arguments)]))[0]

    async def read(self, function: str, keys: list[str], *arguments: Any) -> Any:
        """The same for a function that writes nothing: a replica, and a Redis that is full, answers it too."""
        return (await self.call_each(function, [(keys, arguments)], command="FCALL_RO"))[0]

    async def call_each(
        self, function: str, calls: Sequence[tuple[list[str], Sequence[Any]]], *, command: str = "FCALL"
    ) -> list[Any]:
        """Call a function, named without its digest, with each of these keys and arguments, in one round trip.

        All keys of one call are in one slot of a cluster. Raise RedisError when one of the calls failed.
        """
        answers = await self.try_each(function, calls, command=command)
        raise_first(answers)
        return answers

    async def try_each(
        self, function: str, calls: Sequence[tuple[list[str], Sequence[Any]]], *, command: str = "FCALL"
    ) -> list[Any]:
        """The same, with the error of a call that failed in the place of its answer."""
        function = f"{function}_{self._digest}"
        answers = await self._send(command, function, calls)
        lacking = [index for index, answer in enumerate(answers) if _is_lacking(answer)]
        if lacking:
            await self._load()
            again = await self._send(command, function, [calls[index] for index in lacking])
            for index, answer in zip(lacking, again, strict=True):
                answers[index] = answer
        return answers

    async def _send(self, command: str, function: str, calls: Sequence[tuple[list[str], Sequence[Any]]]) -> list[Any]:
        if len(calls) == 1:
            keys, arguments = calls[0]
            try:
                execute: Any = self._redis.execute_command
                return [await execute(command, function, len(keys), *keys, *arguments)]
            except ResponseError as error:
                return [error]
        commands = [(keys[0], (command, function, len(keys), *keys, *arguments)) for keys, arguments in calls]
        return await send_each(self._redis, commands)

    async def _load(self) -> None:
        if isinstance(self._redis, Cluster):
            await self._redis.load_function(self._code)
        else:
            await self._redis.function_load(self._code, replace=True)


def is_wrong_type(error: object) -> bool:
    """Tell whether Redis refused a command because its key holds something of another kind."""
    return isinstance(error, ResponseError) and str(error).startswith("WRONGTYPE")


def _is_lacking(answer: Any) -> bool:
    return isinstance(answer, ResponseError) and "Function not found" in str(answer)
