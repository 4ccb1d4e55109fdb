"""Faults on a real PostgreSQL: neither its log nor ours has what a player sent."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.eventually import eventually
from tests.servers import PrivateStack

from highscores.ledger.engine import create_engine
from highscores.process import exceptions
from highscores.process.settings import PostgresSettings
from highscores_local import postgres
from highscores_local.ports import LOOPBACK

pytestmark = pytest.mark.integration

CANARY = "Canary-name-51c9"


@pytest.fixture
async def owner(stack: PrivateStack) -> AsyncIterator[AsyncEngine]:
    password = SecretStr(stack.secrets.postgres_owner)
    settings = PostgresSettings(host=LOOPBACK, port=stack.ports.postgres, user=postgres.OWNER, password=password)
    engine = create_engine(settings, pool_size=1)
    yield engine
    await engine.dispose()


async def test_faults_leave_nothing_of_the_player_in_a_log(stack: PrivateStack, owner: AsyncEngine) -> None:
    async with owner.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.execute(
            "create temp table probe (name text primary key, score int constraint probe_score check (score > 0))"
        )
        insert = "insert into probe values ($1, $2)"
        await driver.execute(insert, CANARY, 1)
        for score, expected in ((0, asyncpg.CheckViolationError), (1, asyncpg.UniqueViolationError)):
            with pytest.raises(expected) as raised:
                await driver.execute(insert, CANARY, score)
            assert CANARY in str(raised.value.detail)  # the driver has it
            shown = exceptions.render(raised.value)
            assert CANARY not in shown
            assert f"sqlstate={raised.value.sqlstate}" in shown
            assert f"constraint={raised.value.constraint_name}" in shown
        with pytest.raises(asyncpg.DataError):
            await driver.execute("select cast($1::text as jsonb)", '{"metadata": ' + CANARY)
        await driver.execute("select pg_sleep(1.1), $1::text", CANARY)  # longer than log_min_duration_statement

        async def slow_statement_logged() -> bool:
            return "pg_sleep(1.1)" in await asyncio.to_thread(stack.log, "postgres")

        await eventually(slow_statement_logged)
    log = stack.log("postgres")
    assert CANARY not in log
    for state in ("23514", "23505", "22P02"):
        assert f" {state} " in log
