"""What became of jobs, over HTTP."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, cast

import pytest
from redis.asyncio import Redis
from sqlalchemy.exc import InterfaceError
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.asgi import Reply, ask

from get_jobs.lookup import JobLookup
from get_jobs.main import DOCUMENT, ROUTES
from get_jobs.ranks import Ranks
from get_jobs.waiting import JobWaiting
from highscores.documents.store import Documents
from highscores.domain.jobs import HORIZON_S, KINDS, JobIds, JobState
from highscores.jobs.states import JobStates, RememberedJob
from highscores.ledger import reads
from highscores.redis.connection import RedisError
from highscores.web.app import create_app
from highscores.web.cors import Cors
from highscores.web.edge import Edge

IDS = JobIds("s" * 32)


class RememberedStates(JobStates):
    def __init__(self) -> None:
        super().__init__(cast(Redis, None))
        self.states: dict[str, JobState] = {}
        self.is_down = False

    async def find(self, jobs: Sequence[str]) -> dict[str, RememberedJob]:
        if self.is_down:
            raise RedisError
        return {job: RememberedJob(self.states[job], None) for job in jobs if job in self.states}


class ServiceUnderTest:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.redis = RememberedStates()
        self.ledger: dict[str, JobState] = {}
        self.ledger_error: Exception | None = None
        lookup = JobLookup(IDS, self.redis, cast(AsyncEngine, None))
        monkeypatch.setattr(reads, "find_jobs", self._find)
        ranks = Ranks(cast(Documents, None))  # no job here knows whose score it was
        app = create_app(DOCUMENT, ROUTES, {"lookup": lookup, "waiting": JobWaiting(lookup), "ranks": ranks})
        self.app = Edge(app, Cors("reads", ()))

    async def _find(self, _: AsyncEngine, ids: Sequence[Any]) -> dict[str, JobState]:
        if self.ledger_error:
            raise self.ledger_error
        return {str(job): self.ledger[str(job)] for job in ids if str(job) in self.ledger}

    async def get(self, path: str, **headers: str) -> Reply:
        return await ask(self.app, "GET", path, headers=headers)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> ServiceUnderTest:
    return ServiceUnderTest(monkeypatch)


def new() -> str:
    return str(IDS.new("submit-score"))


def done(job: str) -> JobState:
    return JobState(job=job, command="submit-score", status="done", result={"improved": True})


async def test_a_job_whose_work_is_under_way_says_how_far_it_is(service: ServiceUnderTest) -> None:
    job = str(IDS.new("define-board"))
    service.ledger[job] = JobState(job=job, command="define-board", progress=0.25)

    reply = await service.get(f"/v1/jobs/{job}")

    assert (reply.json()["status"], reply.json()["progress"]) == ("queued", 0.25)


async def test_an_authentic_id_that_nobody_has_heard_of_is_queued(service: ServiceUnderTest) -> None:
    job = str(IDS.new("define-board"))
    reply = await service.get(f"/v1/jobs/{job}")
    assert reply.status == 200
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json() == {
        "job": job,
        "command": "define-board",
        "status": "queued",
        "accepted_at": None,
        "finished_at": None,
        "progress": None,
        "result": None,
        "error": None,
    }


async def test_a_job_that_has_ended_is_found_in_redis_and_else_in_postgresql(service: ServiceUnderTest) -> None:
    lately, long_ago = new(), new()
    service.redis.states[lately] = done(lately)
    service.ledger[long_ago] = done(long_ago)
    for job in (lately, long_ago):
        reply = await service.get(f"/v1/jobs/{job}?wait=10")
        assert (reply.json()["status"], reply.json()["result"]) == (
            "done",
            {"improved": True, "rank": None, "total": None},
        )


@pytest.mark.parametrize("change", [lambda job: job[:-1] + "g", str.upper, lambda _: "x", lambda job: job[:-1]])
async def test_an_id_that_was_never_given_is_404(service: ServiceUnderTest, change: Any) -> None:
    reply = await service.get(f"/v1/jobs/{change(new())}")
    assert (reply.status, reply.json()["type"]) == (404, "/problems/unknown-job")


async def test_an_id_that_a_newer_version_gave_is_asked_for_later(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        newer.setitem(KINDS, "submit-score", 31)
        job = str(IDS.new("submit-score"))
    reply = await service.get(f"/v1/jobs/{job}")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")


def made(monkeypatch: pytest.MonkeyPatch, *, seconds_ago: int) -> str:
    now = time.time()
    with monkeypatch.context() as then:
        then.setattr("highscores.domain.jobs.time.time", lambda: now - seconds_ago)
        return new()


async def test_an_id_older_than_the_horizon_that_nobody_knows_is_404(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    too_old = made(monkeypatch, seconds_ago=HORIZON_S + 1)
    young = made(monkeypatch, seconds_ago=HORIZON_S - 60)
    from_key = str(IDS.for_key("submit-score", "caller", "score:b:p", "key"))

    for path in (too_old, f"{too_old}?wait=10"):
        async with asyncio.timeout(1):
            reply = await service.get(f"/v1/jobs/{path}")
        assert (reply.status, reply.json()["type"]) == (404, "/problems/unknown-job")
    several = await service.get(f"/v1/jobs?ids={young},{too_old}")

    assert several.status == 404
    assert too_old in several.json()["detail"]
    for job in (young, from_key):
        assert (await service.get(f"/v1/jobs/{job}")).json()["status"] == "queued"


async def test_an_id_older_than_the_horizon_that_is_known_is_answered(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ends are kept for a while beyond the horizon, and work may take longer than it."""
    ended, under_way = (made(monkeypatch, seconds_ago=2 * HORIZON_S) for _ in range(2))
    service.ledger[ended] = done(ended)
    service.ledger[under_way] = JobState(job=under_way, command="submit-score", progress=0.5)

    several = await service.get(f"/v1/jobs?ids={ended},{under_way}")

    assert [state["status"] for state in several.json()["jobs"]] == ["done", "queued"]


