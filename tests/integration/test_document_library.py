"""The functions that live in Redis, on a real one, through the store: given rows, without a ledger."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.integration.reading import Entry, entries, entry, players, some_page, walk, whole

from highscores.documents.store import Cursor, Documents
from highscores.domain.documents import DocumentId
from highscores.domain.fields import SCORE_LIMIT

pytestmark = pytest.mark.integration

DAY_S = 86_400
HOUR_S = 3_600
NEW_TTL_S = 600
PARTS = ("rank", "player", "meta")
LIMITS = (1, 2, 3, 5, 7, 100)
NO_JOB = UUID(int=0)


@dataclass(frozen=True)
class Row:
    """`score` as Redis ranks it: negated when higher is better."""

    player: str
    score: int = 0
    at: int = 0
    job: UUID = NO_JOB
    stays: bool = True

    def line(self) -> str:
        """As ledger.changes writes it."""
        sign = "+" if self.stays else "-"
        json = f'"player":"{self.player}","score":{self.score}}}'
        return f"{sign}\t{self.score}\t{self.at:014x}{self.job.hex}\t{self.player}\t{json}\n"


def lines(rows: Iterable[Row]) -> str:
    return "".join(row.line() for row in rows)


def ladder(count: int) -> list[Row]:
    """p00, p01, ... in rank order."""
    return [Row(f"p{n:02}", n * 10, job=UUID(int=n)) for n in range(count)]


@pytest.fixture
def documents(documents_redis: Redis) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
def document(board: str) -> DocumentId:
    return DocumentId(board, "all")


async def build(documents: Documents, document: DocumentId, rows: Iterable[Row], version: int = 1) -> str:
    """A complete document at this version; return its place."""
    over = (await documents.position(document)).version
    place = f"{version}:~"
    assert await documents.apply(document, new=True, at="", to=place, version=version, lines=lines(rows)) == place
    assert await documents.publish(document, over=over)
    return place


def key(document: DocumentId, part: str) -> str:
    return f"{{{document}}}:{part}"


# --- Order -----------------------------------------------------------------------------------------------------------

limits = st.sampled_from([SCORE_LIMIT, -SCORE_LIMIT, SCORE_LIMIT - 1, -SCORE_LIMIT + 1, 0, 1, -1, 10, 9, -10])
rows = st.builds(
    Row,
    player=st.from_regex(r"[A-Za-z0-9._@:|+~=-]{1,3}", fullmatch=True),
    score=limits | st.integers(-SCORE_LIMIT, SCORE_LIMIT),
    at=st.sampled_from([0, 1, 9, 10, 15, 16, 255, 256, 2**52]) | st.integers(0, 2**53),
    job=st.sampled_from([UUID(int=n) for n in (0, 1, 9, 10, 2**64, 2**128 - 1)]) | st.uuids(),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(rows, max_size=12, unique_by=lambda row: row.player))
async def test_entries_stand_by_score_then_time_then_job(documents_redis: Redis, rows: list[Row]) -> None:
    documents, document = Documents(documents_redis), DocumentId(f"t{uuid4().hex}", "all")

    await build(documents, document, rows)

    ranked = sorted(rows, key=lambda row: (row.score, row.at, row.job.int, row.player))
    assert [(found.player, found.score) for found in await whole(documents, document)] == [
        (row.player, row.score) for row in ranked
    ]
    named = await documents.players(document, [row.player for row in rows] or ["nobody"])
    assert named is not None
    assert [(rank, entry(rank, text).player) for rank, text in named.entries] == [
        (rank, row.player) for rank, row in enumerate(ranked)
    ]


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("count", [0, 1, 2, 6, 7])
async def test_pages_forward_and_back_are_the_same_rows(
    documents: Documents, document: DocumentId, count: int, limit: int
) -> None:
    await build(documents, document, ladder(count), version=7)

    forward = await walk(documents, document, limit)
    back = await walk(documents, document, limit, "prev", forward[-1])

    assert [players(page) for page in forward] == [
        [f"p{n:02}" for n in range(start, min(start + limit, count))] for start in range(0, max(count, 1), limit)
    ]
    assert [page.first for page in forward] == list(range(0, max(count, 1), limit))
    assert [entries(page) for page in back] == [entries(page) for page in reversed(forward)]
    assert {(page.version, page.total) for page in forward} == {(7, count)}
    assert forward[0].prev is None
    assert forward[-1].next is None


@pytest.mark.parametrize("score", [SCORE_LIMIT, -SCORE_LIMIT, 0, -1])
async def test_cursors_carry_any_score(documents: Documents, document: DocumentId, score: int) -> None:
    await build(documents, document, [Row(player, score, at=2**52) for player in "abcd"])
    pages = await walk(documents, document, limit=1)
    assert [players(page) for page in pages] == [["a"], ["b"], ["c"], ["d"]]


@pytest.mark.parametrize("text", ["", "x", "!!!", "ä", "A" * 200, "gA", "kw=="])
def test_other_texts_are_no_cursors(text: str) -> None:
    with pytest.raises(ValueError, match="not a cursor"):
        Cursor.decode(text)


async def test_a_cursor_whose_entry_fell_behind_goes_on_where_it_stood(
    documents: Documents, document: DocumentId
) -> None:
    place = await build(documents, document, ladder(6))
    page = await some_page(documents, document, 3)
    moved = [Row("p02", 1_000, at=5)]

    await documents.apply(document, new=False, at=place, to="2:p02", version=2, lines=lines(moved))

    assert page.next is not None
    assert players(await some_page(documents, document, 3, page.next)) == ["p03", "p04", "p05"]


async def test_a_cursor_whose_entry_vanished_goes_on_where_it_stood(documents: Documents, document: DocumentId) -> None:
    place = await build(documents, document, ladder(6))
    first = await some_page(documents, document, 2)
    assert first.next is not None
    second = await some_page(documents, document, 2, first.next)
    assert second.prev is not None
    assert second.next is not None
    gone = [Row("p02", stays=False), Row("p03", stays=False)]

    await documents.apply(document, new=False, at=place, to="2:p03", version=2, lines=lines(gone))

    assert players(await some_page(documents, document, 2, second.next)) == ["p04", "p05"]
    assert players(await some_page(documents, document, 2, second.prev)) == ["p00", "p01"]
    assert [found.player for found in await whole(documents, document)] == ["p00", "p01", "p04", "p05"]


# --- Around, players -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("count", [1, 2, 6, 7])
async def test_around_has_the_player_in_the_middle_and_is_full_at_both_ends(
    documents: Documents, document: DocumentId, count: int, limit: int
) -> None:
    await build(documents, document, ladder(count))
    for rank in range(count):
        page = await documents.around(document, f"p{rank:02}", limit)

        assert page is not None
        assert page != "no-standing"
        start = min(max(0, rank - (limit - 1) // 2), max(0, count - limit))
        assert [found.rank for found in entries(page)] == list(range(start, min(start + limit, count)))
        assert f"p{rank:02}" in players(page)
        assert (page.prev is not None, page.next is not None) == (start > 0, start + limit < count)
        if page.next:
            following = await some_page(documents, document, limit, page.next)
            assert following.first == start + limit
        if page.prev:
            assert (await some_page(documents, document, limit, page.prev)).first == max(0, start - limit)


async def test_around_a_stranger_there_is_no_standing(documents: Documents, document: DocumentId) -> None:
    await build(documents, document, ladder(2))
    assert await documents.around(document, "stranger", 5) == "no-standing"


async def test_named_players_come_in_rank_order_without_strangers(documents: Documents, document: DocumentId) -> None:
    await build(documents, document, ladder(5), version=3)

    found = await documents.players(document, ["p04", "stranger", "p01", "p03"])

    assert found is not None
    assert (found.version, found.total) == (3, 5)
    assert [rank for rank, _ in found.entries] == [1, 3, 4]
    assert [entry(rank, text).player for rank, text in found.entries] == ["p01", "p03", "p04"]


async def test_what_is_not_in_the_cache_is_missing(documents: Documents, document: DocumentId) -> None:
    assert await documents.page(document, 5) is None
    assert await documents.around(document, "alice", 5) is None
    assert await documents.players(document, ["alice"]) is None
    assert await documents.versions([document]) == [None]
    assert (await documents.position(document)).version is None


async def test_an_empty_document_is_an_empty_page(documents: Documents, document: DocumentId) -> None:
    await build(documents, document, [], version=0)
    page = await some_page(documents, document, 5)
    assert (page.version, page.total, page.entries, page.next, page.prev) == (0, 0, [], None, None)
    assert await documents.around(document, "alice", 5) == "no-standing"


# --- Writes that repeat, race or come late ---------------------------------------------------------------------------


async def test_a_write_that_comes_again_does_nothing(documents: Documents, document: DocumentId) -> None:
    place = await build(documents, document, ladder(2))
    change: dict[str, Any] = {"new": False, "at": place, "to": "2:p00", "version": 2, "lines": lines([Row("p00", 99)])}
    assert await documents.apply(document, **change) == "2:p00"
    before = await whole(documents, document)

    assert await documents.apply(document, **change) == "2:p00"

    assert await whole(documents, document) == before
    assert await documents.versions([document]) == [2]


async def test_an_old_write_that_comes_late_does_nothing(documents: Documents, document: DocumentId) -> None:
    place = await build(documents, document, ladder(2))
    await documents.apply(document, new=False, at=place, to="2:p00", version=2, lines=lines([Row("p00", 99)]))
    await documents.apply(document, new=False, at="2:p00", to="3:p00", version=3, lines=lines([Row("p00", -5)]))
    before = await whole(documents, document)

    late = await documents.apply(document, new=False, at=place, to="2:x", version=2, lines=lines([Row("x", 1)]))

    assert late == "3:p00"
    assert await whole(documents, document) == before
    assert await documents.versions([document]) == [3]


async def test_a_builder_that_was_slower_does_not_take_the_version_back(
    documents: Documents, document: DocumentId
) -> None:
    """Both found no document and began to build; then the faster one's was brought forward."""
    place = await build(documents, document, ladder(2), version=1)
    await documents.apply(document, new=False, at=place, to="2:p09", version=2, lines=lines([Row("p09", 99)]))
    await documents.apply(document, new=True, at="", to="1:~", version=1, lines=lines(ladder(2)))

    published = await documents.publish(document, over=None)

    assert not published
    assert await documents.versions([document]) == [2]
    assert len(await whole(documents, document)) == 3
    assert (await documents.position(document, new=True)).place == ""


