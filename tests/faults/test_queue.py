"""What the queue itself can do to a worker: poison, repetition, disorder, refusal, disappearance."""

import random
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests import model
from tests.api import connected, eventually, fresh
from tests.faults.crowd import Crowd
from tests.faults.supervised import Supervised

from highscores.domain.commands import Command, SubmitScore, encode
from highscores.domain.jobs import JobIds

pytestmark = pytest.mark.faults

TIMES = 3
MESSAGES = 150
FULL_WITHIN_S = 20.0
ACCEPTED_WITHIN_S = 10.0
NUL = "a\x00b"  # PostgreSQL stores no such text; post_score would not have let it in


def commands(running: Supervised, scores: list[dict[str, Any]]) -> list[Command]:
    """The scores as post_score would have put them into the queue."""
    ids = JobIds(running.stack.private.secrets.job_secret)
    return [
        SubmitScore(
            ids.new("submit-score"),
            model.microseconds(score["achieved_at"]),
            score["board"],
            score["player"],
            score["score"],
            model.microseconds(score["achieved_at"]),
            metadata=msgspec.json.encode(score["metadata"]).decode(),
        )
        for score in scores
    ]


def test_every_message_comes_three_times_in_any_order(running: Supervised, scenario: Crowd) -> None:
    bodies = []
    for _ in range(MESSAGES):
        scores = scenario.random_scores(random.randrange(1, 20))
        made = commands(running, scores)
        scenario.note_accepted(scores, [str(command.job) for command in made])
        bodies += [encode(made)] * TIMES
    random.shuffle(bodies)

    running.publish(bodies)


def test_poison_is_rejected_alone(running: Supervised, scenario: Crowd) -> None:
    poisoned: list[UUID] = []
    for _ in range(5):
        scores = scenario.random_scores(40)
        good = commands(running, scores)
        scenario.note_accepted(scores, [str(command.job) for command in good])
        (bad,) = commands(running, scenario.random_scores(1))
        assert isinstance(bad, SubmitScore)
        poison = msgspec.structs.replace(bad, name=NUL)
        poisoned.append(poison.job)
        index = random.randrange(len(good))
        running.publish([encode([*good[:index], poison, *good[index:]])])
    scenario.run_for(2.0)

    with connected(running.stack.url, running.stack.keys.admin) as api:
        for job in poisoned:
            state = api.job(str(job))
            assert state["status"] == "rejected"
            assert state["error"]["status"] == 422


def test_what_cannot_be_read_is_dead_lettered(running: Supervised, scenario: Crowd) -> None:
    made = commands(running, scenario.random_scores(1))
    running.publish([b"", b"\xff\x00nonsense", msgspec.msgpack.encode([0, []])])
    running.publish([encode(made)], queue="control")  # a score where boards are expected
    scenario.dead_letters = 4


def test_a_queue_that_is_full_refuses(running: Supervised, scenario: Crowd) -> None:
    """It is full when each frozen worker has been delivered all that it may hold, and one message more."""
    running.freeze(*running.workers)
    policy = {"pattern": "^scores$", "definition": {"max-length": 1}, "apply-to": "queues", "priority": 1}
    running.management("PUT", "policies/%2F/full", policy)
    try:
        eventually(lambda: scenario.seen.statuses.get("/v1/scores 503", 0), bool, within_s=FULL_WITHIN_S)
        scenario.run_for(1.0)
    finally:
        running.management("DELETE", "policies/%2F/full")
        running.thaw(*running.workers)
    scenario.run_for(1.0)


@pytest.mark.parametrize("queue", ["scores", "control"])
def test_a_queue_is_deleted_under_the_worker(running: Supervised, scenario: Crowd, queue: str) -> None:
    """It is empty at that moment: what it holds goes with it, and nobody could bring that back."""
    eventually(lambda: scenario.accepted_jobs, bool, within_s=ACCEPTED_WITHIN_S)
    scenario.hold()
    scenario.run_for(1.5)
    with connected(running.stack.url, running.stack.keys.admin) as api:
        eventually(lambda: api.job(scenario.accepted_jobs[-1])["status"], lambda status: status == "done")
    running.management("DELETE", f"queues/%2F/{queue}")
    scenario.resume()

    eventually(
        lambda: running.queues().get(queue, {}).get("consumers"),
        lambda consumers: consumers == len(running.workers),
        within_s=25.0,
    )
    with connected(running.stack.url, running.stack.keys.admin) as api:
        eventually(lambda: api.define(fresh("after"))["status"], lambda status: status == "done")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("raise_alarm", "call_it_off"),
    [
        (("set_vm_memory_high_watermark", "absolute", "1MB"), ("set_vm_memory_high_watermark", "absolute", "1GB")),
        (("set_disk_free_limit", "900GB"), ("set_disk_free_limit", "200MB")),
    ],
    ids=["memory", "disk"],
)
def test_rabbitmq_raises_an_alarm(
    running: Supervised, scenario: Crowd, raise_alarm: tuple[str, ...], call_it_off: tuple[str, ...]
) -> None:
    running.rabbitmqctl(*raise_alarm)
    try:
        scenario.run_for(4.0)
        assert scenario.seen.statuses.get("/v1/scores 503", 0) > 0
    finally:
        running.rabbitmqctl(*call_it_off)
    scenario.run_for(2.0)
