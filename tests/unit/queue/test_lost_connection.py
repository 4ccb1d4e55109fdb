"""A cancellation that nobody has asked for is a lost connection."""

import asyncio

import pytest
from aio_pika.exceptions import AMQPConnectionError

from highscores.queue.lost_connection import lost_connection_is_an_error


async def wait_for(future: "asyncio.Future[None]") -> None:
    with lost_connection_is_an_error():
        await future


async def test_a_cancellation_by_the_library_is_an_error() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting = asyncio.create_task(wait_for(future))
    await asyncio.sleep(0)
    future.cancel()

    with pytest.raises(AMQPConnectionError):
        await waiting


async def test_a_cancellation_of_the_task_stays_one() -> None:
    waiting = asyncio.create_task(wait_for(asyncio.get_running_loop().create_future()))
    await asyncio.sleep(0)
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_time_limit_stays_one() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await wait_for(asyncio.get_running_loop().create_future())
