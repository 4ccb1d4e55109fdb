"""Numbers of admin commands: each above all that were given before, whatever the sequence of a restored backup says."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.eventually import eventually
from tests.integration.scenario import HOUR, now
from tests.integration.waiting import is_waited_for
from tests.servers import PrivateStack

from highscores.ledger.engine import driver_connection
from highscores_local import postgres
from post_score.command_numbers import next_command_number

pytestmark = pytest.mark.integration

WAITS_WITHIN_S = 5.0


def set_sequence(servers: PrivateStack, number: int) -> None:
    servers.servers.postgres.query(f"select setval('command_numbers', {number})", postgres.DATABASE)


async def test_after_a_restore_numbers_are_above_those_that_the_backup_has_forgotten(
    engine: AsyncEngine, servers: PrivateStack
) -> None:
    """Commands that were numbered before it wait in the queue: those of today must not be superseded by them."""
    before = [await next_command_number(engine) for _ in range(3)]

    set_sequence(servers, 1)

    assert await next_command_number(engine) > max(before)


async def test_numbers_grow_though_the_clock_went_back(engine: AsyncEngine, servers: PrivateStack) -> None:
    ahead = now() + HOUR
    set_sequence(servers, ahead)

    numbers = [await next_command_number(engine) for _ in range(2)]

    set_sequence(servers, 1)
    assert numbers == [ahead + 1, ahead + 2]


async def test_who_asks_while_another_gets_a_number_waits_and_gets_a_higher_one(engine: AsyncEngine) -> None:
    """Else the one could set the sequence back behind the number that the other has just been given."""
    async with driver_connection(engine) as first:
        transaction = first.transaction()
        await transaction.start()
        given: int = await first.fetchval("select next_command_number()")
        asking = asyncio.create_task(next_command_number(engine))
        try:
            await eventually(lambda: is_waited_for(first), within_s=WAITS_WITHIN_S)
        finally:
            await transaction.commit()
    assert await asking > given