async def test_an_id_older_than_the_horizon_is_not_404_while_nobody_can_be_asked(
    service: ServiceUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.ledger_error = InterfaceError("select", None, OSError())
    assert (await service.get(f"/v1/jobs/{made(monkeypatch, seconds_ago=2 * HORIZON_S)}")).status == 503


async def test_a_forged_id_is_404(service: ServiceUnderTest) -> None:
    job = new()
    forged = job[:-1] + ("0" if job[-1] != "0" else "1")
    reply = await service.get(f"/v1/jobs?ids={job},{forged}")
    assert reply.status == 404
    assert forged in reply.json()["detail"]


async def test_several_come_in_the_order_asked(service: ServiceUnderTest) -> None:
    jobs = [new() for _ in range(3)]
    service.redis.states[jobs[1]] = done(jobs[1])
    asked = [*jobs, jobs[0]]
    answered = (await service.get(f"/v1/jobs?ids={','.join(asked)}")).json()["jobs"]
    assert [state["job"] for state in answered] == asked
    assert [state["status"] for state in answered] == ["queued", "done", "queued", "queued"]


@pytest.mark.parametrize("wait", ["11", "-1", "1.5", "5.0", "1e1", "x", "", "+5", "1_0", "%205", "٣"])
async def test_a_wrong_wait_is_named(service: ServiceUnderTest, wait: str) -> None:
    reply = await service.get(f"/v1/jobs/{new()}?wait={wait}")
    assert (reply.status, reply.pointers()) == (422, ["#/wait"])


@pytest.mark.parametrize("query", ["", "?ids=", "?ids=" + ",".join(["x"] * 101)])
async def test_one_to_a_hundred_ids_are_taken(service: ServiceUnderTest, query: str) -> None:
    reply = await service.get(f"/v1/jobs{query}")
    assert (reply.status, reply.pointers()) == (422, ["#/ids"])


async def test_unknown_and_repeated_parameters_are_named(service: ServiceUnderTest) -> None:
    assert (await service.get(f"/v1/jobs/{new()}?wiat=1")).pointers() == ["#/wiat"]
    assert (await service.get(f"/v1/jobs/{new()}?wait=1&wait=2")).pointers() == ["#/wait"]


async def test_without_redis_postgresql_answers(service: ServiceUnderTest) -> None:
    job = new()
    service.redis.is_down = True
    service.ledger[job] = done(job)
    assert (await service.get(f"/v1/jobs/{job}")).json()["status"] == "done"


@pytest.mark.parametrize("is_redis_down", [True, False])
async def test_a_job_that_may_have_ended_is_never_called_queued(service: ServiceUnderTest, is_redis_down: bool) -> None:
    service.redis.is_down = is_redis_down
    service.ledger_error = InterfaceError("select", None, OSError())
    reply = await service.get(f"/v1/jobs/{new()}")
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")


async def test_what_redis_knows_needs_no_postgresql(service: ServiceUnderTest) -> None:
    job = new()
    service.redis.states[job] = done(job)
    service.ledger_error = OSError()
    assert (await service.get(f"/v1/jobs/{job}")).json()["status"] == "done"


async def test_anybody_may_read_from_any_page(service: ServiceUnderTest) -> None:
    reply = await service.get(f"/v1/jobs/{new()}", origin="https://any.example")
    assert reply.headers["access-control-allow-origin"] == "*"
