"""First contact: a service that is not let in is not ready, and says what to do about it."""

import asyncio
import contextlib

import pytest
from pydantic import SecretStr
from tests.eventually import eventually

from highscores.ledger.engine import create_engine
from highscores.ledger.readiness import postgres_probe
from highscores.process.settings import PostgresSettings

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
