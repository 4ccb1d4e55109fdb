"""Documents that catch up with the ledger: whatever the way, the same as a recomputation in rank order."""

import asyncio
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import model
from tests.eventually import eventually
from tests.integration.reading import expected, players, some_page, whole
from tests.integration.scenario import (
    BUCKET,
    DAY,
    NOON,
    OF_BOARD,
    History,
    apply,
    define,
    delete,
    histories,
    key_of,
    rules_of,
    scores_of,
    submission,
)

from highscores.documents.checkpoint import START, Checkpoint
from highscores.documents.keys import LIVE_DOCUMENTS, SWEEP_LEASE, DocumentKey, meta_key, redis_keys
from highscores.documents.store import Documents, Progress
from highscores.domain.boards import Board
from highscores.domain.documents import DocumentId
from highscores.domain.ranking import tie_width
from highscores.ledger.engine import driver_connection
from worker.documents import projector as projecting
from worker.documents.changes import changes, find_sources
from worker.documents.projector import Projector
from worker.documents.sweeper import Sweeper

pytestmark = pytest.mark.integration

REGIONS = (None, "de", "fr")
TRAILS_MAX_S = 2.0  # promise P5
HARDLY_MS = 1_000  # less than a lease lasts that has been renewed


@pytest.fixture
def documents(documents_redis: Redis) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
def projector(engine: AsyncEngine, documents: Documents) -> Projector:
    return Projector(engine, documents)


async def end(*tasks: "asyncio.Task[object]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def check_against_the_model(documents: Documents, document: DocumentKey, rules: Board, history: History) -> None:
    tables = model.standings(rules_of(rules), scores_of(history.arrived_at(document.document.board)))
    table = tables.get(document.document.period, [])
    shown = model.in_region(table, document.document.region) if document.document.region else table
    if shown:
        # In pages so short that those who share a rank are on several of them.
        found = await whole(documents, document, limit=2, tie_width=tie_width(rules))
        assert found == expected(shown, rules_of(rules))
    else:  # not built, or empty since
        page = await documents.page(document, 1)
        assert page is None or page.total == 0


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(max_boards=1, max_submissions=25), st.data())
async def test_documents_are_the_ledger_in_rank_order_however_often_they_catch_up(
    engine: AsyncEngine, documents_redis: Redis, history: History, data: st.DataObject
) -> None:
    """Some are built at first and follow each batch, some now and then, some from nothing at the end."""
    [(board, rules)] = history.boards.items()
    documents = Documents(documents_redis)
    projector = Projector(engine, documents)
    await define(engine, board, rules)
    periods = sorted(model.standings(rules_of(rules), scores_of(history.arrivals)))
    targets = [await key_of(engine, board, period, region) for period in periods for region in REGIONS]

    for batch in history.batches:
        await apply(engine, *batch)
        for document in data.draw(st.lists(st.sampled_from(targets), max_size=4)):
            await projector.catch_up(document, build_missing=True)
    for document in targets:
        await projector.catch_up(document, build_missing=True)

    for document in targets:
        await check_against_the_model(documents, document, rules, history)


