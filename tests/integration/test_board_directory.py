"""The boards as the web services know them, on real servers."""

import asyncio
from uuid import uuid4

import msgspec
import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.boards import Board
from highscores.web.board_directory import CHANNEL, BoardDirectory

pytestmark = pytest.mark.integration

SUBSCRIBED_AFTER_S = 0.5
HEARD_WITHIN_S = 0.1  # sooner than anything is forgotten by itself


async def define(engine: AsyncEngine, board: str, title: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                """insert into boards (bucket, number, board, rules, revision, created_at)
                   values (0, nextval('board_numbers'), :board, cast(:rules as jsonb), 1, 1)
                   on conflict (board, bucket) where deleted_at is null do update set rules = excluded.rules"""
            ),
            {"board": board, "rules": msgspec.json.encode(Board(title=title)).decode()},
        )


async def title_of(directory: BoardDirectory, board: str) -> str | None:
    record = await directory.find(board)
    return record.rules.title if record else None


async def test_a_change_is_heard_of(engine: AsyncEngine, jobs_redis: Redis) -> None:
    board = f"b-{uuid4().hex}"
    directory = BoardDirectory(engine, jobs_redis)
    watching = asyncio.create_task(directory.watch())
    try:
        await asyncio.sleep(SUBSCRIBED_AFTER_S)
        assert await title_of(directory, board) is None
        for title in ("First", "Second"):
            await define(engine, board, title)
            await jobs_redis.publish(CHANNEL, board)
            await asyncio.sleep(HEARD_WITHIN_S)
            assert await title_of(directory, board) == title
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
