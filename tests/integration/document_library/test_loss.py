"""A document that has lost a part is missing, never wrong."""

import itertools

import pytest
from redis.asyncio import Redis
from tests.integration.document_library.rows import PARTS, Row, advance, begin, build, key, ladder
from tests.integration.reading import whole

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents

pytestmark = pytest.mark.integration

LOSSES = [loss for size in (1, 2) for loss in itertools.combinations(PARTS, size)]


@pytest.mark.parametrize("lost", LOSSES)
async def test_a_document_that_lost_a_part_is_missing_not_wrong(
    documents: Documents, documents_redis: Redis, document: DocumentKey, lost: tuple[str, ...]
) -> None:
    await build(documents, document, ladder(3))
    await documents_redis.delete(*(key(document, part) for part in lost))

    assert await documents.page(document, 5) is None
    assert await documents.around(document, "p00", 5) is None
    assert await documents.players(document, ["p00"]) is None


@pytest.mark.parametrize("lost", LOSSES)
async def test_what_is_left_of_a_document_is_not_brought_forward(
    documents: Documents, documents_redis: Redis, document: DocumentKey, lost: tuple[str, ...]
) -> None:
    position = await build(documents, document, ladder(3))
    await documents_redis.delete(*(key(document, part) for part in lost))

    assert not await advance(documents, document, position, Checkpoint(2), [Row("p09", 9)])

    assert await documents.page(document, 5) is None
    assert await documents.versions([document]) == [None]


@pytest.mark.parametrize("lost", LOSSES)
async def test_what_is_left_of_a_document_counts_as_none_and_is_built_again(
    documents: Documents, documents_redis: Redis, document: DocumentKey, lost: tuple[str, ...]
) -> None:
    await build(documents, document, ladder(3), version=5)
    await documents_redis.delete(*(key(document, part) for part in lost))

    assert await documents.position(document) is None

    await build(documents, document, ladder(3), version=5)
    assert len(await whole(documents, document)) == 3


@pytest.mark.parametrize("lost", ["rank", "player", "meta"])
async def test_a_new_document_that_lost_a_part_begins_anew(
    documents: Documents, documents_redis: Redis, document: DocumentKey, lost: str
) -> None:
    await begin(documents, document, ladder(2), version=None)
    await documents_redis.delete(key(document, lost, new=True))

    assert await documents.position(document, new=True) is None
    assert not await documents.publish(document, over=None)


async def test_the_functions_come_back_after_a_loss(
    documents: Documents, documents_redis: Redis, document: DocumentKey
) -> None:
    await build(documents, document, ladder(3))
    await documents_redis.flushall()
    await documents_redis.function_flush()

    assert await documents.page(document, 5) is None

    await build(documents, document, ladder(3))
    assert len(await whole(documents, document)) == 3
