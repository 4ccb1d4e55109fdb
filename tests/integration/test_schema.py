"""The migrated database is what the files say: its tables those of `tables`, its functions those of the .sql files."""

from importlib.resources import files
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from pydantic import SecretStr
from sqlalchemy import Connection
from tests.servers import PrivateStack

from highscores import ledger
from highscores.ledger.engine import create_engine, driver_connection
from highscores.ledger.tables import metadata
from highscores.process.settings import PostgresSettings
from highscores_local import postgres
from highscores_local.ports import LOOPBACK

pytestmark = pytest.mark.integration

FUNCTIONS = ("ranking.sql", "partitions.sql", "command_numbers.sql")
_SCHEMA = "as_in_the_files"
_DEFINITIONS_SQL = """
    select p.proname, replace(pg_get_functiondef(p.oid), $1 || '.', 'public.') as definition,
           has_function_privilege('public', p.oid, 'execute') as is_for_all
    from pg_proc p join pg_language l on l.oid = p.prolang
    where p.pronamespace = $1::regnamespace and l.lanname in ('sql', 'plpgsql')
    order by p.proname
"""


def owner(stack: PrivateStack) -> PostgresSettings:
    return PostgresSettings(
        host=LOOPBACK,
        port=stack.ports.postgres,
        user=postgres.OWNER,
        password=SecretStr(stack.secrets.postgres_owner),
    )


async def test_the_functions_are_those_of_the_files(stack: PrivateStack) -> None:
    """If not, a file has changed without a migration that carries the change to databases that are there."""
    engine = create_engine(owner(stack), pool_size=1)
    async with driver_connection(engine) as connection:
        transaction = connection.transaction()
        await transaction.start()
        migrated = await connection.fetch(_DEFINITIONS_SQL, "public")
        await connection.execute(f"create schema {_SCHEMA}; set local search_path = {_SCHEMA}")
        for file in FUNCTIONS:
            await connection.execute(files(ledger).joinpath(file).read_text())
        written = await connection.fetch(_DEFINITIONS_SQL, _SCHEMA)
        await transaction.rollback()
    await engine.dispose()

    assert written
    assert [tuple(row) for row in migrated] == [tuple(row) for row in written]


async def test_the_tables_are_those_of_the_metadata(stack: PrivateStack) -> None:
    engine = create_engine(owner(stack), pool_size=1)
    async with engine.connect() as connection:
        differences = await connection.run_sync(_differences)
    await engine.dispose()

    assert differences == []


def _differences(connection: Connection) -> list[Any]:
    found: list[Any] = []
    options = {"compare_type": True, "compare_server_default": True, "include_object": _is_no_partition}
    found += compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return found


def _is_no_partition(_item: object, name: str | None, kind: str, is_reflected: bool, _counterpart: object) -> bool:
    return not (kind == "table" and is_reflected and (name or "").startswith(("jobs_", "submissions_")))
