"""What becomes of a connection whose transaction has come to no known end: it is never lent again."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.ledger.engine import Connection, Fault, create_engine, driver_connection, fault_of
from highscores.process.settings import PostgresSettings

pytestmark = pytest.mark.integration

ANSWER_LIMIT_S = 0.2

Leave = Callable[[Connection, str], Awaitable[object]]


@pytest.fixture
async def engine(postgres_settings: PostgresSettings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncEngine]:
    """One connection: whoever comes next gets the one that was given back."""
    monkeypatch.setattr("highscores.ledger.engine.COMMAND_TIMEOUT_S", ANSWER_LIMIT_S)
    engine = create_engine(postgres_settings, pool_size=1)
    yield engine
    await engine.dispose()


@contextmanager
def frozen(connection: Connection) -> Iterator[None]:
    """The server's process behind a connection is stopped, as a machine under too much load stops it."""
    pid = connection.get_server_pid()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def insert(connection: Connection, subject: str) -> None:
    await connection.execute("insert into subjects (bucket, subject, applied_number) values (0, $1, 1)", subject)


async def rows(connection: Connection, subject: str) -> int:
    count: int = await connection.fetchval("select count(*) from subjects where subject = $1", subject)
    return count


async def begin_without_an_answer(connection: Connection, _: str) -> None:
    with frozen(connection):
        async with connection.transaction():
            pytest.fail("the server is frozen")


async def commit_without_an_answer(connection: Connection, subject: str) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await insert(connection, subject)
    with frozen(connection):
        await transaction.commit()


async def roll_back_without_an_answer(connection: Connection, subject: str) -> None:
    transaction = connection.transaction()
    await transaction.start()
    await insert(connection, subject)
    with frozen(connection):
        await transaction.rollback()


async def fail_in_between(connection: Connection, subject: str) -> None:
    await connection.execute("begin")
    await insert(connection, subject)
    raise TimeoutError


async def be_cancelled(connection: Connection, subject: str) -> None:
    async with asyncio.timeout(ANSWER_LIMIT_S / 2), connection.transaction():
        await insert(connection, subject)
        await connection.execute("select pg_sleep(60)")


async def swallow_a_begin_without_an_answer(connection: Connection, subject: str) -> None:
    """What leaves is another error, one that the server has answered."""
    with contextlib.suppress(TimeoutError):
        await begin_without_an_answer(connection, subject)
    raise asyncpg.LockNotAvailableError


@pytest.mark.parametrize(
    "leave",
    [
        begin_without_an_answer,
        swallow_a_begin_without_an_answer,
        commit_without_an_answer,
        roll_back_without_an_answer,
        fail_in_between,
        be_cancelled,
    ],
)
async def test_the_next_neither_sees_nor_is_part_of_a_transaction_that_was_left(
    engine: AsyncEngine, leave: Leave
) -> None:
    """It would take rows that nobody has committed into a document, and its own writes would go with them."""

    async def begin_and_leave() -> None:
        async with driver_connection(engine) as connection:
            await leave(connection, left)

    left, next_one = uuid4().hex, uuid4().hex
    with pytest.raises((TimeoutError, asyncpg.LockNotAvailableError)):
        await begin_and_leave()

    async with driver_connection(engine) as connection:
        assert not connection.is_in_transaction()
        async with connection.transaction():
            await insert(connection, next_one)
        seen = await rows(connection, left)
    await engine.dispose()  # what is only part of a transaction is gone

    async with driver_connection(engine) as connection:
        assert await rows(connection, next_one) == 1
        assert await rows(connection, left) >= seen  # nobody knows whether a commit without an answer counts
        if leave is not commit_without_an_answer:
            assert await rows(connection, left) == 0


async def test_a_transaction_that_is_left_open_is_an_error(engine: AsyncEngine) -> None:
    """Whoever leaves without an error would take it for committed."""

    async def leave_open() -> None:
        async with driver_connection(engine) as connection:
            await connection.execute("begin")
            await insert(connection, subject)

    subject = uuid4().hex
    with pytest.raises(asyncpg.InterfaceError) as caught:
        await leave_open()

    assert fault_of(caught.value) is Fault.UNAVAILABLE
    async with driver_connection(engine) as connection:
        assert await rows(connection, subject) == 0


async def test_a_connection_that_is_closed_takes_no_other_along(postgres_settings: PostgresSettings) -> None:
    async def process(connection: Connection) -> int:
        pid: int = await connection.fetchval("select pg_backend_pid()")
        return pid

    async def be_cancelled_on_one() -> None:
        async with driver_connection(pool) as connection:
            await be_cancelled(connection, uuid4().hex)

    pool = create_engine(postgres_settings, pool_size=3)
    async with driver_connection(pool) as one, driver_connection(pool) as two, driver_connection(pool) as three:
        before = {await process(each) for each in (one, two, three)}
    with pytest.raises(TimeoutError):
        await be_cancelled_on_one()

    async with driver_connection(pool) as one, driver_connection(pool) as two, driver_connection(pool) as three:
        after = {await process(each) for each in (one, two, three)}
    await pool.dispose()
    assert len(before & after) == 2


async def test_what_the_server_refuses_costs_no_connection(engine: AsyncEngine) -> None:
    async def process() -> int:
        async with driver_connection(engine) as connection:
            pid: int = connection.get_server_pid()
            return pid

    async def divide() -> None:
        async with driver_connection(engine) as connection, connection.transaction():
            await connection.execute("select 1 / 0")

    before = await process()
    with pytest.raises(asyncpg.DivisionByZeroError):
        await divide()

    assert await process() == before