async def test_a_document_that_is_not_complete_is_neither_published_nor_seen(
    documents: Documents, document: DocumentId
) -> None:
    await documents.apply(document, new=True, at="", to="1:p01", version=None, lines=lines(ladder(2)))

    assert not await documents.publish(document, over=None)

    assert await documents.page(document, 5) is None
    position = await documents.position(document, new=True)
    assert (position.place, position.version) == ("1:p01", None)


async def test_a_new_document_replaces_the_old_one_whole(documents: Documents, document: DocumentId) -> None:
    await build(documents, document, ladder(5), version=9)

    await build(documents, document, [Row("new", 1)], version=4)

    assert [found.player for found in await whole(documents, document)] == ["new"]
    assert await documents.versions([document]) == [4]


async def test_an_empty_document_replaces_a_full_one(documents: Documents, document: DocumentId) -> None:
    await build(documents, document, ladder(5), version=9)
    await build(documents, document, [], version=0)
    assert await whole(documents, document) == []


async def test_rows_of_a_player_replace_each_other(documents: Documents, document: DocumentId) -> None:
    rows = [Row("alice", 5), Row("bob", 3), Row("alice", 1, at=7), Row("bob", stays=False)]

    for version, row in enumerate(rows, 1):
        at = (await documents.position(document, new=True)).place
        await documents.apply(document, new=True, at=at, to=f"{version}:", version=version, lines=row.line())
    await documents.publish(document, over=None)

    assert await whole(documents, document) == [
        Entry(0, "alice", 1, {"player": "alice", "score": 1}),
    ]


