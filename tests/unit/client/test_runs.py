"""A fill and a live run against a scripted service."""

import json
import time
from itertools import count
from random import Random

import httpx
import pytest
from tests.unit.client.server import problem

from highscores_client import Client, RetryPolicy
from highscores_client.datagen import fill
from highscores_client.datagen.fill import run_fill, wait_for_jobs
from highscores_client.datagen.flight import Stop
from highscores_client.datagen.plays import Plays
from highscores_client.datagen.population import Population
from highscores_client.datagen.run import run_live
from highscores_client.datagen.tally import Tally
from highscores_client.datagen.traffic import arrivals, arrivals_between
from highscores_client.results import Board

ARCADE = Board(board="arcade", title="Arcade", min=0)


class Service:
    """Keeps what it accepts by idempotency key; `failures` come first, `status_of` says how a job ended."""

    def __init__(self, *failures: httpx.Response) -> None:
        self.failures = list(failures)
        self.scores_by_key: dict[str, int] = {}
        self.jobs: list[str] = []
        self.polls = 0
        self.asked_most = 0

    def status_of(self, job: str) -> str:
        return "done"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            ids = request.url.params["ids"].split(",")
            self.polls += 1
            self.asked_most = max(self.asked_most, len(ids))
            jobs = [{"job": job, "command": "submit-score", "status": self.status_of(job)} for job in ids]
            return httpx.Response(200, json={"jobs": jobs})
        if self.failures:
            return self.failures.pop()
        body = json.loads(request.content)
        scores = len(body.get("scores", [body]))
        self.scores_by_key[request.headers["Idempotency-Key"]] = scores
        made = [f"job-{len(self.jobs) + number}" for number in range(scores)]
        self.jobs += made
        return httpx.Response(202, json={"jobs": made} if "scores" in body else {"job": made[0], "status": "queued"})

    def client(self, tally: Tally) -> Client:
        retry = RetryPolicy(attempts=4, base_s=0.001)
        return Client(
            "http://board.example", "k", retry=retry, on_retry=tally.retry, transport=httpx.MockTransport(self)
        )


def plays() -> Plays:
    return Plays(Population(50, seed=1), [ARCADE], Random(1))


async def filled(service: Service, tally: Tally, stop: Stop, scores: int = 2_345) -> list[str]:
    async with service.client(tally) as client:
        return await run_fill(
            client,
            plays(),
            arrivals_between(Random(1), scores, 0.0, 86_400.0),
            dated=False,
            run_id="r",
            batch=500,
            concurrency=3,
            tally=tally,
            stop=stop,
        )


async def test_a_fill_sends_exactly_so_many_scores() -> None:
    service, tally = Service(), Tally()
    jobs = await filled(service, tally, Stop())
    assert sorted(service.scores_by_key.values()) == [345, 500, 500, 500, 500]
    assert sorted(jobs) == sorted(service.jobs)
    assert (tally.sent, tally.accepted, tally.refused, tally.requests) == (2_345, 2_345, 0, 5)


async def test_a_fill_through_failures_counts_nothing_twice() -> None:
    service, tally = Service(problem(503), problem(429, Retry_After="0"), httpx.Response(502)), Tally()
    await filled(service, tally, Stop())
    assert sum(service.scores_by_key.values()) == tally.accepted == 2_345
    assert tally.retried == 3


async def test_a_refused_batch_is_counted_and_the_fill_goes_on() -> None:
    service, tally = Service(problem(422, "invalid-fields")), Tally()
    await filled(service, tally, Stop(), scores=1_000)
    assert (tally.accepted, tally.refused) == (500, 500)
    assert tally.first_refusal == "422 It is invalid-fields"


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_stops_the_fill(status: int) -> None:
    service, tally, stop = Service(*(problem(status) for _ in range(100))), Tally(), Stop()
    await filled(service, tally, stop, scores=50_000)
    assert stop.reason == "the service refuses the key"
    assert tally.sent < 10_000


async def test_every_job_is_waited_for_a_hundred_a_call() -> None:
    service, tally = Service(), Tally()

    def status_of(job: str) -> str:
        return "rejected" if job == "job-7" else "done"

    service.status_of = status_of  # type: ignore[method-assign]
    async with service.client(tally) as client:
        await wait_for_jobs(client, [f"job-{number}" for number in range(1_050)], tally, Stop())
    assert (tally.done, tally.rejected) == (1_049, 1)
    assert (service.polls, service.asked_most) == (11, 100)


async def test_jobs_that_end_late_are_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "PAUSE_S", 0.0)
    monkeypatch.setattr(fill, "FULL_SWEEP_EVERY_S", 0.02)
    service, tally, calls = Service(), Tally(), count()

    def status_of(job: str) -> str:
        # The first thousand, who come first in turn, end last.
        return "queued" if int(job.removeprefix("job-")) < 1_000 and next(calls) < 20_000 else "done"

    service.status_of = status_of  # type: ignore[method-assign]
    async with service.client(tally) as client:
        await wait_for_jobs(client, [f"job-{number}" for number in range(3_000)], tally, Stop())
    assert tally.done == 3_000


async def test_a_wait_in_which_nothing_ends_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fill, "PAUSE_S", 0.001)
    monkeypatch.setattr(fill, "STALLED_AFTER_S", 0.05)
    service, tally = Service(), Tally()
    service.status_of = lambda job: "queued"  # type: ignore[method-assign]
    async with service.client(tally) as client:
        await wait_for_jobs(client, ["job-1"], tally, Stop())
    assert tally.ended == 0


async def test_a_live_run_sends_single_scores_at_its_rate_with_a_key_each() -> None:
    service, tally = Service(), Tally()
    async with service.client(tally) as client:
        await run_live(
            client,
            plays(),
            arrivals(Random(1), 200.0, time.time(), steady=True),
            run_id="r",
            seconds=0.5,
            concurrency=8,
            tally=tally,
            stop=Stop(),
        )
    assert 50 <= tally.accepted <= 150
    assert set(service.scores_by_key.values()) == {1}
    assert list(service.scores_by_key)[:2] == ["datagen-r-0", "datagen-r-1"]
    assert len(service.scores_by_key) == tally.accepted
