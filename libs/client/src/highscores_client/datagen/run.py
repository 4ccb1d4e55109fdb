"""Live traffic: single scores at random intervals, as from many players' games."""

import asyncio
import time
from collections.abc import Iterator
from functools import partial

from highscores_client.client import Client
from highscores_client.datagen.flight import InFlight, Stop, fly
from highscores_client.datagen.plays import Plays
from highscores_client.datagen.submitting import counted
from highscores_client.datagen.tally import Tally
from highscores_client.results import Submission


async def run_live(
    client: Client,
    plays: Plays,
    times: Iterator[float],
    *,
    run_id: str,
    seconds: float | None,
    concurrency: int,
    tally: Tally,
    stop: Stop,
) -> None:
    """Submit a score at each of the times (seconds since the epoch), for so many seconds or until stopped.

    The system is open: arrivals do not wait for answers, only for one of `concurrency` slots. Where those do not
    suffice, arrivals come late (`tally.late_s`) rather than in unbounded number.
    """
    flight = InFlight(concurrency)

    async def submit(submission: Submission, number: int) -> None:
        send = partial(client.submit_one, submission, idempotency_key=f"datagen-{run_id}-{number}")
        await counted(send, 1, tally, stop)

    async def produce() -> None:
        end_s = float("inf") if seconds is None else time.time() + seconds
        for number, due_s in enumerate(times):
            now_s = time.time()
            if max(due_s, now_s) >= end_s:
                await asyncio.sleep(end_s - now_s)
                return
            await asyncio.sleep(due_s - now_s)
            await flight.start(partial(submit, plays.at(due_s), number))
            tally.late_s = max(tally.late_s, time.time() - due_s)

    await fly(produce(), flight, stop)
