"""Lists of boards cost what they show, however many boards there are."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from highscores.domain.periods import MICROSECONDS
from highscores.ledger import reads

pytestmark = pytest.mark.integration

BOARDS = 5_000
PUBLIC_EVERY = 50  # the others are private
LIMIT = 20
BEGAN = 2_000_000_000 * MICROSECONDS  # newer than all that other tests do
APART = 7 * MICROSECONDS

_INSERT_SQL = f"""
    insert into boards (bucket, number, board, rules, revision, created_at, active_at)
    select 0, (1::bigint << 41) + n, 'listed-' || n,
           case when n % {PUBLIC_EVERY} = 0 then '{{"title":"x"}}'
                else '{{"title":"x","visibility":"private"}}' end::jsonb,
           1, {BEGAN} + n * {APART}::bigint, case when n % 4 = 0 then {BEGAN + BOARDS * APART} - n * {APART}::bigint end
    from generate_series(1, {BOARDS}) n
"""


class OneConnection:
    """Stands for an engine, and lends one connection, within whose transaction the boards of the test exist."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    def connect(self) -> "OneConnection":
        return self

    async def __aenter__(self) -> AsyncConnection:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        pass


List = Callable[..., Awaitable[list[reads.BoardRecord]]]


async def listed(engine: AsyncEngine, read: List, *, with_private: bool) -> tuple[list[reads.BoardRecord], int]:
    """What this list shows, and how many rows PostgreSQL has read for it."""
    async with engine.connect() as connection:
        await connection.exec_driver_sql(_INSERT_SQL)
        await connection.exec_driver_sql("analyze boards")
        statements: list[tuple[str, Any]] = []
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda _, __, statement, parameters, *___: statements.append((statement, parameters)),
        )
        found = await read(OneConnection(connection), with_private=with_private, limit=LIMIT)
        statement, parameters = statements[0]
        explain = f"explain (analyze, format json) {statement}"
        plan = (await connection.exec_driver_sql(explain, parameters)).scalar_one()
        await connection.rollback()
    assert len(found) == LIMIT
    return found, _rows_read(json.loads(plan) if isinstance(plan, str) else plan)


@pytest.mark.parametrize("with_private", [True, False])
async def test_by_activity_only_the_newest_are_read(engine: AsyncEngine, with_private: bool) -> None:
    found, rows = await listed(engine, reads.list_active_boards, with_private=with_private)

    activity = [board.active_at or board.created_at for board in found]
    assert activity == sorted(activity, reverse=True)
    assert activity[0] >= BEGAN + (BOARDS - PUBLIC_EVERY) * APART
    assert any(board.rules.visibility == "private" for board in found) == with_private
    assert rows < 3 * LIMIT


@pytest.mark.parametrize("with_private", [True, False])
async def test_by_creation_only_the_newest_are_read(engine: AsyncEngine, with_private: bool) -> None:
    found, rows = await listed(engine, reads.list_boards, with_private=with_private)

    created = [board.created_at for board in found]
    assert created == sorted(created, reverse=True)
    assert created[0] >= BEGAN + (BOARDS - PUBLIC_EVERY) * APART
    assert any(board.rules.visibility == "private" for board in found) == with_private
    assert rows < 3 * LIMIT


def _rows_read(plan: Any) -> int:
    """How many rows the scans of tables and indexes went through."""
    read, nodes = 0, [plan[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if "Scan" in node["Node Type"]:
            read += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return int(read)
