"""Workers that bring one document forward at the same time, step by step in any order."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.interleaving import Interleaving, Turn
from tests.integration.reading import whole
from tests.integration.scenario import BUCKET, apply, define, key_of, submission

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents
from highscores.domain.boards import Board
from highscores.ledger.engine import driver_connection
from worker.documents import projector as projecting
from worker.documents.changes import find_sources
from worker.documents.projector import Projector

pytestmark = pytest.mark.integration

PAGE_ROWS = 2
PLAYERS = "abcde"
REGIONS = ("de", "fr")
TURNS_MAX = 6
ALL = 1_000

Change = tuple[str, int, str]  # player, score, region
Shown = tuple[str, int]  # player, score
BEFORE: list[Change] = [("a", 1, "de"), ("b", 2, "de"), ("c", 3, "fr"), ("d", 4, "de")]
MORE: list[Change] = [("a", 5, "de"), ("d", 6, "fr"), ("c", 7, "de"), ("b", 8, "fr")]


def stepped_documents(redis: Redis, race: Interleaving, published: list[DocumentKey]) -> Documents:
    class Stepped(Documents):
        async def position(self, *arguments: Any, **named: Any) -> Any:
            async with race.step():
                return await super().position(*arguments, **named)

        async def apply(self, *arguments: Any, **named: Any) -> Any:
            async with race.step():
                return await super().apply(*arguments, **named)

        async def publish(self, document: DocumentKey, **named: Any) -> Any:
            async with race.step():
                if done := await super().publish(document, **named):
                    published.append(document)
                return done

    return Stepped(redis)


class SteppedProjector(Projector):
    def __init__(self, engine: AsyncEngine, documents: Documents, race: Interleaving) -> None:
        super().__init__(engine, documents)
        self._race = race

    async def _is_empty(self, *arguments: Any) -> bool:
        async with self._race.step():
            return await super()._is_empty(*arguments)

    async def _source(self, *arguments: Any) -> Any:
        async with self._race.step():
            return await super()._source(*arguments)

    async def _read(self, *arguments: Any) -> Any:
        async with self._race.step():
            return await super()._read(*arguments)


changes = st.tuples(st.sampled_from(PLAYERS), st.integers(1, 99), st.sampled_from(REGIONS))

STAYING: Change = ("stays", 1, "de")  # of a document without a standing none is built


class Race:
    """A board with a document of it or of a region of it, two workers, and a third who applies scores meanwhile."""

    def __init__(self, engine: AsyncEngine, redis: Redis, region: str | None) -> None:
        self._engine = engine
        self._steps = Interleaving()
        self._plain = Documents(redis)
        self._redis = redis
        self.published: list[DocumentKey] = []
        self._documents = stepped_documents(redis, self._steps, self.published)
        self.board = f"race-{uuid4().hex}"
        self._region = region
        self.document: DocumentKey
        self._latest: dict[str, tuple[int, str]] = {}  # by player: score and region
        self._jobs = 0
        self._tables: dict[int, list[Shown]] = {0: []}  # by version
        self._publications = 0
        self.seen: list[int] = []

    async def define(self) -> None:
        await define(self._engine, self.board, Board(title="x", operator="latest", regions=True))
        self.document = await key_of(self._engine, self.board, region=self._region)

    async def change(self, player: str, score: int, region: str) -> None:
        await apply(self._engine, submission(self.board, player, score, region=region, job=self._job()))
        self._latest[player] = (score, region)
        period = (self.document.board_number, "all")
        async with driver_connection(self._engine) as connection:
            source = (await find_sources(connection, BUCKET, [period]))[period]
        self._tables[source.version] = self.expected()

    def _job(self) -> UUID:
        """Of equal times the higher job is the later."""
        self._jobs += 1
        return UUID(int=self._jobs << 100 | uuid4().int >> 28)

    async def catch_up(self) -> None:
        await Projector(self._engine, self._plain).catch_up(self.document, build_missing=True)

    def expected(self) -> list[Shown]:
        shown = [(player, score) for player, (score, region) in self._latest.items() if self._region in (None, region)]
        return sorted(shown, key=lambda row: (-row[1], row[0]))

    async def shown(self) -> list[Shown]:
        found = [(entry.player, entry.score) for entry in await whole(self._plain, self.document)]
        return sorted(found, key=lambda row: (-row[1], row[0]))

    async def run(self, more: list[Change], choose: Callable[[list[str]], Turn]) -> None:
        async def work() -> None:
            await SteppedProjector(self._engine, self._documents, self._steps).catch_up(
                self.document, build_missing=True
            )

        async def play() -> None:
            for change in more:
                async with self._steps.step():
                    await self.change(*change)

        await self._steps.run({"one": work(), "other": work(), "player": play()}, choose, self._observe)

    async def _observe(self) -> None:
        [version] = await self._plain.versions([self.document])
        if version is not None:
            self.seen.append(version)
        if len(self.published) > self._publications:
            self._publications = len(self.published)
            assert version is not None
            assert await self.shown() == self._tables[version]


@pytest.fixture
async def race(engine: AsyncEngine, documents_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> Race:
    race = Race(engine, documents_redis, region="de")
    await race.define()
    for change in BEFORE:
        await race.change(*change)
    monkeypatch.setattr(projecting, "PAGE_ROWS", PAGE_ROWS)
    return race


def changes_after(steps: int, *, then: str) -> Callable[[list[str]], Turn]:
    """One worker does so many steps; then scores change, and `then` does all that it has to do first."""
    script = [Turn("one", steps), Turn("player", ALL), Turn(then, ALL), Turn("one", ALL), Turn("other", ALL)]

    def choose(waiting: list[str]) -> Turn:
        while script[0].racer not in waiting or script[0].turns == 0:
            script.pop(0)
        return script.pop(0)

    return choose


@pytest.mark.parametrize("steps", range(8))
async def test_a_worker_that_is_overtaken_does_not_take_a_live_document_back(race: Race, steps: int) -> None:
    await race.catch_up()

    await race.run(MORE, changes_after(steps, then="other"))

    assert race.published == []
    assert race.seen == sorted(race.seen)
    assert await race.shown() == race.expected()


@pytest.mark.parametrize("steps", range(16))
async def test_a_builder_that_is_overtaken_does_not_take_the_document_back(race: Race, steps: int) -> None:
    await race.run(MORE, changes_after(steps, then="other"))

    assert len(race.published) == 1
    assert race.seen == sorted(race.seen)
    assert await race.shown() == race.expected()


@pytest.mark.parametrize("steps", range(16))
async def test_what_changes_while_a_document_is_built_is_in_it_when_it_is_published(race: Race, steps: int) -> None:
    """Also that a player who had been taken over has left the region."""
    await race.run(MORE, changes_after(steps, then="one"))

    assert len(race.published) == 1
    assert await race.shown() == race.expected()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([None, "de"]),
    st.lists(changes, min_size=1, max_size=6),
    st.lists(changes, max_size=4),
    st.data(),
)
async def test_a_live_document_is_brought_forward_and_never_built_again(
    engine: AsyncEngine,
    documents_redis: Redis,
    region: str | None,
    before: list[Change],
    more: list[Change],
    data: st.DataObject,
) -> None:
    race = Race(engine, documents_redis, region)
    await race.define()
    for change in [STAYING, *before]:
        await race.change(*change)
    await race.catch_up()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projecting, "PAGE_ROWS", PAGE_ROWS)

        await race.run(
            more, lambda waiting: Turn(data.draw(st.sampled_from(waiting)), data.draw(st.integers(1, TURNS_MAX)))
        )

    assert race.published == []
    assert race.seen == sorted(race.seen)
    await race.catch_up()
    assert await race.shown() == race.expected()


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from([None, "de"]),
    st.lists(changes, max_size=8),
    st.lists(changes, max_size=6),
    st.data(),
)
async def test_a_document_is_complete_as_soon_as_it_is_published(
    engine: AsyncEngine,
    documents_redis: Redis,
    region: str | None,
    before: list[Change],
    more: list[Change],
    data: st.DataObject,
) -> None:
    """Rows that moved while it was built are in it, and those that left its region are not."""
    race = Race(engine, documents_redis, region)
    await race.define()
    for change in [STAYING, *before]:
        await race.change(*change)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(projecting, "PAGE_ROWS", PAGE_ROWS)

        await race.run(
            more, lambda waiting: Turn(data.draw(st.sampled_from(waiting)), data.draw(st.integers(1, TURNS_MAX)))
        )

    assert race.published
    assert race.seen == sorted(race.seen)
    await race.catch_up()
    assert await race.shown() == race.expected()
