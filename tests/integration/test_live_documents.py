"""What Redis can lose or hold: live documents stay current, those that make no sense are built anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.eventually import eventually
from tests.integration.reading import whole
from tests.integration.scenario import apply, define, key_of, submission

from highscores.documents.keys import LIVE_DOCUMENTS, SWEEP_LEASE, DocumentKey, meta_key, redis_keys
from highscores.documents.store import Documents
from highscores.domain.boards import Board
from worker.documents.projector import Projector
from worker.documents.sweeper import Sweeper

pytestmark = pytest.mark.integration

TRAILS_MAX_S = 2.0  # promise P5


@pytest.fixture
def documents(documents_redis: Redis) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
async def document(engine: AsyncEngine, documents: Documents, board: str) -> DocumentKey:
    """A live document of one standing."""
    await define(engine, board, Board(title="x"))
    document = await key_of(engine, board)
    await apply(engine, submission(board, "ann", 1))
    await Projector(engine, documents).catch_up(document, build_missing=True)
    return document


@pytest.fixture
async def sweeper(engine: AsyncEngine, documents: Documents, documents_redis: Redis) -> AsyncIterator[Sweeper]:
    """Of a worker that has just started: it knows of no document."""
    await documents_redis.delete(SWEEP_LEASE)
    projector = Projector(engine, documents)
    running = asyncio.create_task(projector.run())
    yield Sweeper(engine, documents_redis, documents, projector)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await documents_redis.delete(SWEEP_LEASE, LIVE_DOCUMENTS)


async def shows(documents: Documents, document: DocumentKey, *expected: str) -> bool:
    return [entry.player for entry in await whole(documents, document)] == list(expected)


# --- The list --------------------------------------------------------------------------------------------------------


async def test_a_worker_puts_what_it_keeps_current_on_a_list_that_was_lost(
    documents: Documents, documents_redis: Redis, document: DocumentKey, sweeper: Sweeper
) -> None:
    await sweeper.sweep()
    await documents_redis.delete(LIVE_DOCUMENTS)

    await sweeper.sweep()

    assert document in await documents.alive()


async def test_what_was_dropped_stays_off_the_list(
    documents: Documents, document: DocumentKey, sweeper: Sweeper
) -> None:
    await sweeper.sweep()
    await documents.drop(document)

    await sweeper.sweep()

    assert document not in await documents.alive()


async def test_a_document_that_is_read_is_kept_current_though_list_and_workers_are_new(
    engine: AsyncEngine, documents: Documents, documents_redis: Redis, document: DocumentKey, sweeper: Sweeper
) -> None:
    await documents_redis.delete(LIVE_DOCUMENTS)
    await apply(engine, submission(document.document.board, "bob", 2))

    async def is_current() -> bool:
        await sweeper.sweep()
        return await shows(documents, document, "bob", "ann")

    await eventually(is_current, within_s=TRAILS_MAX_S)
    assert document in await documents.alive()


@pytest.mark.parametrize(
    "member",
    [
        b"",
        b"x",
        b"a:all",
        b"1:\xff:all",
        b"1:a\x00:all",
        b"1:Board:all",
        b"1:a:b:c:d",
        b"1:a:" + b"b" * 999,
        b"9" * 99 + b":a:b",
    ],
)
async def test_a_member_that_is_no_document_is_removed_and_the_others_are_swept(
    documents: Documents, documents_redis: Redis, document: DocumentKey, sweeper: Sweeper, member: bytes
) -> None:
    await documents_redis.sadd(LIVE_DOCUMENTS, member)

    await sweeper.sweep()

    assert member not in await documents_redis.smembers(LIVE_DOCUMENTS)
    assert document in await documents.alive()


async def test_a_list_that_is_something_else_is_begun_anew(
    documents: Documents, documents_redis: Redis, document: DocumentKey, sweeper: Sweeper
) -> None:
    await sweeper.sweep()
    await documents_redis.set(LIVE_DOCUMENTS, "x")

    await sweeper.sweep()

    assert document in await documents.alive()


# --- The lease -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text", "list"])
async def test_a_lease_that_nobody_can_have_taken_is_no_obstacle(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Redis,
    document: DocumentKey,
    sweeper: Sweeper,
    kind: str,
) -> None:
    """Without an end, or of another type: nobody would ever compare versions again."""
    await (documents_redis.set(SWEEP_LEASE, "x") if kind == "text" else documents_redis.rpush(SWEEP_LEASE, "x"))
    await apply(engine, submission(document.document.board, "bob", 2))

    async def is_current() -> bool:
        await sweeper.sweep()
        return await shows(documents, document, "bob", "ann")

    await eventually(is_current, within_s=TRAILS_MAX_S)


# --- Documents -------------------------------------------------------------------------------------------------------

DAMAGES = [
    *(("version", value) for value in ("", "x", "-1", "1.5", "9" * 5_000, "\u0663")),
    *(("checkpoint", value) for value in ("", "x", ":ann", "1:", "9" * 5_000, "1:\u00e4")),
    *(("total", value) for value in ("", "x", "2", "nan")),
    *(("generation", value) for value in ("", "\u00e4")),
]


@pytest.mark.parametrize(("field", "value"), DAMAGES)
async def test_a_document_whose_meta_make_no_sense_is_none_and_is_built_anew(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Redis,
    document: DocumentKey,
    sweeper: Sweeper,
    field: str,
    value: str,
) -> None:
    before = await documents.position(document)
    await documents_redis.hset(meta_key(document), field, value)

    if field in {"version", "total"}:  # the others are nothing to readers
        assert await documents.page(document, 5) is None
    await sweeper.sweep()
    await Projector(engine, documents).catch_up(document, build_missing=True)
    after = await documents.position(document)

    assert before is not None
    assert after is not None
    assert before.generation != after.generation

    assert await shows(documents, document, "ann")


@pytest.mark.parametrize("part", range(3))
async def test_a_document_that_is_something_else_in_part_is_none_and_is_built_anew(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Redis,
    document: DocumentKey,
    sweeper: Sweeper,
    part: int,
) -> None:
    await documents_redis.set(redis_keys(document)[part], "x")

    assert await documents.page(document, 5) is None
    await sweeper.sweep()
    await Projector(engine, documents).catch_up(document, build_missing=True)

    assert await shows(documents, document, "ann")
