"""A Redis that takes no writes answers reads."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from redis.asyncio import Redis
from tests.integration.document_library.rows import build, ladder
from tests.integration.reading import players, some_page

from highscores.documents.cursor import Cursor
from highscores.documents.keys import DocumentKey, redis_keys
from highscores.documents.store import Documents, NoStanding, Standing
from highscores.redis.connection import RedisError

pytestmark = pytest.mark.integration

HOUR_S = 3_600


@pytest.fixture(params=["full", "read-only"])
async def make_unwritable(
    documents_redis: Redis, request: pytest.FixtureRequest
) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    limits = await documents_redis.config_get("maxmemory*")

    async def make() -> None:
        if request.param == "full":
            await documents_redis.config_set("maxmemory-policy", "noeviction")
            await documents_redis.config_set("maxmemory", "1")
        else:
            await documents_redis.replicaof("127.0.0.1", "1")  # where nobody listens: it keeps what it has
        with pytest.raises(RedisError):
            await documents_redis.set("anything", "x")

    yield make
    await documents_redis.replicaof("NO", "ONE")
    for name in ("maxmemory", "maxmemory-policy"):
        await documents_redis.config_set(name, limits[name] or "0")


async def test_reads_are_answered_by_a_redis_that_takes_no_writes(
    documents: Documents,
    documents_redis: Redis,
    document: DocumentKey,
    make_unwritable: Callable[[], Awaitable[None]],
) -> None:
    """Also when the life of the document should be extended, and when the entry of a cursor has gone."""
    await build(documents, document, ladder(6))
    for each in redis_keys(document):
        await documents_redis.expire(each, HOUR_S)
    await make_unwritable()

    page = await some_page(documents, document, 2)
    around = await documents.around(document, "p03", 3)
    named = await documents.players(document, ["p05", "p01"])
    standing = await documents.standing(document, "p03", ["2"])
    prospect = await documents.rank(document, 10)
    gone = Cursor(str(document.document), "after", "10", "0" * 46, "nobody")
    behind = await some_page(documents, document, 2, gone)
    for _ in range(3):  # what could not be written harms nobody
        assert await documents.page(document, 1) is not None
        await asyncio.sleep(0)

    assert players(page) == ["p00", "p01"]
    assert around is not None
    assert not isinstance(around, NoStanding)
    assert players(around) == ["p02", "p03", "p04"]
    assert named is not None
    assert [rank for rank, _ in named.entries] == [2, 6]
    assert players(behind) == ["p01", "p02"]
    assert isinstance(standing, Standing)
    assert (standing.entry.rank, standing.target_scores) == (4, [10])
    assert prospect is not None
    assert prospect.rank == 3
