"""First contact: a service that is not let in is not ready, and says what to do about it."""

import asyncio
import contextlib

import pytest
from prometheus_client import REGISTRY
from pydantic import SecretStr
from tests.eventually import eventually

from highscores.ledger.engine import create_engine
from highscores.ledger.readiness import postgres_probe
from highscores.process.settings import PostgresSettings
from worker.ledger.retrying_writer import RetryingWriter

pytestmark = pytest.mark.integration


async def test_a_password_that_is_refused_is_the_reason(postgres_settings: PostgresSettings) -> None:
    engine = create_engine(postgres_settings.model_copy(update={"password": SecretStr("wrong")}), pool_size=1)
    contact = postgres_probe(engine)
    making = asyncio.create_task(contact.make())

    async def is_told() -> bool:
        return "it refuses the password" in (contact.why_not_ready() or "")

    await eventually(is_told)

    making.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await making
    await engine.dispose()


async def test_once_it_is_made_there_is_no_reason(postgres_settings: PostgresSettings) -> None:
    engine = create_engine(postgres_settings, pool_size=1)
    contact = postgres_probe(engine)

    await contact.make()

    assert contact.why_not_ready() is None
    await engine.dispose()


async def test_a_worker_that_waits_for_the_migration_is_ready(postgres_settings: PostgresSettings) -> None:
    """Helm migrates when all pods are ready."""
    engine = create_engine(postgres_settings.model_copy(update={"database": "postgres"}), pool_size=1)
    writer = RetryingWriter(engine)

    def refusals() -> float:
        return REGISTRY.get_sample_value("highscores_batch_retries_total", {"reason": "UndefinedTableError"}) or 0.0

    before = refusals()
    asking = asyncio.create_task(writer.buckets())

    async def has_been_asked() -> bool:
        return refusals() > before

    await eventually(has_been_asked)

    assert writer.refused_since is None
    asking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await asking
    await engine.dispose()
