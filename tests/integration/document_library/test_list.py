"""The list of the documents that are in the cache."""

import pytest
from redis.asyncio import Redis
from tests.integration.document_library.rows import BOARD_NUMBER, PARTS, build, key, ladder
from tests.integration.reading import whole

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents

pytestmark = pytest.mark.integration


async def test_a_published_document_is_listed_and_a_dropped_one_is_not(
    documents: Documents, document: DocumentKey
) -> None:
    await build(documents, document, ladder(1))
    assert document in await documents.alive()

    await documents.drop(document)

    assert document not in await documents.alive()
    assert await documents.page(document, 1) is None


async def test_a_board_that_takes_the_name_of_a_deleted_one_shares_nothing_with_it(
    documents: Documents, document: DocumentKey
) -> None:
    successor = document._replace(board_number=BOARD_NUMBER + 1)
    await build(documents, document, ladder(2))

    assert await documents.page(successor, 5) is None
    await build(documents, successor, ladder(3))
    await documents.drop(document)

    assert len(await whole(documents, successor)) == 3
    assert successor in await documents.alive()


async def test_a_document_that_is_there_is_not_forgotten(documents: Documents, document: DocumentKey) -> None:
    """It was missing when the sweep looked, and was built before the sweep struck it off."""
    await build(documents, document, ladder(1))
    await documents.forget(document)
    assert document in await documents.alive()


async def test_a_document_that_is_gone_is_forgotten(
    documents: Documents, documents_redis: Redis, document: DocumentKey
) -> None:
    await build(documents, document, ladder(1))
    await documents_redis.delete(*(key(document, part) for part in PARTS))
    await documents.forget(document)
    assert document not in await documents.alive()
