"""Migrations: run once, by the owner of the database, before the services of a new version start."""

import asyncio
import random
import time

import structlog
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from highscores.ledger.engine import advice_on, create_engine, is_unreached
from highscores.process.settings import PostgresSettings
from worker.settings import LedgerSettings

MIGRATIONS = "highscores.ledger:migrations"
# Roles that whoever made the database may have made too; a database with one role for all needs neither.
PRIVILEGES = {
    "highscores_writer": (
        "select, insert, update, delete on all tables in schema public",
        "usage on all sequences in schema public",
        "execute on function ensure_partitions(int, int), drop_partitions(text, bigint)",
        "execute on function next_command_number()",
    ),
    "highscores_reader": ("select on all tables in schema public", "execute on function next_command_number()"),
}
LOCK = 4_242_001  # one migration at a time, whoever starts it
SESSION = {"statement_timeout": "0", "lock_timeout": "10000", "idle_in_transaction_session_timeout": "0"}
REACH_WITHIN_S = 180.0  # a server that was installed a moment ago makes its data directory first
REACH_RETRY_S = 2.0

_log = structlog.get_logger(__name__)


class MigrationError(Exception):
    """What stands in the way, and what to do about it."""


def migrate(settings: PostgresSettings, *, within_s: float = REACH_WITHIN_S) -> None:
    """Bring the schema to the newest version, with nothing changed when that fails.

    Wait up to `within_s` seconds for the server. Raise MigrationError when it is not reached or refuses, or else the
    driver's error.
    """
    try:
        asyncio.run(_migrate(settings, within_s))
    except Exception as error:
        where = f"PostgreSQL at {settings.host}:{settings.port}, database {settings.database}, as {settings.user}"
        if is_unreached(error):
            reason = str(error) or type(error).__name__
            raise MigrationError(f"{where}: no connection after up to {within_s:.0f} s ({reason})") from error
        if advice := advice_on(error):
            raise MigrationError(f"{where}: {advice}") from error
        raise


def config(connection: Connection) -> Config:
    configured = Config()
    configured.set_main_option("script_location", MIGRATIONS)
    configured.attributes["connection"] = connection
    return configured


async def _migrate(settings: PostgresSettings, within_s: float) -> None:
    engine = create_engine(settings, pool_size=1, session=SESSION)
    await _reach(engine, within_s)
    async with engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
        await _settle_buckets(connection, LedgerSettings().buckets)
        roles = (await connection.execute(text("select rolname from pg_roles"))).scalars().all()
        for role in PRIVILEGES.keys() & set(roles):
            await connection.execute(text(f"grant usage on schema public to {role}"))
            for privilege in PRIVILEGES[role]:
                await connection.execute(text(f"grant {privilege} to {role}"))
    await engine.dispose()


async def _settle_buckets(connection: AsyncConnection, buckets: int) -> None:
    """Write down into how many buckets the ledger is divided; raise MigrationError when that is another number now."""
    stored = (await connection.execute(text("select buckets from ledger"))).scalar()
    if stored is None:
        await connection.execute(text("insert into ledger (buckets) values (:buckets)"), {"buckets": buckets})
    elif stored != buckets:
        raise MigrationError(
            f"HIGHSCORES_LEDGER_BUCKETS is {buckets}, and the ledger was made with {stored}: rows would not be found"
        )


async def _reach(engine: AsyncEngine, within_s: float) -> None:
    """Wait until the server lets us in; raise the driver's error when it refuses, or is not there in time."""
    until = time.monotonic() + within_s
    while True:
        try:
            async with engine.connect():
                return
        except Exception as error:
            if not is_unreached(error) or time.monotonic() > until:
                raise
            _log.info("postgresql.unreached", reason=type(error).__name__)
            await asyncio.sleep(REACH_RETRY_S * random.uniform(0.5, 1.0))