@pytest.mark.parametrize("rows", [1, 2, 3])
async def test_a_document_of_many_pages_is_complete(
    engine: AsyncEngine,
    documents: Documents,
    projector: Projector,
    board: str,
    rows: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Pages end between rows of one version, and the last may be empty."""
    monkeypatch.setattr(projecting, "PAGE_ROWS", rows)
    await define(engine, board, Board(title="x", regions=True))
    scores = [submission(board, f"p{n}", n, region=("de", "fr")[n % 2]) for n in range(6)]
    await apply(engine, *scores)
    document, region = await key_of(engine, board), await key_of(engine, board, "all", "de")
    for each in (document, region):
        await projector.catch_up(each, build_missing=True)
    await apply(engine, *[submission(board, f"p{n}", 20 - n, region="de") for n in range(6)])

    for each in (document, region):
        await projector.catch_up(each, build_missing=False)

    for each in (document, region):
        assert [entry.player for entry in await whole(documents, each)] == [f"p{n}" for n in range(6)]


async def test_a_build_that_was_cut_short_is_carried_on_by_the_next(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projecting, "PAGE_ROWS", 2)
    await define(engine, board, Board(title="x"))
    await apply(engine, *[submission(board, f"p{n}", n) for n in range(6)])
    document = await key_of(engine, board)
    await projector.catch_up(document, build_missing=True)
    pages: list[object] = []
    real = Documents.apply

    async def dies_after_one_page(self: Documents, document: DocumentKey, **arguments: object) -> bool:
        if pages:
            raise ConnectionResetError
        pages.append(arguments["lines"])
        return await real(self, document, **arguments)  # type: ignore[arg-type]

    await documents.drop(document)
    with monkeypatch.context() as dying:
        dying.setattr(Documents, "apply", dies_after_one_page)
        with pytest.raises(ConnectionResetError):
            await projector.catch_up(document, build_missing=True)
    position = await documents.position(document, new=True)
    assert position is not None
    assert position.checkpoint.player == "p1"
    await apply(engine, submission(board, "p0", 99))

    await projector.catch_up(document, build_missing=True)

    assert [entry.player for entry in await whole(documents, document)] == ["p0", "p5", "p4", "p3", "p2", "p1"]


async def test_builders_at_once_make_one_document(
    engine: AsyncEngine, documents: Documents, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projecting, "PAGE_ROWS", 3)
    await define(engine, board, Board(title="x"))
    await apply(engine, *[submission(board, f"p{n:02}", n) for n in range(20)])
    document = await key_of(engine, board)

    await asyncio.gather(
        *(Projector(engine, documents).catch_up(document, build_missing=True) for _ in range(4)),
        apply(engine, submission(board, "late", 99)),
    )

    await Projector(engine, documents).catch_up(document, build_missing=True)
    assert [entry.player for entry in await whole(documents, document)] == [
        "late",
        *(f"p{n:02}" for n in reversed(range(20))),
    ]


async def test_versions_never_fall_while_builders_race(engine: AsyncEngine, documents: Documents, board: str) -> None:
    await define(engine, board, Board(title="x"))
    document = await key_of(engine, board)
    seen = [0]

    async def watch() -> None:
        while len(seen) < 400:
            [version] = await documents.versions([document])
            seen.append(version or seen[-1])
            await asyncio.sleep(0)

    async def work(number: int) -> None:
        for turn in range(10):
            await apply(engine, submission(board, f"p{number}", turn))
            await Projector(engine, documents).catch_up(document, build_missing=True)

    await asyncio.gather(watch(), *(work(number) for number in range(3)))

    assert seen == sorted(seen)


async def test_a_document_that_nobody_asked_for_is_not_built(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))

    await projector.catch_up(await key_of(engine, board), build_missing=False)

    assert await documents.page(await key_of(engine, board), 5) is None


@pytest.mark.parametrize(("period", "region"), [("2026-11-02", None), ("2026-11-02", "de"), ("2026-11-01", "de")])
async def test_a_document_without_standings_is_not_built_and_is_after_its_first(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, period: str, region: str | None
) -> None:
    await define(engine, board, Board(title="x", periods=("day",), regions=True))
    await apply(engine, submission(board, "ann", region="fr"))
    document = await key_of(engine, board, period, region)

    assert await projector.catch_up(document, build_missing=True)

    assert await documents.page(document, 5) is None
    assert document not in await documents.alive()
    assert document not in projector.alive
    achieved_at = NOON if period == "2026-11-01" else NOON + DAY
    await apply(engine, submission(board, "bob", region="de", achieved_at=achieved_at))
    await projector.catch_up(document, build_missing=True)
    assert players(await some_page(documents, document, 5)) == ["bob"]


async def test_a_document_that_empties_stays_current(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str
) -> None:
    await define(engine, board, Board(title="x", regions=True))
    document = await key_of(engine, board, "all", "de")
    await apply(engine, submission(board, "ann", region="de"))
    await projector.catch_up(document, build_missing=True)
    await apply(engine, submission(board, "ann", 2, region="fr", achieved_at=NOON + 1))

    await projector.catch_up(document, build_missing=True)

    assert (await some_page(documents, document, 5)).total == 0


async def test_a_document_of_an_unknown_board_is_not_built(
    documents: Documents, projector: Projector, board: str
) -> None:
    document = DocumentKey(0, DocumentId(board, "all"))
    assert await projector.find_key(document.document) is None
    assert not await projector.catch_up(document, build_missing=True)
    assert await documents.page(document, 5) is None


async def test_the_documents_of_a_deleted_board_go(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    document = await key_of(engine, board)
    await projector.catch_up(document, build_missing=True)
    await delete(engine, board, at=NOON + 1)

    assert not await projector.catch_up(document, build_missing=False)

    assert await documents.page(document, 5) is None
    assert document not in await documents.alive()


async def test_a_board_that_takes_the_name_of_a_deleted_one_has_documents_of_its_own(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "old", 1), submission(board, "older", 2))
    before = await key_of(engine, board)
    await projector.catch_up(before, build_missing=True)
    await delete(engine, board, at=NOON + 1)
    await define(engine, board, Board(title="again", order="asc"), at=NOON + 2)
    await apply(engine, submission(board, "b", 7), submission(board, "a", 6))
    document = await projector.find_key(before.document)
    assert document is not None

    assert await documents.page(document, 5) is None
    assert await projector.catch_up(document, build_missing=True)
    assert not await projector.catch_up(before, build_missing=False)

    assert players(await some_page(documents, document, 5)) == ["a", "b"]
    assert await documents.page(before, 5) is None


async def test_a_document_newer_than_the_ledger_is_built_again(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str
) -> None:
    """As after the restore of an earlier backup."""
    await define(engine, board, Board(title="x"))
    document = await key_of(engine, board)
    await apply(engine, submission(board, "kept", 1))
    await apply(engine, submission(board, "lost", 2))
    await projector.catch_up(document, build_missing=True)
    before = await documents.position(document)
    async with driver_connection(engine) as connection:
        await connection.execute(f"delete from standings where {OF_BOARD} and player = 'lost'", board)
        await connection.execute(f"update periods set version = version - 1 where {OF_BOARD}", board)

    await projector.catch_up(document, build_missing=False)

    assert players(await some_page(documents, document, 5)) == ["kept"]
    after = await documents.position(document)
    assert before is not None
    assert after is not None
    assert after.generation != before.generation


@pytest.mark.parametrize("others", [0, 3, 4, 9])
async def test_a_document_of_a_region_reads_only_what_is_newer_than_it(
    engine: AsyncEngine,
    documents: Documents,
    projector: Projector,
    board: str,
    monkeypatch: pytest.MonkeyPatch,
    others: int,
) -> None:
    """However long ago its own last row came, and whether the last page was full or not."""
    monkeypatch.setattr(projecting, "PAGE_ROWS", 4)
    await define(engine, board, Board(title="x", regions=True))
    await apply(engine, submission(board, "ann", 1, region="de"))
    document = await key_of(engine, board, "all", "de")
    await apply(engine, *[submission(board, f"p{n}", n, region="fr") for n in range(others)])
    await projector.catch_up(document, build_missing=True)
    before = rows_read()
    await apply(engine, submission(board, "bob", 2, region="de"))

    await projector.catch_up(document, build_missing=False)

    assert rows_read() - before == 1
    assert players(await some_page(documents, document, 5)) == ["bob", "ann"]


def rows_read() -> float:
    return REGISTRY.get_sample_value("highscores_document_rows_total") or 0.0


@pytest.mark.parametrize("lost", [("rank",), ("player",), ("rank", "player")])
async def test_a_document_that_lost_a_part_is_built_again_when_asked_for(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Redis,
    projector: Projector,
    board: str,
    lost: tuple[str, ...],
) -> None:
    await define(engine, board, Board(title="x"))
    document = await key_of(engine, board)
    await apply(engine, submission(board, "a"), submission(board, "b"))
    await projector.catch_up(document, build_missing=True)
    await documents_redis.delete(*(key for key in redis_keys(document) if key.endswith(lost)))

    await projector.catch_up(document, build_missing=True)

    assert sorted(players(await some_page(documents, document, 5))) == ["a", "b"]


async def test_everything_comes_back_after_a_flush(
    engine: AsyncEngine, documents: Documents, documents_redis: Redis, projector: Projector, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    document = await key_of(engine, board)
    await apply(engine, submission(board))
    await projector.catch_up(document, build_missing=True)
    await documents_redis.flushall()
    await documents_redis.function_flush()

    await projector.catch_up(document, build_missing=True)

    assert players(await some_page(documents, document, 5)) == ["alice"]


async def test_a_page_that_is_not_full_ends_at_the_newest_version(engine: AsyncEngine, board: str) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "a"), submission(board, "b"))
    async with driver_connection(engine) as connection:
        document = await key_of(engine, board)
        period = (document.board_number, "all")
        source = (await find_sources(connection, BUCKET, [period]))[period]
        full = await changes(connection, document, source, after=START, removals_after=0, limit=2)
        assert full.last == Checkpoint(full.source.version, "b")

        end = Checkpoint(source.version)
        behind = await changes(connection, document, source, after=end, removals_after=0, limit=2)

    assert (full.rows, behind.rows, behind.last) == (2, 0, None)
    assert full.source == behind.source == source


# --- The sweep -------------------------------------------------------------------------------------------------------


class SlowSight(Documents):
    """Whose list of versions is old by the time it arrives: a document has been built meanwhile."""

    def __init__(self, redis: Redis, meanwhile: Projector, document: DocumentKey) -> None:
        super().__init__(redis)
        self._meanwhile = meanwhile
        self._document = document
        self._is_first = True

    async def known_progress(self, documents: object) -> dict[DocumentKey, Progress | None]:
        found = await super().known_progress(documents)  # type: ignore[arg-type]
        if self._is_first:
            self._is_first = False
            await self._meanwhile.catch_up(self._document, build_missing=True)
        return found


async def test_a_document_built_during_a_sweep_stays_on_the_list(
    engine: AsyncEngine, documents: Documents, documents_redis: Redis, projector: Projector, board: str
) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    document = await key_of(engine, board)
    await documents_redis.sadd(LIVE_DOCUMENTS, str(document))
    await documents_redis.delete(SWEEP_LEASE)
    slow = SlowSight(documents_redis, projector, document)

    await Sweeper(engine, documents_redis, slow, Projector(engine, slow)).sweep()

    assert await documents.page(document, 5) is not None
    assert document in await documents.alive()


async def test_who_sweeps_goes_on_sweeping(
    engine: AsyncEngine, documents: Documents, documents_redis: Redis, projector: Projector, board: str
) -> None:
    one, other = (Sweeper(engine, documents_redis, documents, projector) for _ in range(2))
    await define(engine, board, Board(title="x"))
    await projector.catch_up(await key_of(engine, board), build_missing=True)
    await documents_redis.delete(SWEEP_LEASE)
    await one.sweep()
    holder = await documents_redis.get(SWEEP_LEASE)
    await documents_redis.pexpire(SWEEP_LEASE, HARDLY_MS)

    await one.sweep()
    await other.sweep()

    assert await documents_redis.get(SWEEP_LEASE) == holder
    assert await documents_redis.pttl(SWEEP_LEASE) > HARDLY_MS


async def test_for_how_long_a_document_is_late_is_known_though_another_worker_has_swept_meanwhile(
    engine: AsyncEngine, documents: Documents, documents_redis: Redis, projector: Projector, board: str
) -> None:
    """As when a sweep takes longer than its lease lasts. Only who compares tells how late documents are."""
    one, other = (Sweeper(engine, documents_redis, documents, projector) for _ in range(2))
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board))
    await projector.catch_up(await key_of(engine, board), build_missing=True)
    await apply(engine, submission(board, score=2))
    told = []
    for sweeper, is_lease_over in ((one, True), (other, True), (one, False), (one, True)):
        if is_lease_over:
            await documents_redis.delete(SWEEP_LEASE)
        await sweeper.sweep()
        told.append(REGISTRY.get_sample_value("highscores_document_lag_seconds") or 0.0)

    *before, again = told
    assert before == [0, 0, 0]
    assert again > 0


async def test_documents_of_other_periods_and_regions_are_their_own(
    engine: AsyncEngine, documents: Documents, projector: Projector
) -> None:
    board = f"test-{uuid4().hex}"
    await define(engine, board, Board(title="x", periods=("all", "day"), regions=True))
    await apply(
        engine,
        submission(board, "a", 1, region="de"),
        submission(board, "b", 2, region="fr", achieved_at=NOON + DAY),
        submission(board, "c", 3),
    )
    shown = {}
    for period, region in (("all", None), ("all", "de"), ("2026-11-01", None), ("2026-11-02", "fr")):
        document = await key_of(engine, board, period, region)
        await projector.catch_up(document, build_missing=True)
        shown[period, region] = players(await some_page(documents, document, 5))

    assert shown == {
        ("all", None): ["c", "b", "a"],
        ("all", "de"): ["a"],
        ("2026-11-01", None): ["c", "a"],
        ("2026-11-02", "fr"): ["b"],
    }


async def test_builds_of_other_documents_hold_nobody_up(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A document of millions takes seconds to build; one that is read trails a commit by two at most."""
    await define(engine, board, Board(title="x", regions=True))
    await apply(engine, submission(board, "ann", 1))
    read = await key_of(engine, board)
    await projector.catch_up(read, build_missing=True)
    real, endless = Projector._build, asyncio.Event()

    async def slow_for_others(self: Projector, document: DocumentKey, *rest: object, **named: object) -> bool:
        if document != read:
            await endless.wait()
        return await real(self, document, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Projector, "_build", slow_for_others)
    others = [await key_of(engine, board, "all", region) for region in ("de", "fr", "it")]
    building = [asyncio.create_task(projector.catch_up(document, build_missing=True)) for document in others]
    running = asyncio.create_task(projector.run())
    await apply(engine, submission(board, "bob", 2))

    projector.touch([(board, "all")])

    async def shows_bob() -> bool:
        return [entry.player for entry in await whole(documents, read)] == ["bob", "ann"]

    await eventually(shows_bob, within_s=TRAILS_MAX_S)
    await end(running, *building)


async def test_a_slow_document_holds_up_only_itself(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await define(engine, board, Board(title="x", regions=True))
    await apply(engine, submission(board, "ann", 1, region="de"))
    slow, quick = await key_of(engine, board, "all", "de"), await key_of(engine, board)
    for document in (slow, quick):
        await projector.catch_up(document, build_missing=True)
    real, endless = Projector._advance, asyncio.Event()

    async def slow_for_one(self: Projector, document: DocumentKey, *rest: object, **named: object) -> bool:
        if document == slow:
            await endless.wait()
        return await real(self, document, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Projector, "_advance", slow_for_one)
    running = asyncio.create_task(projector.run())
    for n in (2, 3):
        await apply(engine, submission(board, f"p{n}", n, region="de"))
        projector.touch([(board, "all")])

        async def shows(n: int = n) -> bool:
            return len(await whole(documents, quick)) == n

        await eventually(shows, within_s=TRAILS_MAX_S)
    await end(running)


async def test_a_document_built_while_a_sweep_reads_the_list_is_followed(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Redis,
    projector: Projector,
    board: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the sweep has read is older than what the worker itself has done since."""
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "ann", 1))
    document = await key_of(engine, board)
    real = Documents.alive

    async def read_before_the_build(self: Documents) -> set[DocumentKey]:
        found = await real(self)
        await projector.catch_up(document, build_missing=True)
        return found

    with monkeypatch.context() as racing:
        racing.setattr(Documents, "alive", read_before_the_build)
        await Sweeper(engine, documents_redis, documents, projector).sweep()
    await apply(engine, submission(board, "bob", 2))
    running = asyncio.create_task(projector.run())

    projector.touch([(board, "all")])

    async def shows_bob() -> bool:
        return len(await whole(documents, document)) == 2

    await eventually(shows_bob, within_s=TRAILS_MAX_S)
    await end(running)


async def test_what_changes_while_a_document_is_built_is_in_it(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody tells of it: until it is built, the document is not among those that are alive."""
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "ann", 1))
    document = await key_of(engine, board)
    real = Documents.publish

    async def after_a_commit(self: Documents, document: DocumentKey, *, over: str | None) -> bool:
        await apply(engine, submission(board, "bob", 2))
        return await real(self, document, over=over)

    monkeypatch.setattr(Documents, "publish", after_a_commit)

    await projector.catch_up(document, build_missing=True)

    assert [entry.player for entry in await whole(documents, document)] == ["bob", "ann"]


async def with_removals_forgotten_up_to_now(engine: AsyncEngine, board: str) -> None:
    """As upkeep leaves a period some days after its last removal: all its rows are older than that."""
    async with driver_connection(engine) as connection:
        await connection.execute(
            f"update periods set first_version = version + 1, version = version + 1 where {OF_BOARD}", board
        )


async def test_a_document_of_many_pages_is_built_after_removals_are_forgotten(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projecting, "PAGE_ROWS", 2)
    await define(engine, board, Board(title="x"))
    await apply(engine, *[submission(board, f"p{n}", n) for n in range(6)])
    await with_removals_forgotten_up_to_now(engine, board)
    document = await key_of(engine, board)

    await projector.catch_up(document, build_missing=True)

    assert [entry.player for entry in await whole(documents, document)] == [f"p{n}" for n in reversed(range(6))]


@pytest.mark.parametrize("is_forgotten_meanwhile", [False, True])
async def test_a_build_that_was_cut_short_is_carried_on_unless_removals_are_forgotten_since(
    engine: AsyncEngine,
    documents: Documents,
    projector: Projector,
    board: str,
    monkeypatch: pytest.MonkeyPatch,
    is_forgotten_meanwhile: bool,
) -> None:
    """A player whom the first page brought may be among those whose removal nobody knows any more."""
    monkeypatch.setattr(projecting, "PAGE_ROWS", 2)
    await define(engine, board, Board(title="x"))
    await apply(engine, *[submission(board, f"p{n}", n) for n in range(6)])
    await with_removals_forgotten_up_to_now(engine, board)
    document = await key_of(engine, board)
    real = Documents.apply

    async def dies_after_one_page(self: Documents, document: DocumentKey, **arguments: object) -> bool:
        await real(self, document, **arguments)  # type: ignore[arg-type]
        raise ConnectionResetError

    with monkeypatch.context() as dying:
        dying.setattr(Documents, "apply", dies_after_one_page)
        with pytest.raises(ConnectionResetError):
            await projector.catch_up(document, build_missing=True)
    if is_forgotten_meanwhile:
        async with driver_connection(engine) as connection:
            await connection.execute(f"delete from standings where {OF_BOARD} and player = 'p0'", board)
        await with_removals_forgotten_up_to_now(engine, board)
    begun = await documents.position(document, new=True)

    await projector.catch_up(document, build_missing=True)

    left = range(1, 6) if is_forgotten_meanwhile else range(6)
    assert [entry.player for entry in await whole(documents, document)] == [f"p{n}" for n in reversed(left)]
    built = await documents.position(document)
    assert begun is not None
    assert built is not None
    assert (built.generation == begun.generation) is not is_forgotten_meanwhile


async def test_a_document_that_a_lost_change_was_begun_on_is_built_again(
    engine: AsyncEngine, documents: Documents, documents_redis: Redis, projector: Projector, board: str
) -> None:
    """Its version is one that the backup has, its checkpoint is not: a worker died between two pages of a change."""
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "kept", 1))
    document = await key_of(engine, board)
    await projector.catch_up(document, build_missing=True)
    position = await documents.position(document)
    assert position is not None
    lost = Checkpoint(position.checkpoint.version + 1_000, "lost")
    fields = '"player":"lost","name":null,"score":9,"subscores":[],"region":null,"achieved_at":"","metadata":null}'
    assert await documents.apply(
        document,
        new=False,
        generation=position.generation,
        at=position.checkpoint,
        to=lost,
        version=None,
        lines=f"+lost\t-9\t{NOON:014x}:{fields}\n",
    )
    assert players(await some_page(documents, document, 5)) == ["lost", "kept"]

    # Found by the sweep, though no version tells of it.
    sweeper = Sweeper(engine, documents_redis, documents, projector)
    await documents_redis.delete(SWEEP_LEASE)
    await sweeper.sweep()
    running = asyncio.create_task(projector.run())

    async def is_as_in_the_ledger() -> bool:
        return players(await some_page(documents, document, 5)) == ["kept"]

    await eventually(is_as_in_the_ledger, within_s=TRAILS_MAX_S)
    await end(running)


