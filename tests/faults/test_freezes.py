"""Workers that were frozen, as a laptop that sleeps or a virtual machine that is moved, work again afterwards."""

import time
from collections.abc import Iterable

import pytest
from tests.api import eventually
from tests.faults.crowd import Crowd
from tests.faults.supervised import Supervised

pytestmark = pytest.mark.faults

# RabbitMQ gives a connection up after two or three heartbeats of 10 s: before that, at about that time, long after it.
SHORT_S = 20.0
LONG_S = (45.0, 95.0)
BACKLOG_S = 20.0
WORKS_AGAIN_WITHIN_S = 15.0
BATCHES = "highscores_batch_commands_count"


def batches(running: Supervised, worker: str) -> float:
    """How many transactions this process has committed."""
    lines = running.metrics(worker).splitlines()
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{BATCHES} ")), 0.0)


def freeze_for(running: Supervised, scenario: Crowd, workers: Iterable[str], seconds: float) -> None:
    """Freeze the workers under load; afterwards each must commit again, as the process that it was.

    People send at first and then again after the thaw: how fast a long backlog is worked off is no question of freezes.
    """
    workers = tuple(workers)
    pids = {worker: running.stack.pid(worker) for worker in workers}
    running.freeze(*workers)
    try:
        scenario.run_for(min(seconds, BACKLOG_S))
        scenario.hold()
        scenario.run_for(max(seconds - BACKLOG_S, 0.0))
    finally:
        running.thaw(*workers)
    scenario.resume()
    thawed_with = {worker: batches(running, worker) for worker in workers}
    eventually(
        lambda: [worker for worker in workers if batches(running, worker) <= thawed_with[worker]],
        lambda idle: not idle,
        within_s=WORKS_AGAIN_WITHIN_S,
    )
    scenario.run_for(1.0)
    assert {worker: running.stack.pid(worker) for worker in workers} == pids


def test_all_workers_are_frozen(running: Supervised, scenario: Crowd) -> None:
    freeze_for(running, scenario, running.workers, SHORT_S)


def test_one_worker_is_frozen(running: Supervised, scenario: Crowd) -> None:
    """What it holds is taken up by the others, and it comes back to find it done."""
    if len(running.workers) == 1:
        pytest.skip("the only worker is all workers")
    freeze_for(running, scenario, running.workers[:1], SHORT_S)


@pytest.mark.long
@pytest.mark.parametrize("seconds", LONG_S)
def test_all_workers_are_frozen_for_long(running: Supervised, scenario: Crowd, seconds: float) -> None:
    freeze_for(running, scenario, running.workers, seconds)


@pytest.mark.long
def test_one_worker_is_frozen_for_long(running: Supervised, scenario: Crowd) -> None:
    if len(running.workers) == 1:
        pytest.skip("the only worker is all workers")
    freeze_for(running, scenario, running.workers[:1], max(LONG_S))


@pytest.mark.long
def test_post_score_is_frozen_for_long(running: Supervised, scenario: Crowd) -> None:
    """Nobody sends meanwhile: a frozen service lets its clients wait, and that is no fault of it."""
    scenario.hold()
    scenario.run_for(1.0)
    pid = running.stack.pid("post_score")
    running.freeze("post_score")
    try:
        scenario.run_for(LONG_S[0])
    finally:
        running.thaw("post_score")
    accepted = len(scenario.accepted_jobs)
    scenario.resume()

    eventually(lambda: len(scenario.accepted_jobs), lambda found: found > accepted, within_s=WORKS_AGAIN_WITHIN_S)
    assert running.stack.pid("post_score") == pid


def test_workers_are_frozen_again_and_again(running: Supervised, scenario: Crowd) -> None:
    """Shorter than any time limit, and longer than some."""
    for seconds in (0.3, 6.0, 2.5):
        running.freeze(*running.workers)
        time.sleep(seconds)
        running.thaw(*running.workers)
        scenario.run_for(0.5)
