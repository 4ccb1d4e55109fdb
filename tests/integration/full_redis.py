"""A jobs' Redis of a test's own, with the settings of the one-machine stack and a limit of memory."""

import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from redis.exceptions import RedisError
from tests.eventually import eventually

from highscores.process.settings import JobsRedisSettings
from highscores.redis.connection import create_redis
from highscores_local import binaries
from highscores_local.ports import LOOPBACK, free_ports
from highscores_local.redis import JOBS

END_WITHIN_S = 20


@asynccontextmanager
async def private_jobs_redis(maxmemory: int) -> AsyncIterator[Redis]:
    port = free_ports().redis_jobs
    program = str(binaries.require(binaries.find("redis-server"), "redis-server"))
    with tempfile.TemporaryDirectory(prefix="highscores-test-") as root:
        settings = Path(root) / "redis.conf"
        settings.write_text(f"bind {LOOPBACK}\nport {port}\ndir {root}\n{JOBS}\nmaxmemory {maxmemory}\n")
        server = subprocess.Popen([program, str(settings)], stdout=subprocess.DEVNULL)  # noqa: ASYNC220 - as tests do
        redis = create_redis(JobsRedisSettings(host=LOOPBACK, port=port))
        try:
            await eventually(lambda: _answers(redis))
            yield redis
        finally:
            await redis.aclose()
            server.kill()
            server.wait(END_WITHIN_S)


async def _answers(redis: Redis) -> bool:
    try:
        return bool(await redis.ping())
    except RedisError:
        return False
