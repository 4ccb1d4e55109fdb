"""The boards as the web services know them, on real servers."""

import asyncio
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.board_forms import to_stored
from highscores.domain.boards import Board
from highscores.domain.unavailable import UnavailableError
from highscores.jobs.board_changes import CHANNEL
from highscores.ledger import reads
from highscores.web.board_directory import BoardDirectory

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
            {"board": board, "rules": to_stored(Board(title=title))},
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


async def set_rules(engine: AsyncEngine, board: str, rules: str) -> None:
    """Put into the stored rules what another version would write."""
    async with engine.begin() as connection:
        await connection.execute(
            text("update boards set rules = rules || cast(:rules as jsonb) where board = :board"),
            {"board": board, "rules": rules},
        )


async def test_a_board_of_a_newer_version_is_found(engine: AsyncEngine, jobs_redis: Redis) -> None:
    board = f"b-{uuid4().hex}"
    await define(engine, board, "Known")
    await set_rules(engine, board, '{"max_submissions": 5, "visibility": "unlisted", "periods": ["hour", "day"]}')

    record = await BoardDirectory(engine, jobs_redis).find(board)

    assert record is not None
    assert record.rules == Board(title="Known", visibility="private", periods=("day",))


async def test_a_board_that_cannot_be_read_is_unavailable_alone(engine: AsyncEngine, jobs_redis: Redis) -> None:
    board, other, unknown = (f"b-{uuid4().hex}" for _ in range(3))
    for each in (board, other):
        await define(engine, each, "Title")
    await set_rules(engine, board, '{"operator": "median"}')
    directory = BoardDirectory(engine, jobs_redis)

    for _ in range(2):
        with pytest.raises(UnavailableError):
            await directory.find(board)
        assert await title_of(directory, other) == "Title"
        assert await directory.find(unknown) is None


async def test_lists_go_on_without_what_cannot_be_read(engine: AsyncEngine) -> None:
    """Page by page, and no page is shorter for it."""
    names = [f"b-{uuid4().hex}" for _ in range(9)]
    for name in names:
        await define(engine, name, "Title")
    for name in names[::2]:
        await set_rules(engine, name, '{"operator": "median"}')
    before = unreadable_reads()

    found: list[str] = []
    after = None
    while page := await reads.list_boards(engine, with_private=True, limit=2, after=after):
        found += [record.board for record in page]
        after = reads.boards_cursor(page[-1])

    assert [name for name in found if name in names] == sorted(names[1::2], reverse=True)
    active = [record.board for record in await reads.list_active_boards(engine, with_private=True, limit=1_000)]
    assert set(active) & set(names) == set(names[1::2])
    assert unreadable_reads() >= before + len(names[::2])


async def test_private_boards_are_told_from_public_ones_by_what_is_stored(engine: AsyncEngine) -> None:
    public, private = (f"b-{uuid4().hex}" for _ in range(2))
    for each in (public, private):
        await define(engine, each, "Title")
    await set_rules(engine, private, '{"visibility": "unlisted"}')

    listed = {record.board for record in await reads.list_boards(engine, with_private=False, limit=1_000)}

    assert {public, private} & listed == {public}


def unreadable_reads() -> float:
    return REGISTRY.get_sample_value("highscores_unreadable_boards_total") or 0.0
