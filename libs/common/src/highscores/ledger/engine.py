"""Connections to PostgreSQL, with every wait bounded, and what a failure of one means."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum
from typing import Any, TypeAlias

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from highscores.process.settings import PostgresSettings
from highscores.process.tls import create_context

CONNECT_TIMEOUT_S = 2.0
COMMAND_TIMEOUT_S = 7.0
STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
POOL_TIMEOUT_S = 2.0
RECYCLE_S = 1_800


def create_engine(settings: PostgresSettings, *, pool_size: int, session: dict[str, str] | None = None) -> AsyncEngine:
    """Return an engine that connects when it is first used; `session` adds PostgreSQL settings to each connection."""
    url = URL.create(
        "postgresql+asyncpg",
        username=settings.user,
        password=settings.password.get_secret_value(),
        host=settings.host,
        port=settings.port,
        database=settings.database,
    )
    server_settings = {
        "application_name": "highscores",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "idle_in_transaction_session_timeout": str(STATEMENT_TIMEOUT_MS),
        "jit": "off",
        **(session or {}),
    }
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        pool_recycle=RECYCLE_S,
        pool_use_lifo=True,
        pool_pre_ping=True,  # a server that was restarted costs nobody a failed request
        hide_parameters=True,  # what a client sent stays out of error texts, and so out of logs
        connect_args={
            "timeout": CONNECT_TIMEOUT_S,
            "command_timeout": COMMAND_TIMEOUT_S,
            "server_settings": server_settings,
            "ssl": create_context(settings) or False,  # None would try both, one after the other
        },
    )
    event.listen(engine.sync_engine, "handle_error", _mark_lost)
    return engine


def _mark_lost(context: ExceptionContext) -> None:
    """What SQLAlchemy does not know as a lost connection, and would lend again."""
    if isinstance(_cause(context.original_exception), asyncpg.InternalClientError):
        context.is_disconnect = True


# The driver's own connection, which all writes use: SQLAlchemy's layer above it costs half their throughput.
Connection: TypeAlias = asyncpg.Connection


class Fault(Enum):
    """What to do about a failed statement."""

    UNAVAILABLE = "try again later"  # the server, the connection or the lock: nothing is wrong with the command
    POISON = "reject the command"  # the data: it fails however often it is tried
    BUG = "neither"


# Connection, transaction (rolled back, on a standby, idle for too long), resources, a database whose place a restored
# one takes (55000), lock, operator, system; and what a wrong deployment gives, which waits for a right one:
# authentication (28), database (3D), schema or privileges (42).
_UNAVAILABLE_STATES = ("08", "25006", "25P03", "28", "3D", "40", "42", "53", "55000", "55P03", "57", "58")
# It is not there, or not yet: it has answered nothing, breaks off, starts, stops, or has no connection to spare.
_UNREACHED_STATES = ("08", "53300", "57P")
_POISON_STATES = ("21", "22", "23")
# The driver's internal error is what a statement meets on a connection that the server has just ended.
_LOST_CONNECTION = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    InterfaceError,
    PoolTimeoutError,
)


def fault_of(error: BaseException) -> Fault:
    """Tell by SQLSTATE, never by message text, what a driver's or SQLAlchemy's error means."""
    state = sqlstate(error)
    if state is None:
        is_lost = isinstance(error, _LOST_CONNECTION) or isinstance(_cause(error), _LOST_CONNECTION)
        return Fault.UNAVAILABLE if is_lost else Fault.BUG
    if state.startswith(_UNAVAILABLE_STATES):
        return Fault.UNAVAILABLE
    return Fault.POISON if state.startswith(_POISON_STATES) else Fault.BUG


def is_outage(error: BaseException) -> bool:
    """Whether the server is the matter, in contrast to what was asked of it."""
    return fault_of(error) is Fault.UNAVAILABLE


def is_unreached(error: BaseException) -> bool:
    """Whether the server was not reached, in contrast to one that refuses."""
    state = sqlstate(error)
    return fault_of(error) is Fault.UNAVAILABLE if state is None else state.startswith(_UNREACHED_STATES)


# What a person can do about a server that refuses.
_ADVICE = {
    "28P01": "it refuses the password. The Secret and the server must agree: see docs/operations.md, Secrets",
    "28000": "it does not let this user in: see its pg_hba.conf, and the user's name",
    "3D000": "there is no such database. Create it, owned by the owner of the schema",
    "42501": "this user may not do that. Who migrates must own the database, or be granted all on schema public",
}


def advice_on(error: BaseException) -> str | None:
    """Return what to do about an error that is a matter of the deployment, None for any other."""
    return _ADVICE.get(sqlstate(error) or "")


def _cause(error: BaseException) -> BaseException | None:
    """The driver's own error behind SQLAlchemy's two layers above it."""
    return (error.orig if isinstance(error, DBAPIError) and error.orig else error).__cause__


def sqlstate(error: BaseException) -> str | None:
    cause: Any = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None


# After these the server may still be at the statement, or have an answer on its way.
_UNANSWERED = (asyncio.CancelledError, TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@asynccontextmanager
async def driver_connection(engine: AsyncEngine) -> AsyncIterator[Connection]:
    """Lend a connection of the pool without SQLAlchemy's layer.

    One that has left a statement unanswered, or a transaction open, is closed and never lent again. A BEGIN that comes
    through after its time limit opens a transaction of which the driver does not know: the next transaction would be
    part of it, its commit none, and what was acknowledged after it lost. Raise InterfaceError when a transaction is
    left open without any other error: nothing of it was committed.
    """
    async with engine.connect() as connection:
        # The pool does not hear of errors that pass its layer by, and would lend the dead ones of a restart for ever.
        while not _is_fit(driver := await _driver_of(connection)):
            await _discard(connection, driver)
        try:
            yield driver
        except BaseException as error:
            if isinstance(error, _UNANSWERED) or not _is_fit(driver):
                await _discard(connection, driver)
            raise
        if not _is_fit(driver):
            is_left_open = not driver.is_closed()  # one that the server has closed since was used to its end
            await _discard(connection, driver)
            if is_left_open:
                raise asyncpg.InterfaceError("a transaction was left open")


def _is_fit(driver: Connection) -> bool:
    """Tell whether a connection is open and in no transaction, as far as the driver and the server know.

    The driver keeps a transaction whose BEGIN was not answered, in `_top_xact`: it takes the next one for a part of it.
    """
    return not driver.is_closed() and not driver.is_in_transaction() and driver._top_xact is None


async def _discard(connection: AsyncConnection, driver: Connection) -> None:
    """Close a connection, and have the pool know that it is gone: it would replace all others with it."""
    driver.terminate()
    await connection.invalidate()


async def _driver_of(connection: AsyncConnection) -> Connection:
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    return driver
