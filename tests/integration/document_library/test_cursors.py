"""Cursors stay where their entry stood, whatever moves."""

from collections.abc import Iterable
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.integration.document_library.rows import Row, advance, build, ladder, some_key
from tests.integration.reading import players, some_page, walk, whole

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.cursor import Cursor
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, NoStanding
from highscores.domain.fields import SCORE_LIMIT

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("score", [SCORE_LIMIT, -SCORE_LIMIT, 0, -1])
async def test_cursors_carry_any_score(documents: Documents, document: DocumentKey, score: int) -> None:
    await build(documents, document, [Row(player, score, at=2**52) for player in "abcd"])
    pages = await walk(documents, document, limit=1)
    assert [players(page) for page in pages] == [["a"], ["b"], ["c"], ["d"]]


@pytest.mark.parametrize("text", ["", "x", "!!!", "ä", "A" * 200, "gA", "kw=="])
def test_other_texts_are_no_cursors(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.decode(text)


async def test_a_cursor_whose_entry_fell_behind_goes_on_where_it_stood(
    documents: Documents, document: DocumentKey
) -> None:
    position = await build(documents, document, ladder(6))
    page = await some_page(documents, document, 3)
    moved = [Row("p02", 1_000, at=5)]

    assert await advance(documents, document, position, Checkpoint(2), moved)

    assert page.next is not None
    assert players(await some_page(documents, document, 3, page.next)) == ["p03", "p04", "p05"]


async def test_a_cursor_whose_entry_vanished_goes_on_where_it_stood(
    documents: Documents, document: DocumentKey
) -> None:
    position = await build(documents, document, ladder(6))
    first = await some_page(documents, document, 2)
    assert first.next is not None
    second = await some_page(documents, document, 2, first.next)
    assert second.prev is not None
    assert second.next is not None
    gone = [Row("p02", stays=False), Row("p03", stays=False)]

    assert await advance(documents, document, position, Checkpoint(2), gone)

    assert players(await some_page(documents, document, 2, second.next)) == ["p04", "p05"]
    assert players(await some_page(documents, document, 2, second.prev)) == ["p00", "p01"]
    assert [found.player for found in await whole(documents, document)] == ["p00", "p01", "p04", "p05"]


def following(rows: Iterable[Row], cursor: Row) -> list[str]:
    """Who stands behind where this row stands, or stood."""
    return [row.player for row in sorted(rows, key=Row.order) if row.order() > cursor.order()]


async def test_behind_an_entry_that_moved_its_equals_are_all_there(documents: Documents, document: DocumentKey) -> None:
    """As imported with one `achieved_at`, in an order of jobs that has nothing to do with their players'."""
    rows = [Row(f"p{n:03}", 7, at=5, job=UUID(int=(n * 7919) % 2**32)) for n in range(500)]
    position = await build(documents, document, rows)
    first = await some_page(documents, document, 100)
    last = next(row for row in rows if row.player == players(first)[-1])
    moved = Row(last.player, 1, at=9)
    assert await advance(documents, document, position, Checkpoint(2), [moved])

    assert first.next is not None
    rest = await walk(documents, document, 100, page=await some_page(documents, document, 100, first.next))

    assert [player for page in rest for player in players(page)] == following(rows, last)


few_rows = st.builds(
    Row,
    player=st.sampled_from(["a", "B", "b", "b:", "b:c", "~", "z9"]),
    score=st.sampled_from([-1, 0, 5]),
    at=st.sampled_from([0, 1, 255]),
    job=st.integers(0, 3).map(lambda n: UUID(int=n << 124)),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(few_rows, min_size=1, unique_by=lambda row: row.player),
    st.lists(few_rows, unique_by=lambda row: row.player),
    st.sets(st.sampled_from(["a", "B", "b", "b:", "b:c"])),
    st.data(),
)
async def test_a_cursor_stays_where_its_entry_stood_whatever_moves(
    documents_redis: Redis, rows: list[Row], moved: list[Row], gone: set[str], data: st.DataObject
) -> None:
    documents, document = Documents(documents_redis), some_key()
    position = await build(documents, document, rows)
    named = data.draw(st.sampled_from(rows))
    now = {row.player: row for row in [*rows, *moved] if row.player not in gone}
    changed = [*(row for row in moved if row.player not in gone), *(Row(player, stays=False) for player in gone)]
    assert await advance(documents, document, position, Checkpoint(2), changed)

    score, tie_break = str(named.score), named.tie_break
    after = await some_page(
        documents, document, 100, Cursor(str(document.document), "after", score, tie_break, named.player)
    )
    before = await some_page(
        documents, document, 100, Cursor(str(document.document), "before", score, tie_break, named.player)
    )

    behind = following(now.values(), named)
    ahead = [row.player for row in sorted(now.values(), key=Row.order) if row.order() < named.order()]
    assert players(after) == behind
    assert players(before) == (ahead or [row.player for row in sorted(now.values(), key=Row.order)])


async def test_an_entry_that_has_gone_is_looked_for_in_few_steps(
    documents: Documents, documents_redis: Redis, document: DocumentKey
) -> None:
    rows = [Row(f"p{n:04}", 7, job=UUID(int=n << 64)) for n in range(4_000)]
    await build(documents, document, rows)
    gone = Cursor(str(document.document), "after", "7", rows[1_500].tie_break, "z")
    before = (await documents_redis.info("commandstats"))["cmdstat_zrange"]["calls"]

    page = await some_page(documents, document, 3, gone)

    assert players(page) == ["p1501", "p1502", "p1503"]
    probes = (await documents_redis.info("commandstats"))["cmdstat_zrange"]["calls"] - before - 1
    assert probes <= 12  # 2^12 > 4,000


async def test_before_an_entry_that_became_the_first_is_the_first_page(
    documents: Documents, document: DocumentKey
) -> None:
    position = await build(documents, document, ladder(6))
    page = await documents.around(document, "p03", 3)
    assert page is not None
    assert not isinstance(page, NoStanding)
    fell = [Row(f"p{n:02}", 1_000 + n) for n in (0, 1)]
    assert await advance(documents, document, position, Checkpoint(2), fell)

    assert page.prev is not None
    previous = await some_page(documents, document, 3, page.prev)

    assert players(previous) == ["p02", "p03", "p04"]
    assert previous.prev is None
    assert previous.next is not None


async def test_behind_an_entry_that_became_the_last_a_way_leads_back(
    documents: Documents, document: DocumentKey
) -> None:
    position = await build(documents, document, ladder(4))
    page = await some_page(documents, document, 2)
    gone = [Row(f"p{n:02}", stays=False) for n in (2, 3)]
    assert await advance(documents, document, position, Checkpoint(2), gone)

    assert page.next is not None
    end = await some_page(documents, document, 2, page.next)

    assert (end.entries, end.next) == ([], None)
    assert end.prev is not None
    assert players(await some_page(documents, document, 2, end.prev)) == ["p00", "p01"]
