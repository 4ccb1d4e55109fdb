"""Writes that are large, repeat, race or come late."""

import pytest
from tests.integration.document_library.rows import Row, advance, build, ladder
from tests.integration.reading import Entry, whole

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents

pytestmark = pytest.mark.integration

GENERATION = "0a"


async def test_a_write_that_comes_again_does_nothing(documents: Documents, document: DocumentKey) -> None:
    position = await build(documents, document, ladder(2))
    change = [Row("p00", 99)]
    assert await advance(documents, document, position, Checkpoint(2, "p00"), change)
    before = await whole(documents, document)

    assert await advance(documents, document, position, Checkpoint(2, "p00"), change)

    assert await whole(documents, document) == before
    assert await documents.versions([document]) == [2]


async def test_an_old_write_that_comes_late_does_nothing(documents: Documents, document: DocumentKey) -> None:
    position = await build(documents, document, ladder(2))
    await advance(documents, document, position, Checkpoint(2), [Row("p00", 99)])
    second = position._replace(checkpoint=Checkpoint(2))
    await advance(documents, document, second, Checkpoint(3), [Row("p00", -5)])
    before = await whole(documents, document)

    assert not await advance(documents, document, position, Checkpoint(2), [Row("x", 1)])

    assert await documents.position(document) == position._replace(checkpoint=Checkpoint(3), version=3)
    assert await whole(documents, document) == before


async def test_a_write_for_the_generation_before_does_nothing(documents: Documents, document: DocumentKey) -> None:
    """Rows of a source that has gone back since may not come into a document of the one that is there now."""
    position = await build(documents, document, ladder(2), version=2)
    await build(documents, document, ladder(1), version=2)

    assert not await advance(documents, document, position, Checkpoint(3), [Row("x", 1)])

    assert await documents.versions([document]) == [2]
    assert len(await whole(documents, document)) == 1


async def test_no_write_takes_the_version_back(documents: Documents, document: DocumentKey) -> None:
    position = await build(documents, document, ladder(2), version=5)

    assert not await advance(documents, document, position, Checkpoint(4), [Row("x", 1)])

    assert await documents.position(document) == position


async def test_rows_of_a_player_replace_each_other(documents: Documents, document: DocumentKey) -> None:
    rows = [Row("alice", 5), Row("bob", 3), Row("alice", 1, at=7), Row("bob", stays=False)]

    for version, row in enumerate(rows, 1):
        at = Checkpoint(version - 1) if version > 1 else None
        assert await documents.apply(
            document,
            new=True,
            generation=GENERATION,
            at=at,
            to=Checkpoint(version),
            version=version,
            lines=row.line(),
        )
    await documents.publish(document, over=None)

    assert await whole(documents, document) == [
        Entry(1, "alice", 1, {"player": "alice", "score": 1}),
    ]


async def test_many_rows_at_once(documents: Documents, document: DocumentKey) -> None:
    """More than one command of Redis can take."""
    many = [Row(f"player-{n:05}", n) for n in range(2_300)]
    await build(documents, document, many)
    assert [found.player for found in await whole(documents, document)] == [row.player for row in many]
