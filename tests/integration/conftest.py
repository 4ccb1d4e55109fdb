"""The heart on real servers: migrated once; every test takes a board of its own instead of cleaning up."""

import subprocess
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.servers import PrivateStack

from highscores.ledger.engine import create_engine
from highscores.process.settings import DocumentsRedisSettings, JobsRedisSettings, PostgresSettings, RabbitmqSettings
from highscores.redis.connection import create_redis
from highscores_local import postgres
from highscores_local.ports import LOOPBACK
from highscores_local.rabbitmq import USER, VHOST
from worker.commands.apply import APPLY_SESSION

MIGRATE_TIMEOUT_S = 60
POOL_SIZE = 6


@pytest.fixture(scope="session")
def stack(servers: PrivateStack) -> PrivateStack:
    """The servers, with the schema that `worker migrate` makes."""
    subprocess.run(
        [servers.services.command("worker"), "migrate"],
        env=servers.environment(postgres.OWNER),
        check=True,
        timeout=MIGRATE_TIMEOUT_S,
    )
    return servers


@pytest.fixture(scope="session")
def postgres_settings(stack: PrivateStack) -> PostgresSettings:
    return PostgresSettings(
        host=LOOPBACK,
        port=stack.ports.postgres,
        user=postgres.WRITER,
        password=SecretStr(stack.secrets.postgres_writer),
    )


@pytest.fixture(scope="session")
def rabbitmq_settings(servers: PrivateStack) -> RabbitmqSettings:
    return RabbitmqSettings(
        host=LOOPBACK, port=servers.ports.rabbitmq, vhost=VHOST, user=USER, password=SecretStr(servers.secrets.rabbitmq)
    )


@pytest.fixture(scope="session")
async def engine(postgres_settings: PostgresSettings) -> AsyncIterator[AsyncEngine]:
    """As the worker connects, but under another name, so that a test can tell the two apart."""
    session = APPLY_SESSION | {"application_name": "highscores-tests"}
    engine = create_engine(postgres_settings, pool_size=POOL_SIZE, session=session)
    yield engine
    await engine.dispose()


@pytest.fixture(scope="session")
async def jobs_redis(servers: PrivateStack) -> AsyncIterator[Redis]:
    settings = JobsRedisSettings(
        host=LOOPBACK, port=servers.ports.redis_jobs, password=SecretStr(servers.secrets.redis_jobs)
    )
    redis = create_redis(settings)
    yield redis
    await redis.aclose()


@pytest.fixture(scope="session")
async def documents_redis(servers: PrivateStack) -> AsyncIterator[Redis]:
    settings = DocumentsRedisSettings(
        host=LOOPBACK, port=servers.ports.redis_documents, password=SecretStr(servers.secrets.redis_documents)
    )
    redis = create_redis(settings)
    yield redis
    await redis.aclose()


@pytest.fixture
def board() -> str:
    """The id of a board that nobody has used."""
    return f"test-{uuid4().hex}"
