"""Samples of documents as they stand in Redis, made by the worker's own statement and the functions that live there."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from redis.asyncio import Redis

from highscores.documents.checkpoint import START, Checkpoint
from highscores.documents.keys import FORMAT, LIVE_DOCUMENTS, DocumentKey, redis_keys
from highscores.documents.store import Documents
from highscores.domain.documents import DocumentId
from highscores.ledger.engine import Connection
from worker.documents.changes import Source, changes

BOARD, BOARD_NUMBER, BUCKET = "arcade", 2**40, 0  # a number that no sequence has reached
PERIOD = "2026-W45"
VERSION = 1_793_534_400_000_000
GENERATION = "0f7b6f639f5e4d3aa1b2c3d4e5f60718"
ROWS_OF_A_PART = 2

PUBLISHED = DocumentKey(BOARD_NUMBER, DocumentId(BOARD, PERIOD))
OF_A_REGION = DocumentKey(BOARD_NUMBER, DocumentId(BOARD, PERIOD, "EU"))
WITH_SUBSCORES = DocumentKey(BOARD_NUMBER + 1, DocumentId("golf", PERIOD))
EMPTY = DocumentKey(BOARD_NUMBER, DocumentId(BOARD, PERIOD, "nowhere"))
# By name: the document, and whether it is beside the old one still, being built.
CASES = {
    "a document": (PUBLISHED, False),
    "a document of a region": (OF_A_REGION, False),
    "a document with sub-scores": (WITH_SUBSCORES, False),
    "a document without standings": (EMPTY, False),
    "a document that is being built": (PUBLISHED, True),
}

_BOARD_SQL = """
    insert into boards (bucket, number, board, rules, revision, created_at)
    values ($1, $2, 'sample-of-documents', '{"title":"Arcade","regions":true}', 1, 1),
           ($1, $2 + 1, 'sample-with-sub-scores',
            '{"title":"Golf","order":"asc","subscores":[{"name":"putts","order":"asc"},{"name":"birdies","order":"desc"}]}',
            1, 1)
"""
_PERIOD_SQL = """
    insert into periods (bucket, board_number, period, kind, starts_at, ends_at, first_version, version, players)
    values ($1, $2, $3, 'week', 1, 2, 0, $4, 3), ($1, $2 + 1, $3, 'week', 1, 2, 0, $4, 2)
"""
_STANDING_SQL = """
    insert into standings (bucket, board_number, period, player, score, achieved_at, line, job, name, region, metadata,
                           version, state)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
_SUBSCORES_SQL = """
    insert into standings (bucket, board_number, period, player, score, subscores, achieved_at, line, job, version)
    values ($1, $2, $3, 'ada', 72, '{31,-1}', 1, 0, $4, $5),
           ($1, $2, $3, 'bob', 72, '{30,9007199254740991}', 2, 0, $4, $5)
"""
_JOB = UUID("0f7b6f63-9f5e-8d3a-a1b2-c3d4e5f60718")
_STANDINGS: list[tuple[Any, ...]] = [
    ("ada", 9, VERSION - 2, 0, _JOB, "Zoë", "EU", '{"level":7}', VERSION - 1, "shown"),
    ("a:b", 9, VERSION - 2, 12, _JOB, None, None, None, VERSION, "shown"),
    ("bob", -(2**53) + 1, VERSION - 3, 0, _JOB, "Bob", "EU", None, VERSION, "shown"),
    ("gone", 1, VERSION - 3, 0, _JOB, None, None, None, VERSION, "gone"),
]


async def document_samples(connection: Connection, redis: Redis) -> dict[str, Any]:
    """Return samples of what this version writes. Nothing is left of them in either server."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await _insert_standings(connection)
        return await _written(connection, redis)
    finally:
        await transaction.rollback()
        await forget(redis, (key for document, _ in CASES.values() for key in every_key(document)))


async def build(connection: Connection, documents: Documents, document: DocumentKey, *, rows: int = 100) -> None:
    """Build the document beside the old one, from the first rows, and publish it if those are all."""
    source = Source(BUCKET, 0, VERSION)
    found = await changes(connection, document, source, after=START, removals_after=2**62, limit=rows)
    is_whole = found.rows < rows
    to = Checkpoint(VERSION) if is_whole else found.last
    assert to is not None
    version = VERSION if is_whole else None
    assert await documents.apply(
        document, new=True, generation=GENERATION, at=None, to=to, version=version, lines=found.lines
    )
    if is_whole:
        assert await documents.publish(document, over=None)


def every_key(document: DocumentKey) -> list[str]:
    return [*redis_keys(document), *redis_keys(document, new=True)]


async def forget(redis: Redis, keys: Iterable[str]) -> None:
    await redis.delete(*keys)
    await redis.srem(LIVE_DOCUMENTS, *(str(document) for document, _ in CASES.values()))


async def _insert_standings(connection: Connection) -> None:
    await connection.execute(_BOARD_SQL, BUCKET, BOARD_NUMBER)
    await connection.execute(_PERIOD_SQL, BUCKET, BOARD_NUMBER, PERIOD, VERSION)
    for standing in _STANDINGS:
        await connection.execute(_STANDING_SQL, BUCKET, BOARD_NUMBER, PERIOD, *standing)
    await connection.execute(_SUBSCORES_SQL, BUCKET, BOARD_NUMBER + 1, PERIOD, _JOB, VERSION)


async def _written(connection: Connection, redis: Redis) -> dict[str, Any]:
    documents = Documents(redis)
    for document, is_new in CASES.values():
        await build(connection, documents, document, **({"rows": ROWS_OF_A_PART} if is_new else {}))
    published = {str(document) for document, is_new in CASES.values() if not is_new}
    members: Any = await redis.smembers(LIVE_DOCUMENTS)
    live = [member.decode() for member in members]
    return {
        "format": FORMAT,
        "live": {"key": LIVE_DOCUMENTS, "members": sorted(member for member in live if member in published)},
        "documents": {
            name: await _sample(documents, redis, document, is_new) for name, (document, is_new) in CASES.items()
        },
    }


async def _sample(documents: Documents, redis: Redis, document: DocumentKey, is_new: bool) -> dict[str, Any]:
    rank, player, meta = redis_keys(document, new=is_new)
    ranked: Any = await redis.zrange(rank, 0, -1, withscores=True)
    return {
        "document": str(document),
        "new": is_new,
        "rank": [rank, {member.decode(): int(score) for member, score in ranked}],
        "player": [player, _text(await redis.hgetall(player))],
        "meta": [meta, _text(await redis.hgetall(meta))],
        "means": await meaning(documents, document, is_new),
    }


async def meaning(documents: Documents, document: DocumentKey, is_new: bool) -> dict[str, Any]:
    """Return what this version reads of the document."""
    position = await documents.position(document, new=is_new)
    page = None if is_new else await documents.page(document, 100)
    return {
        "generation": position.generation if position else None,
        "checkpoint": str(position.checkpoint) if position else None,
        "version": position.version if position else None,
        "entries": [[entry.rank, "{" + entry.json.decode()] for entry in page.entries] if page else None,
    }


def _text(found: Any) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in sorted(found.items())}
