"""Reading documents: order, pages, the entries around a player, named players."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.integration.document_library.rows import Row, build, ladder, some_key
from tests.integration.reading import entries, entry, players, some_page, walk, whole

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, NoStanding, Prospect
from highscores.domain.fields import SCORE_LIMIT

pytestmark = pytest.mark.integration

LIMITS = (1, 2, 3, 5, 7, 100)

limits = st.sampled_from([SCORE_LIMIT, -SCORE_LIMIT, SCORE_LIMIT - 1, -SCORE_LIMIT + 1, 0, 1, -1, 10, 9, -10])
rows = st.builds(
    Row,
    player=st.from_regex(r"[A-Za-z0-9._@:|+~=-]{1,3}", fullmatch=True),  # by the contract; `:` among them
    score=limits | st.integers(-SCORE_LIMIT, SCORE_LIMIT),
    at=st.sampled_from([0, 1, 9, 10, 15, 16, 255, 256, 2**52]) | st.integers(0, 2**53),
    job=st.sampled_from([UUID(int=n) for n in (0, 1, 9, 10, 2**64, 2**128 - 1)]) | st.uuids(),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(rows, max_size=12, unique_by=lambda row: row.player))
async def test_entries_stand_by_score_then_time_then_job(documents_redis: Redis, rows: list[Row]) -> None:
    documents, document = Documents(documents_redis), some_key()

    await build(documents, document, rows)

    ranked = sorted(rows, key=lambda row: (row.score, row.at, row.job.int, row.player))
    assert [(found.player, found.score) for found in await whole(documents, document)] == [
        (row.player, row.score) for row in ranked
    ]
    named = await documents.players(document, [row.player for row in rows] or ["nobody"])
    assert named is not None
    assert [(rank, entry(rank, text).player) for rank, text in named.entries] == [
        (rank, row.player) for rank, row in enumerate(ranked, 1)
    ]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("count", [0, 1, 2, 6, 7])
async def test_pages_forward_and_back_are_the_same_rows(
    documents: Documents, document: DocumentKey, count: int, limit: int
) -> None:
    await build(documents, document, ladder(count), version=7)

    forward = await walk(documents, document, limit)
    back = await walk(documents, document, limit, "prev", forward[-1])

    assert [players(page) for page in forward] == [
        [f"p{n:02}" for n in range(start, min(start + limit, count))] for start in range(0, max(count, 1), limit)
    ]
    assert [found.rank for page in forward for found in entries(page)] == list(range(1, count + 1))
    assert [entries(page) for page in back] == [entries(page) for page in reversed(forward)]
    assert {(page.version, page.total) for page in forward} == {(7, count)}
    assert forward[0].prev is None
    assert forward[-1].next is None


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("count", [1, 2, 6, 7])
async def test_around_has_the_player_in_the_middle_and_is_full_at_both_ends(
    documents: Documents, document: DocumentKey, count: int, limit: int
) -> None:
    await build(documents, document, ladder(count))
    for rank in range(count):
        page = await documents.around(document, f"p{rank:02}", limit)

        assert page is not None
        assert not isinstance(page, NoStanding)
        start = min(max(0, rank - (limit - 1) // 2), max(0, count - limit))
        assert [found.rank - 1 for found in entries(page)] == list(range(start, min(start + limit, count)))
        assert f"p{rank:02}" in players(page)
        assert (page.prev is not None, page.next is not None) == (start > 0, start + limit < count)
        if page.next:
            following = await some_page(documents, document, limit, page.next)
            assert entries(following)[0].rank == start + limit + 1
        if page.prev:
            previous = await some_page(documents, document, limit, page.prev)
            assert entries(previous)[0].rank == max(0, start - limit) + 1


async def test_around_a_stranger_there_is_no_standing(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, ladder(2))
    assert isinstance(await documents.around(document, "stranger", 5), NoStanding)


async def test_named_players_come_in_rank_order_without_strangers(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, ladder(5), version=3)

    found = await documents.players(document, ["p04", "stranger", "p01", "p03"])

    assert found is not None
    assert (found.version, found.total) == (3, 5)
    assert [rank for rank, _ in found.entries] == [2, 4, 5]
    assert [entry(rank, text).player for rank, text in found.entries] == ["p01", "p03", "p04"]


async def test_what_is_not_in_the_cache_is_missing(documents: Documents, document: DocumentKey) -> None:
    assert await documents.page(document, 5) is None
    assert await documents.around(document, "alice", 5) is None
    assert await documents.players(document, ["alice"]) is None
    assert await documents.standing(document, "alice", ["1"]) is None
    assert await documents.rank(document, 0) is None
    assert await documents.versions([document]) == [None]
    assert await documents.position(document) is None


async def test_an_empty_document_is_an_empty_page(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, [], version=0)
    page = await some_page(documents, document, 5)
    assert (page.version, page.total, page.entries, page.next, page.prev) == (0, 0, [], None, None)
    assert isinstance(await documents.around(document, "alice", 5), NoStanding)
    assert isinstance(await documents.standing(document, "alice", ["1"]), NoStanding)
    assert await documents.rank(document, 7) == Prospect(version=0, total=0, rank=1)
