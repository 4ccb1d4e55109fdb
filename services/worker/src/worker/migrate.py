"""Migrations: run once, by the owner of the database, before the services of a new version start."""

import asyncio

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from highscores.ledger.engine import create_engine
from highscores.settings import PostgresSettings

MIGRATIONS = "highscores.ledger:migrations"
# Roles that whoever made the database may have made too; a database with one role for all needs neither.
PRIVILEGES = {"highscores_writer": "select, insert, update, delete", "highscores_reader": "select"}
LOCK = 4_242_001  # one migration at a time, whoever starts it
SESSION = {"statement_timeout": "0", "lock_timeout": "10000", "idle_in_transaction_session_timeout": "0"}


def migrate(settings: PostgresSettings) -> None:
    """Bring the schema to the newest version; raise the driver's error when that fails, with nothing changed."""
    asyncio.run(_migrate(settings))


def config(connection: Connection) -> Config:
    configured = Config()
    configured.set_main_option("script_location", MIGRATIONS)
    configured.attributes["connection"] = connection
    return configured


async def _migrate(settings: PostgresSettings) -> None:
    engine = create_engine(settings, pool_size=1, session=SESSION)
    async with engine.begin() as connection:
        await connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        await connection.run_sync(lambda sync: command.upgrade(config(sync), "head"))
        roles = (await connection.execute(text("select rolname from pg_roles"))).scalars().all()
        for role in PRIVILEGES.keys() & set(roles):
            await connection.execute(text(f"grant usage on schema public to {role}"))
            await connection.execute(text(f"grant {PRIVILEGES[role]} on all tables in schema public to {role}"))
    await engine.dispose()
