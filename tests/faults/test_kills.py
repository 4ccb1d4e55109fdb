"""kill -9 and FLUSHALL during a fill: nothing that was accepted is lost, nothing is doubled."""

from itertools import cycle

import pytest
from tests.faults.crowd import Crowd
from tests.faults.supervised import Supervised

pytestmark = pytest.mark.faults


def test_a_worker_is_killed_again_and_again(running: Supervised, scenario: Crowd) -> None:
    """Each in its turn; those who are left take up what it held."""
    for pause_s, worker in zip((1.0, 1.3, 1.7, 1.1, 2.0), cycle(running.workers)):
        running.kill(worker)
        scenario.run_for(pause_s)


def test_all_workers_are_killed_again_and_again(running: Supervised, scenario: Crowd) -> None:
    for pause_s in (1.2, 1.5, 2.0):
        running.kill(*running.workers)
        scenario.run_for(pause_s)


def test_post_score_is_killed_again_and_again(running: Supervised, scenario: Crowd) -> None:
    for pause_s in (1.5, 2.0, 1.7, 2.2):
        running.kill("post_score")
        scenario.run_for(pause_s)


@pytest.mark.parametrize("role", ["redis-jobs", "redis-documents"])
def test_redis_is_killed(running: Supervised, scenario: Crowd, role: str) -> None:
    for pause_s in (0.5, 1.5):
        running.kill(role)
        scenario.run_for(pause_s)
        running.start(role)
        scenario.run_for(1.0)


def test_both_redis_are_flushed_again_and_again(running: Supervised, scenario: Crowd) -> None:
    for _ in range(6):
        running.flush("redis-jobs")
        running.flush("redis-documents")
        scenario.run_for(0.8)
