"""The functions that live in Redis, on a real one, through the store: given rows, without a ledger."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.eventually import eventually
from tests.integration.reading import Entry, entries, entry, players, some_page, walk, whole

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.cursor import Cursor
from highscores.documents.keys import DocumentKey, redis_keys
from highscores.documents.store import Documents, Position
from highscores.domain.documents import DocumentId
from highscores.domain.fields import SCORE_LIMIT
from highscores.redis.connection import RedisError

pytestmark = pytest.mark.integration

DAY_S = 86_400
HOUR_S = 3_600
NEW_TTL_S = 600
PARTS = ("rank", "player", "meta")
LIMITS = (1, 2, 3, 5, 7, 100)
NO_JOB = UUID(int=0)
GENERATION = "0a"
BOARD_NUMBER = 7


@dataclass(frozen=True)
class Row:
    """`score` as Redis ranks it: negated when higher is better."""

    player: str
    score: int = 0
    at: int = 0
    job: UUID = NO_JOB
    stays: bool = True

    @property
    def tie_break(self) -> str:
        return f"{self.at:014x}{self.job.hex}"

    def order(self) -> tuple[int, bytes]:
        """As Redis orders entries."""
        return self.score, f"{self.tie_break}:{self.player}".encode()

    def line(self) -> str:
        """As worker/documents/changes.py has PostgreSQL write it."""
        if not self.stays:
            return f"-{self.player}\n"
        json = f'"player":"{self.player}","score":{self.score}}}'
        return f"+{self.player}\t{self.score}\t{self.tie_break}:{json}\n"


def lines(rows: Iterable[Row]) -> str:
    return "".join(row.line() for row in rows)


def ladder(count: int) -> list[Row]:
    """p00, p01, ... in rank order."""
    return [Row(f"p{n:02}", n * 10, job=UUID(int=n)) for n in range(count)]


@pytest.fixture
def documents(documents_redis: Redis) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
def document(board: str) -> DocumentKey:
    return DocumentKey(BOARD_NUMBER, DocumentId(board, "all"))


def some_key() -> DocumentKey:
    return DocumentKey(BOARD_NUMBER, DocumentId(f"t{uuid4().hex}", "all"))


async def build(documents: Documents, document: DocumentKey, rows: Iterable[Row], version: int = 1) -> Position:
    """A complete document at this version; return its position."""
    old = await documents.position(document)
    assert await begin(documents, document, rows, version)
    assert await documents.publish(document, over=old.generation if old else None)
    position = await documents.position(document)
    assert position is not None
    return position


async def begin(documents: Documents, document: DocumentKey, rows: Iterable[Row], version: int | None = 1) -> bool:
    """A new document beside the old one, complete unless the version is None."""
    to = Checkpoint(1 if version is None else version)
    return await documents.apply(
        document, new=True, generation=uuid4().hex, at=None, to=to, version=version, lines=lines(rows)
    )


async def advance(
    documents: Documents, document: DocumentKey, position: Position, to: Checkpoint, rows: Iterable[Row]
) -> bool:
    """The document with these rows besides, complete."""
    return await documents.apply(
        document,
        new=False,
        generation=position.generation,
        at=position.checkpoint,
        to=to,
        version=to.version,
        lines=lines(rows),
    )


def key(document: DocumentKey, part: str, *, new: bool = False) -> str:
    return redis_keys(document, new=new)[PARTS.index(part)]


# --- Order -----------------------------------------------------------------------------------------------------------

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


# --- Pages -----------------------------------------------------------------------------------------------------------


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
    assert page != "no-standing"
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


# --- Around, players -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("count", [1, 2, 6, 7])
async def test_around_has_the_player_in_the_middle_and_is_full_at_both_ends(
    documents: Documents, document: DocumentKey, count: int, limit: int
) -> None:
    await build(documents, document, ladder(count))
    for rank in range(count):
        page = await documents.around(document, f"p{rank:02}", limit)

        assert page is not None
        assert page != "no-standing"
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
    assert await documents.around(document, "stranger", 5) == "no-standing"


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
    assert await documents.versions([document]) == [None]
    assert await documents.position(document) is None


async def test_an_empty_document_is_an_empty_page(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, [], version=0)
    page = await some_page(documents, document, 5)
    assert (page.version, page.total, page.entries, page.next, page.prev) == (0, 0, [], None, None)
    assert await documents.around(document, "alice", 5) == "no-standing"


# --- Writes that repeat, race or come late ---------------------------------------------------------------------------


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


# --- Loss ------------------------------------------------------------------------------------------------------------

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


# --- A Redis that takes no writes ------------------------------------------------------------------------------------


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
    gone = Cursor(str(document.document), "after", "10", "0" * 46, "nobody")
    behind = await some_page(documents, document, 2, gone)
    for _ in range(3):  # what could not be written harms nobody
        assert await documents.page(document, 1) is not None
        await asyncio.sleep(0)

    assert players(page) == ["p00", "p01"]
    assert around is not None
    assert around != "no-standing"
    assert players(around) == ["p02", "p03", "p04"]
    assert named is not None
    assert [rank for rank, _ in named.entries] == [2, 6]
    assert players(behind) == ["p01", "p02"]


# --- Time to live ----------------------------------------------------------------------------------------------------


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


# --- The list of those in the cache ----------------------------------------------------------------------------------


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