async def test_many_rows_at_once(documents: Documents, document: DocumentId) -> None:
    """More than one command of Redis can take."""
    many = [Row(f"player-{n:05}", n) for n in range(2_300)]
    await build(documents, document, many)
    assert [found.player for found in await whole(documents, document)] == [row.player for row in many]


# --- Loss ------------------------------------------------------------------------------------------------------------

LOSSES = [loss for size in (1, 2) for loss in itertools.combinations(PARTS, size)]


@pytest.mark.parametrize("lost", LOSSES)
async def test_a_document_that_lost_a_part_is_missing_not_wrong(
    documents: Documents, documents_redis: Redis, document: DocumentId, lost: tuple[str, ...]
) -> None:
    await build(documents, document, ladder(3))
    await documents_redis.delete(*(key(document, part) for part in lost))

    assert await documents.page(document, 5) is None
    assert await documents.around(document, "p00", 5) is None
    assert await documents.players(document, ["p00"]) is None


@pytest.mark.parametrize("lost", LOSSES)
async def test_what_is_left_of_a_document_is_not_brought_forward(
    documents: Documents, documents_redis: Redis, document: DocumentId, lost: tuple[str, ...]
) -> None:
    place = await build(documents, document, ladder(3))
    await documents_redis.delete(*(key(document, part) for part in lost))

    reached = await documents.apply(document, new=False, at=place, to="2:p09", version=2, lines=Row("p09", 9).line())

    assert reached == ""
    assert await documents.page(document, 5) is None
    assert await documents.versions([document]) == [None]