@pytest.mark.parametrize(
    "checkpoint", ["9999999999999999999", "9223372036854775807", "9223372036854775807:ann", "1:\N{DEGREE SIGN}", ""]
)
async def test_no_checkpoint_in_redis_ends_the_worker(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Redis,
    projector: Projector,
    board: str,
    checkpoint: str,
) -> None:
    """The document counts as lost: it is there again when somebody asks for it."""
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "ann", 1))
    document = await key_of(engine, board)
    await projector.catch_up(document, build_missing=True)
    await documents_redis.hset(meta_key(document), "checkpoint", checkpoint)
    await apply(engine, submission(board, "bob", 2))
    running = asyncio.create_task(projector.run())

    projector.mark([document])

    async def is_dropped() -> bool:
        return await documents.page(document, 5) is None

    await eventually(is_dropped, within_s=TRAILS_MAX_S)
    assert not running.done()
    await projector.catch_up(document, build_missing=True)
    assert players(await some_page(documents, document, 5)) == ["bob", "ann"]
    await end(running)


async def test_a_fault_of_one_document_ends_no_worker(
    engine: AsyncEngine, documents: Documents, projector: Projector, board: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await define(engine, board, Board(title="x"))
    await apply(engine, submission(board, "ann", 1))
    document = await key_of(engine, board)
    await projector.catch_up(document, build_missing=True)
    await apply(engine, submission(board, "bob", 2))

    async def fails(*_: object, **__: object) -> bool:
        raise AssertionError

    running = asyncio.create_task(projector.run())
    with monkeypatch.context() as failing:
        failing.setattr(Documents, "apply", fails)
        projector.mark([document])

        async def is_dropped() -> bool:
            return await documents.page(document, 5) is None and document not in await documents.alive()

        await eventually(is_dropped, within_s=TRAILS_MAX_S)
    assert not running.done()
    assert document not in projector.alive
    await end(running)
