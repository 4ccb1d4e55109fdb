"""What waits for a transaction: boards take turns, a locked one waits a moment, nothing is lost or taken twice."""

from random import Random
from typing import cast
from uuid import uuid4

import pytest
from faststream.rabbit.message import RabbitMessage
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.commands import SubmitScore
from worker.delivery.buffer import BATCH_COMMANDS, SKIPPED_MAX_S, SKIPPED_PAUSE_S, Batch, Buffer, Delivery


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buffer(clock: Clock) -> Buffer:
    return Buffer(clock)


def delivery(*boards: str) -> Delivery:
    return Delivery(cast(RabbitMessage, None), [SubmitScore(uuid4(), 0, board, "alice", 1, 0) for board in boards])


def taken(buffer: Buffer, buckets: int = 1) -> Batch:
    batch = buffer.take(buckets)
    assert batch is not None
    return batch


def submissions(batch: Batch) -> list[SubmitScore]:
    return [part.submission for part in batch.parts]


def test_a_batch_holds_the_scores_of_many_boards(buffer: Buffer) -> None:
    first, second = delivery("a", "b"), delivery("c")
    buffer.add(first)
    buffer.add(second)

    batch = taken(buffer)

    assert {each.board for each in submissions(batch)} == {"a", "b", "c"}
    assert not batch.wait
    assert buffer.done(batch, []) == [first, second]
    assert buffer.is_empty


def test_a_board_is_in_one_batch_at_a_time_and_others_go_beside_it(buffer: Buffer) -> None:
    buffer.add(delivery(*["a"] * (BATCH_COMMANDS + 1)))
    buffer.add(delivery("b"))
    first = taken(buffer)

    second = taken(buffer)

    assert first.boards == {"a"}
    assert second.boards == {"b"}
    assert buffer.take(1) is None


def test_a_batch_is_of_one_bucket(buffer: Buffer) -> None:
    boards = [f"board-{n}" for n in range(20)]
    buffer.add(delivery(*boards))

    batches = [taken(buffer, buckets=4) for _ in range(4)]

    assert {batch.bucket for batch in batches} == {0, 1, 2, 3}
    assert sorted(board for batch in batches for board in batch.boards) == sorted(boards)


def test_a_board_that_was_locked_is_tried_again_after_a_pause_in_the_old_order(buffer: Buffer, clock: Clock) -> None:
    buffer.add(delivery("a", "a"))
    batch = taken(buffer)
    buffer.add(delivery("a"))

    assert buffer.done(batch, submissions(batch)) == []

    assert buffer.take(1) is None
    assert buffer.next_try_s() == pytest.approx(SKIPPED_PAUSE_S)
    clock.now += SKIPPED_PAUSE_S
    again = taken(buffer)
    assert submissions(again)[:2] == submissions(batch)
    assert len(again.parts) == 3


def test_a_board_that_was_locked_for_long_is_waited_for_alone(buffer: Buffer, clock: Clock) -> None:
    buffer.add(delivery("a", "b"))
    batch = taken(buffer)
    buffer.done(batch, [each for each in submissions(batch) if each.board == "a"])
    clock.now += SKIPPED_PAUSE_S
    again = taken(buffer)
    buffer.done(again, submissions(again))
    buffer.add(delivery("c"))
    clock.now += SKIPPED_MAX_S

    waiting, beside = taken(buffer), taken(buffer)

    assert (waiting.boards, waiting.wait) == ({"a"}, True)
    assert (beside.boards, beside.wait) == ({"c"}, False)


def test_two_boards_are_not_waited_for_at_once(buffer: Buffer, clock: Clock) -> None:
    buffer.add(delivery("a", "b"))
    batch = taken(buffer)
    buffer.done(batch, submissions(batch))
    clock.now += SKIPPED_MAX_S

    first, second = taken(buffer), taken(buffer)

    assert (first.wait, second.wait) == (True, False)


def test_a_message_is_finished_when_all_its_parts_are_done(buffer: Buffer, clock: Clock) -> None:
    both = delivery("a", "b")
    buffer.add(both)
    batch = taken(buffer)

    assert buffer.done(batch, [each for each in submissions(batch) if each.board == "b"]) == []
    assert buffer.oldest() is both.submissions[0]
    clock.now += SKIPPED_PAUSE_S
    assert buffer.done(taken(buffer), []) == [both]
    assert buffer.oldest() is None


@given(
    st.lists(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5), min_size=1, max_size=12),
    st.integers(0, 2**32),
    st.integers(1, 3),
)
def test_everything_is_done_once_whatever_is_locked(messages: list[list[str]], seed: int, buckets: int) -> None:
    random = Random(seed)
    clock = Clock()
    buffer = Buffer(clock)
    deliveries = [delivery(*boards) for boards in messages]
    for each in deliveries:
        buffer.add(each)
    done: list[SubmitScore] = []
    finished: list[Delivery] = []
    in_work: list[Batch] = []
    for _ in range(10_000):
        clock.now += SKIPPED_PAUSE_S
        while len(in_work) < 2 and (batch := buffer.take(buckets)) is not None:
            assert not any(batch.boards & other.boards for other in in_work)
            in_work.append(batch)
        if not in_work:
            break
        batch = in_work.pop(random.randrange(len(in_work)))
        locked = {board for board in batch.boards if random.random() < 0.4}
        skipped = [each for each in submissions(batch) if each.board in locked]
        done += [each for each in submissions(batch) if each.board not in locked]
        finished += buffer.done(batch, skipped)

    assert buffer.is_empty
    assert sorted(each.job for each in done) == sorted(s.job for each in deliveries for s in each.submissions)
    assert sorted(map(id, finished)) == sorted(map(id, deliveries))
