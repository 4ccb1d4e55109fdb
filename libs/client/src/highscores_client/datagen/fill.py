"""Filling boards in bulk, by batches; and waiting until every job of them has ended."""

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice

from highscores_client.client import JOBS_PER_CALL, Client
from highscores_client.datagen.flight import InFlight, Stop, fly
from highscores_client.datagen.plays import Plays
from highscores_client.datagen.submitting import counted
from highscores_client.datagen.tally import Tally
from highscores_client.results import Job, Submission

CALLS_AT_ONCE = 4
PAUSE_S = 0.2  # when none of the jobs next in turn had ended
FULL_SWEEP_EVERY_S = 5.0
STALLED_AFTER_S = 60.0  # with not one job ended: nobody is working, and the wait would have no end


async def run_fill(
    client: Client,
    plays: Plays,
    times: Iterator[float],
    *,
    dated: bool,
    run_id: str,
    batch: int,
    concurrency: int,
    tally: Tally,
    stop: Stop,
) -> list[str]:
    """Submit a score for each of the times in batches of `batch`; return the jobs of those accepted.

    `dated` scores carry their time as `achieved_at`, which needs an admin key; else the service's clock counts.
    """
    flight = InFlight(concurrency)
    jobs: list[str] = []

    async def submit(scores: list[Submission], number: int) -> None:
        send = partial(client.submit_batch, scores, idempotency_key=f"datagen-{run_id}-batch-{number}")
        jobs.extend(await counted(send, len(scores), tally, stop) or ())

    async def produce() -> None:
        number = 0
        while scores := [plays.at(time_s, dated=dated) for time_s in islice(times, batch)]:
            await flight.start(partial(submit, scores, number))
            number += 1

    await fly(produce(), flight, stop)
    return jobs


async def wait_for_jobs(client: Client, jobs: list[str], tally: Tally, stop: Stop) -> None:
    """Count each job as done or rejected once it has ended, until all have, or none does for STALLED_AFTER_S."""
    await fly(_follow(client, jobs, tally), InFlight(1), stop)


async def _follow(client: Client, jobs: list[str], tally: Tally) -> None:
    # Jobs end roughly in the order in which they were accepted, so it is enough to ask for those next in turn, and
    # now and then for all: a few that take longer must not hide that the rest has ended.
    pending = deque(jobs)
    now_s = time.monotonic()
    progress_s = sweep_s = now_s
    while pending and now_s - progress_s < STALLED_AFTER_S:
        full = now_s - sweep_s >= FULL_SWEEP_EVERY_S
        ended = await _sweep(client, pending, tally, full=full)
        now_s = time.monotonic()
        if full:
            sweep_s = now_s
        if ended:
            progress_s = now_s
        else:
            await asyncio.sleep(PAUSE_S)


async def _sweep(client: Client, pending: deque[str], tally: Tally, *, full: bool) -> int:
    """Ask for pending jobs in order, to the first window with none ended, or for all; return how many had ended."""
    queued: list[str] = []
    ended = 0
    while pending:
        window = [_take(pending) for _ in range(CALLS_AT_ONCE)]
        answers = await asyncio.gather(*(client.jobs(chunk) for chunk in window if chunk))
        still = [job.job for answer in answers for job in answer if not _ended(job, tally)]
        newly = sum(map(len, window)) - len(still)
        queued += still
        ended += newly
        if not newly and not full:
            break
    pending.extendleft(reversed(queued))
    return ended


def _take(pending: deque[str]) -> list[str]:
    return [pending.popleft() for _ in range(min(JOBS_PER_CALL, len(pending)))]


def _ended(job: Job, tally: Tally) -> bool:
    tally.end(job)
    return job.status != "queued"