@pytest.mark.parametrize("lost", LOSSES)
async def test_what_is_left_of_a_document_counts_as_none_and_is_built_again(
    documents: Documents, documents_redis: Redis, document: DocumentId, lost: tuple[str, ...]
) -> None:
    await build(documents, document, ladder(3), version=5)
    await documents_redis.delete(*(key(document, part) for part in lost))

    assert (await documents.position(document)).version is None

    await build(documents, document, ladder(3), version=5)
    assert len(await whole(documents, document)) == 3


@pytest.mark.parametrize("lost", ["rank", "player", "meta"])
async def test_a_new_document_that_lost_a_part_begins_anew(
    documents: Documents, documents_redis: Redis, document: DocumentId, lost: str
) -> None:
    await documents.apply(document, new=True, at="", to="1:p01", version=None, lines=lines(ladder(2)))
    await documents_redis.delete(key(document, f"new:{lost}"))

    assert (await documents.position(document, new=True)).place == ""
    assert not await documents.publish(document, over=None)


async def test_the_functions_come_back_after_a_loss(
    documents: Documents, documents_redis: Redis, document: DocumentId
) -> None:
    await build(documents, document, ladder(3))
    await documents_redis.flushall()
    await documents_redis.function_flush()

    assert await documents.page(document, 5) is None

    await build(documents, document, ladder(3))
    assert len(await whole(documents, document)) == 3


# --- Time to live ----------------------------------------------------------------------------------------------------


async def ttls(redis: Redis, document: DocumentId, prefix: str = "") -> list[int]:
    return [await redis.ttl(key(document, prefix + part)) for part in PARTS]


async def test_a_document_lives_for_a_day(documents: Documents, documents_redis: Redis, document: DocumentId) -> None:
    await build(documents, document, ladder(1))
    assert all(DAY_S - 60 < ttl <= DAY_S for ttl in await ttls(documents_redis, document))


async def test_a_document_whose_builder_died_lives_for_ten_minutes(
    documents: Documents, documents_redis: Redis, document: DocumentId
) -> None:
    await documents.apply(document, new=True, at="", to="1:p00", version=None, lines=lines(ladder(1)))
    assert all(0 < ttl <= NEW_TTL_S for ttl in await ttls(documents_redis, document, "new:"))


async def test_the_first_row_of_an_empty_document_lives_as_long_as_it(
    documents: Documents, documents_redis: Redis, document: DocumentId
) -> None:
    place = await build(documents, document, [])

    await documents.apply(document, new=False, at=place, to="2:p00", version=2, lines=lines(ladder(1)))

    assert all(DAY_S - 60 < ttl <= DAY_S for ttl in await ttls(documents_redis, document))


@pytest.mark.parametrize("operation", ["page", "around", "players"])
async def test_a_read_prolongs_the_life_of_all_parts(
    documents: Documents, documents_redis: Redis, document: DocumentId, operation: str
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

    assert all(DAY_S - 60 < ttl <= DAY_S for ttl in await ttls(documents_redis, document))


async def test_a_write_does_not_prolong_it(documents: Documents, documents_redis: Redis, document: DocumentId) -> None:
    place = await build(documents, document, ladder(1))
    for part in PARTS:
        await documents_redis.expire(key(document, part), HOUR_S)

    await documents.apply(document, new=False, at=place, to="2:p01", version=2, lines=Row("p01", 9).line())

    assert all(ttl <= HOUR_S for ttl in await ttls(documents_redis, document))


# --- The list of those in the cache ----------------------------------------------------------------------------------


async def test_a_published_document_is_listed_and_a_dropped_one_is_not(
    documents: Documents, document: DocumentId
) -> None:
    await build(documents, document, ladder(1))
    assert document in await documents.alive()

    await documents.drop(document)

    assert document not in await documents.alive()
    assert await documents.page(document, 1) is None


async def test_a_document_that_is_there_is_not_forgotten(documents: Documents, document: DocumentId) -> None:
    """It was missing when the sweep looked, and was built before the sweep struck it off."""
    await build(documents, document, ladder(1))
    await documents.forget(document)
    assert document in await documents.alive()


async def test_a_document_that_is_gone_is_forgotten(
    documents: Documents, documents_redis: Redis, document: DocumentId
) -> None:
    await build(documents, document, ladder(1))
    await documents_redis.delete(*(key(document, part) for part in PARTS))
    await documents.forget(document)
    assert document not in await documents.alive()
