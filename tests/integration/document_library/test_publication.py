"""A new document is built beside the old one, and replaces it whole or not at all."""

from typing import Any

import pytest
from tests.integration.document_library.rows import Row, advance, begin, build, ladder, lines
from tests.integration.reading import whole

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents

pytestmark = pytest.mark.integration


async def test_a_builder_that_was_slower_does_not_take_the_version_back(
    documents: Documents, document: DocumentKey
) -> None:
    """Both found no document and began to build; then the faster one's was brought forward."""
    position = await build(documents, document, ladder(2), version=1)
    await advance(documents, document, position, Checkpoint(2), [Row("p09", 99)])
    await begin(documents, document, ladder(2), version=1)

    published = await documents.publish(document, over=None)

    assert not published
    assert await documents.versions([document]) == [2]
    assert len(await whole(documents, document)) == 3
    assert await documents.position(document, new=True) is None


async def test_a_document_that_is_not_complete_is_neither_published_nor_seen(
    documents: Documents, document: DocumentKey
) -> None:
    await begin(documents, document, ladder(2), version=None)

    assert not await documents.publish(document, over=None)

    assert await documents.page(document, 5) is None
    position = await documents.position(document, new=True)
    assert position is not None
    assert (position.checkpoint, position.version) == (Checkpoint(1), None)


async def test_a_new_document_that_is_being_brought_forward_is_not_published_in_between(
    documents: Documents, document: DocumentKey
) -> None:
    """Two builders have the same one: what one of them has completed, the other takes further, page by page."""
    await begin(documents, document, ladder(2), version=1)
    position = await documents.position(document, new=True)
    assert position is not None
    advanced: dict[str, Any] = {"new": True, "generation": position.generation, "version": None}
    rows = lines([Row("p09", 99)])
    assert await documents.apply(document, **advanced, at=Checkpoint(1), to=Checkpoint(2, "p09"), lines=rows)

    assert not await documents.publish(document, over=None)

    advanced["version"] = 2
    assert await documents.apply(document, **advanced, at=Checkpoint(2, "p09"), to=Checkpoint(2), lines="")
    assert await documents.publish(document, over=None)
    assert await documents.versions([document]) == [2]


async def test_a_new_document_replaces_the_old_one_whole(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, ladder(5), version=9)

    await build(documents, document, [Row("new", 1)], version=4)

    assert [found.player for found in await whole(documents, document)] == ["new"]
    assert await documents.versions([document]) == [4]


async def test_an_empty_document_replaces_a_full_one(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, ladder(5), version=9)
    await build(documents, document, [], version=0)
    assert await whole(documents, document) == []
