"""The rank that goes with the end of a score's job, from documents that are behind, gone, or cannot be read."""

import asyncio
from typing import Any

import pytest
from prometheus_client import REGISTRY

from get_jobs import ranks
from get_jobs.ranks import Ranks
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Ranked, RankedEntry
from highscores.domain.documents import DocumentId
from highscores.domain.jobs import JobState, StandingReference
from highscores.jobs.states import RememberedJob
from highscores.redis.connection import RedisError

ARCADE = DocumentKey(7, DocumentId("arcade", "all"))


class FakeDocuments:
    """Answers with one after the other of `versions`, the last one again and again; None: it is not in the cache."""

    def __init__(self, *versions: int | None) -> None:
        self.versions = list(versions)
        self.asked: list[tuple[DocumentKey, list[str], int | None]] = []
        self.error: Exception | None = None
        self.hangs = False

    async def players(self, document: DocumentKey, players: list[str], *, tie_width: int | None) -> Ranked | None:
        self.asked.append((document, list(players), tie_width))
        if self.hangs:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        version = self.versions.pop(0) if len(self.versions) > 1 else self.versions[0]
        entries = [
            RankedEntry(rank, b'"player":"%b","score":1}' % name.encode()) for rank, name in enumerate(players, 3)
        ]
        return Ranked(version, 9, entries) if version is not None else None


def done(player: str, *, version: int = 5, tie_width: int | None = None) -> RememberedJob:
    result = {"document": "arcade:all", "versions": {"all": version}, "improved": True, "score": 1, "previous": None}
    state = JobState(job=f"job-of-{player}", command="submit-score", status="done", result=result)
    return RememberedJob(state, StandingReference(7, player, tie_width))


async def told(
    documents: FakeDocuments, *jobs: RememberedJob, by: Ranks | None = None
) -> list[tuple[int | None, int | None]]:
    states = await (by or Ranks(documents)).states(jobs)  # type: ignore[arg-type]
    assert [state.job for state in states] == [job.state.job for job in jobs]
    return [(state.result["rank"], state.result["total"]) for state in states if state.result]


def failures() -> float:
    return REGISTRY.get_sample_value("highscores_rank_lookup_failures_total") or 0.0


async def test_jobs_of_one_document_cost_one_question() -> None:
    documents = FakeDocuments(5)

    assert await told(documents, done("bob"), done("ada"), done("bob")) == [(4, 9), (3, 9), (4, 9)]

    assert documents.asked == [(ARCADE, ["ada", "bob"], None)]


async def test_jobs_from_before_a_change_of_the_ranks_are_asked_for_by_themselves() -> None:
    documents = FakeDocuments(5)

    await told(documents, done("ada", tie_width=0), done("bob"), done("cid", tie_width=0))

    assert documents.asked == [(ARCADE, ["ada", "cid"], 0), (ARCADE, ["bob"], None)]


async def test_who_is_shown_has_a_rank_though_another_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "BEHIND_WAIT_S", 0.05)

    assert await told(FakeDocuments(4), done("ada", version=4), done("bob", version=5)) == [(3, 9), (None, None)]


@pytest.mark.parametrize("result", [{}, {"document": 7}, {"document": "x"}, {"document": "arcade:all", "versions": {}}])
async def test_what_redis_remembers_in_another_form_has_no_rank(result: dict[str, Any]) -> None:
    state = JobState(job="a", command="submit-score", status="done", result=result)
    documents: Any = FakeDocuments(5)

    (found,) = await Ranks(documents).states([RememberedJob(state, StandingReference(7, "ada", None))])

    assert found.result == {**result, "rank": None, "total": None}


async def test_a_document_that_is_behind_is_waited_for() -> None:
    documents = FakeDocuments(3, 4, 6)

    assert await told(documents, done("ada", version=2), done("bob", version=5)) == [(3, 9), (3, 9)]

    assert [players for _, players, _ in documents.asked] == [["ada", "bob"], ["bob"], ["bob"]]


@pytest.mark.parametrize("version", [None, 4])
async def test_what_no_document_shows_in_time_has_no_rank(version: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "BEHIND_WAIT_S", 0.05)

    assert await told(FakeDocuments(version), done("ada", version=5)) == [(None, None)]


async def test_a_redis_that_hangs_costs_the_rank_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "LIMIT_S", 0.05)
    documents = FakeDocuments(5)
    documents.hangs = True

    assert await told(documents, done("ada")) == [(None, None)]


async def test_a_redis_that_fails_costs_the_rank_alone() -> None:
    documents, before = FakeDocuments(5), failures()
    documents.error = RedisError()

    assert await told(documents, done("ada")) == [(None, None)]

    assert failures() == before + 1


async def test_after_a_failure_nobody_waits_for_redis_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranks, "PAUSE_S", 0.1)
    documents = FakeDocuments(5)
    under_test = Ranks(documents)  # type: ignore[arg-type]
    documents.error = RedisError()
    await told(documents, done("ada"), by=under_test)
    documents.error = None

    assert await told(documents, done("ada"), by=under_test) == [(None, None)]

    await asyncio.sleep(ranks.PAUSE_S)
    assert await told(documents, done("ada"), by=under_test) == [(3, 9)]
    assert len(documents.asked) == 2


async def test_other_jobs_are_told_as_they_are() -> None:
    queued = RememberedJob(JobState(job="a", command="submit-score"), None)
    defined = RememberedJob(JobState(job="b", command="define-board", status="done", result={"board": "x"}), None)
    documents: Any = FakeDocuments(5)

    assert await Ranks(documents).states([queued, defined]) == [queued.state, defined.state]

    assert documents.asked == []
