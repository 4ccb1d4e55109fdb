"""How long documents live, and who prolongs it."""

import pytest
from redis.asyncio import Redis
from tests.eventually import eventually
from tests.integration.document_library.rows import PARTS, Row, advance, begin, build, key, ladder

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey, redis_keys
from highscores.documents.store import Documents

pytestmark = pytest.mark.integration

DAY_S = 86_400
HOUR_S = 3_600
NEW_TTL_S = 600


async def ttls(redis: Redis, document: DocumentKey, *, new: bool = False) -> list[int]:
    return [await redis.ttl(key) for key in redis_keys(document, new=new)]


async def test_a_document_lives_for_a_day(documents: Documents, documents_redis: Redis, document: DocumentKey) -> None:
    await build(documents, document, ladder(1))
    assert all(DAY_S - 60 < ttl <= DAY_S for ttl in await ttls(documents_redis, document))


async def test_a_document_whose_builder_died_lives_for_ten_minutes(
    documents: Documents, documents_redis: Redis, document: DocumentKey
) -> None:
    await begin(documents, document, ladder(1), version=None)
    assert all(0 < ttl <= NEW_TTL_S for ttl in await ttls(documents_redis, document, new=True))


async def test_the_first_row_of_an_empty_document_lives_as_long_as_it(
    documents: Documents, documents_redis: Redis, document: DocumentKey
) -> None:
    position = await build(documents, document, [])

    await advance(documents, document, position, Checkpoint(2), ladder(1))

    assert all(DAY_S - 60 < ttl <= DAY_S for ttl in await ttls(documents_redis, document))


@pytest.mark.parametrize("operation", ["page", "around", "players"])
async def test_a_read_prolongs_the_life_of_all_parts(
    documents: Documents, documents_redis: Redis, document: DocumentKey, operation: str
) -> None:
    await build(documents, document, ladder(1))
    for part in PARTS:
        await documents_redis.expire(key(document, part), HOUR_S)

    match operation:
        case "page":
            await documents.page(document, 1)
        case "around":
            await documents.around(document, "p00", 1)
        case "players":
            await documents.players(document, ["p00"])

    async def is_extended() -> bool:
        return all(DAY_S - 60 < ttl <= DAY_S for ttl in await ttls(documents_redis, document))

    await eventually(is_extended)


async def test_a_write_does_not_prolong_it(documents: Documents, documents_redis: Redis, document: DocumentKey) -> None:
    position = await build(documents, document, ladder(1))
    for part in PARTS:
        await documents_redis.expire(key(document, part), HOUR_S)

    await advance(documents, document, position, Checkpoint(2), [Row("p01", 9)])

    assert all(ttl <= HOUR_S for ttl in await ttls(documents_redis, document))
