"""Documents that are not in the cache: asked for once, waited for a little."""

import asyncio
from typing import Any

import pytest

from get_scores import document_requests
from get_scores.document_requests import DocumentRequests
from highscores.documents.keys import DocumentKey
from highscores.domain.commands import BuildDocument
from highscores.domain.documents import DocumentId
from highscores.domain.jobs import JobIds, JobState
from highscores.jobs.states import RememberedJob
from highscores.queue import topology
from highscores.queue.publisher import UnconfirmedError
from highscores.redis.connection import RedisError

DOCUMENT = DocumentKey(1, DocumentId("arcade", "all", "eu"))
IDS = JobIds("s" * 32)


class FakeDocuments:
    """Finds the document once it is built; `faults` reads fail before."""

    def __init__(self) -> None:
        self.built = False
        self.faults = 0
        self.reads = 0

    async def page(self, document: DocumentKey, limit: int) -> object | None:
        self.reads += 1
        if self.faults:
            self.faults -= 1
            raise RedisError
        return object() if self.built else None


class FakeBroker:
    def __init__(self) -> None:
        self.published: list[tuple[topology.Queue, BuildDocument]] = []
        self.down = False

    async def publish(self, queue: topology.Queue, commands: list[BuildDocument]) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise UnconfirmedError
        self.published += [(queue, command) for command in commands]


@pytest.fixture
def documents() -> FakeDocuments:
    return FakeDocuments()


@pytest.fixture
def broker() -> FakeBroker:
    return FakeBroker()


class FakeJobStates:
    """Knows the jobs that have ended."""

    def __init__(self) -> None:
        self.ended: dict[str, JobState] = {}
        self.down = False

    async def find(self, jobs: list[str]) -> dict[str, RememberedJob]:
        if self.down:
            raise RedisError
        return {job: RememberedJob(self.ended[job], None) for job in jobs if job in self.ended}


@pytest.fixture
def job_states() -> FakeJobStates:
    return FakeJobStates()


@pytest.fixture
def subject(documents: Any, broker: Any, job_states: Any) -> DocumentRequests:
    return DocumentRequests(documents, broker, IDS, job_states)


async def test_many_readers_ask_once(subject: DocumentRequests, broker: FakeBroker) -> None:
    jobs = await asyncio.gather(*(subject.obtain(DOCUMENT, 0) for _ in range(20)))
    ((queue, command),) = broker.published
    assert queue is topology.CONTROL
    assert (command.board, command.period, command.region) == ("arcade", "all", "eu")
    assert set(jobs) == {str(command.job)}
    assert IDS.command_of(str(command.job)) == "build-document"


async def test_returns_as_soon_as_it_is_built(subject: DocumentRequests, documents: FakeDocuments) -> None:
    waiting = [asyncio.create_task(subject.obtain(DOCUMENT, 5)) for _ in range(20)]
    await asyncio.sleep(0.03)
    documents.built = True
    assert await asyncio.wait_for(asyncio.gather(*waiting), 1) == [None] * 20
    assert documents.reads <= 4, "they looked together, not each for itself"


async def test_the_job_when_the_wait_is_over(subject: DocumentRequests, broker: FakeBroker) -> None:
    job = await asyncio.wait_for(subject.obtain(DOCUMENT, 0.05), 1)
    assert job == str(broker.published[0][1].job)
    assert await subject.obtain(DOCUMENT, 0) == job
    assert len(broker.published) == 1


async def test_a_document_that_was_built_and_is_gone_again_is_asked_for_at_once(
    subject: DocumentRequests, broker: FakeBroker, job_states: FakeJobStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_requests, "ENDS_AFTER_S", 0)
    first = await subject.obtain(DOCUMENT, 0)
    assert first is not None
    job_states.ended[first] = JobState(job=first, command="build-document", status="done")

    second = await subject.obtain(DOCUMENT, 0)

    assert second not in (None, first)
    assert [str(command.job) for _, command in broker.published] == [first, second]


async def test_while_nobody_can_tell_whether_the_job_has_ended_it_stands(
    subject: DocumentRequests, broker: FakeBroker, job_states: FakeJobStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_requests, "ENDS_AFTER_S", 0)
    job_states.down = True
    first = await subject.obtain(DOCUMENT, 0)

    assert await subject.obtain(DOCUMENT, 0) == first
    assert len(broker.published) == 1


async def test_one_who_waits_longer_is_not_let_down_by_one_who_does_not(
    subject: DocumentRequests, documents: FakeDocuments
) -> None:
    short = asyncio.create_task(subject.obtain(DOCUMENT, 0.05))
    long = asyncio.create_task(subject.obtain(DOCUMENT, 5))
    assert await short is not None
    documents.built = True
    assert await asyncio.wait_for(long, 1) is None


async def test_a_reader_who_goes_away_takes_nobody_along(subject: DocumentRequests, documents: FakeDocuments) -> None:
    first, second = (asyncio.create_task(subject.obtain(DOCUMENT, 5)) for _ in range(2))
    await asyncio.sleep(0.01)
    first.cancel()
    documents.built = True
    assert await asyncio.wait_for(second, 1) is None


async def test_redis_may_fail_meanwhile(subject: DocumentRequests, documents: FakeDocuments) -> None:
    documents.faults, documents.built = 2, True
    assert await asyncio.wait_for(subject.obtain(DOCUMENT, 5), 1) is None


async def test_unconfirmed_is_everyones_and_asked_anew(subject: DocumentRequests, broker: FakeBroker) -> None:
    broker.down = True
    outcomes = await asyncio.gather(*(subject.obtain(DOCUMENT, 1) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [UnconfirmedError] * 3
    broker.down = False
    assert await subject.obtain(DOCUMENT, 0) == str(broker.published[0][1].job)


async def test_asked_for_again_when_it_does_not_come(
    subject: DocumentRequests, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    await subject.obtain(DOCUMENT, 0)
    monkeypatch.setattr(document_requests, "ASKED_ANEW_AFTER_S", 0.0)
    await subject.obtain(DOCUMENT, 0)
    assert len(broker.published) == 2


async def test_bounded_waiting(subject: DocumentRequests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_requests, "WAITING_MAX", 2)
    waiting = [asyncio.create_task(subject.obtain(DOCUMENT, 1)) for _ in range(2)]
    await asyncio.sleep(0.01)
    assert await asyncio.wait_for(subject.obtain(DOCUMENT, 5), 0.1) is not None
    for task in waiting:
        task.cancel()


async def test_bounded_documents(subject: DocumentRequests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_requests, "BUILDS_MAX", 1)
    await subject.obtain(DOCUMENT, 0)
    with pytest.raises(UnconfirmedError):
        await subject.obtain(DocumentKey(1, DocumentId("arcade", "2026-11-24")), 0)
