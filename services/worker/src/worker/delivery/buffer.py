"""What the queue has delivered and no transaction has applied yet, by board.

A batch takes the scores of boards that are free and of one bucket. A board is in one batch at a time; one that somebody
else has locked is left for a moment, and nobody's scores wait for another board.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from faststream.rabbit.message import RabbitMessage

from highscores.domain.buckets import bucket_of
from highscores.domain.commands import SubmitScore

BATCH_COMMANDS = 500
SKIPPED_PAUSE_S = 0.02  # a board that was locked is tried again after this
SKIPPED_MAX_S = 1.0  # and after so long it is waited for, in a batch of its own


@dataclass(eq=False)
class Delivery:
    """One message. It is acknowledged once all of its submissions are done, or given up if one of them failed. Those
    `for_newer` wait for a newer worker in a message of their own."""

    message: RabbitMessage
    submissions: Sequence[SubmitScore]
    waiting: int = field(init=False)
    has_failed: bool = False
    for_newer: list[SubmitScore] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.waiting = len(self.submissions)


class Part(NamedTuple):
    """One submission of a message."""

    delivery: Delivery
    submission: SubmitScore


class Batch(NamedTuple):
    """Parts for one transaction. `wait`: they are of one board, whose lock is to be waited for."""

    bucket: int
    parts: list[Part]
    wait: bool

    @property
    def boards(self) -> set[str]:
        return {part.submission.board for part in self.parts}


class _BoardQueue:
    def __init__(self) -> None:
        self.parts: deque[Part] = deque()
        self.is_in_batch = False
        self.skipped_since: float | None = None
        self.pause_until = 0.0


class Buffer:
    """Boards take turns: one whose scores were taken goes behind the others."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._boards: dict[str, _BoardQueue] = {}
        self._unfinished: dict[Delivery, None] = {}
        self._is_waited_for_a_lock = False
        self.submissions = 0  # that are not done

    def add(self, delivery: Delivery) -> None:
        self._unfinished[delivery] = None
        self.submissions += len(delivery.submissions)
        for submission in delivery.submissions:
            self._queue(submission.board).parts.append(Part(delivery, submission))

    @property
    def is_empty(self) -> bool:
        return not self._unfinished

    def oldest(self) -> SubmitScore | None:
        """Return the first submission of the oldest message that is not done."""
        delivery = next(iter(self._unfinished), None)
        return delivery.submissions[0] if delivery is not None else None

    def take(self, buckets: int) -> Batch | None:
        """Return the next batch, or None when no board can be worked on now; `done` follows."""
        now = self._clock()
        ready = [
            (board, queue)
            for board, queue in self._boards.items()
            if queue.parts and not queue.is_in_batch and queue.pause_until <= now
        ]
        if not ready:
            return None
        overdue = next((board for board, queue in ready if self._is_overdue(queue, now)), None)
        if overdue is not None:
            self._is_waited_for_a_lock = True
            return Batch(bucket_of(overdue, buckets), self._take_from(overdue, BATCH_COMMANDS), wait=True)
        bucket = bucket_of(ready[0][0], buckets)
        parts: list[Part] = []
        for board, _ in ready:
            if bucket_of(board, buckets) == bucket and len(parts) < BATCH_COMMANDS:
                parts += self._take_from(board, BATCH_COMMANDS - len(parts))
        return Batch(bucket, parts, wait=False)

    def next_try_s(self) -> float | None:
        """Return in how many seconds a board that was skipped is to be tried again, None when there is none."""
        pauses = [
            queue.pause_until
            for queue in self._boards.values()
            if queue.parts and not queue.is_in_batch and queue.pause_until
        ]
        return max(0.0, min(pauses) - self._clock()) if pauses else None

    def done(self, batch: Batch, skipped: Iterable[SubmitScore]) -> list[Delivery]:
        """Take note of what became of a batch; return the messages of which nothing is left to do.

        The `skipped` submissions, whose boards were locked, go back to the heads of their queues.
        """
        jobs = {submission.job for submission in skipped}
        finished = []
        returned: dict[str, list[Part]] = {}
        for part in batch.parts:
            if part.submission.job in jobs:
                returned.setdefault(part.submission.board, []).append(part)
                continue
            part.delivery.waiting -= 1
            self.submissions -= 1
            if part.delivery.waiting == 0:
                del self._unfinished[part.delivery]
                finished.append(part.delivery)
        now = self._clock()
        for board in batch.boards:
            self._put_back(board, returned.get(board, []), now)
        if batch.wait:
            self._is_waited_for_a_lock = False
        return finished

    def _is_overdue(self, queue: _BoardQueue, now: float) -> bool:
        since = queue.skipped_since
        return since is not None and now - since >= SKIPPED_MAX_S and not self._is_waited_for_a_lock

    def _take_from(self, board: str, count: int) -> list[Part]:
        queue = self._boards.pop(board)
        self._boards[board] = queue
        queue.is_in_batch = True
        return [queue.parts.popleft() for _ in range(min(count, len(queue.parts)))]

    def _put_back(self, board: str, parts: Sequence[Part], now: float) -> None:
        queue = self._boards[board]
        queue.is_in_batch = False
        queue.parts.extendleft(reversed(parts))
        if parts:
            queue.skipped_since = queue.skipped_since or now
            queue.pause_until = now + SKIPPED_PAUSE_S
        else:
            queue.skipped_since, queue.pause_until = None, 0.0
            if not queue.parts:
                del self._boards[board]

    def _queue(self, board: str) -> _BoardQueue:
        queue = self._boards.get(board)
        if queue is None:
            queue = self._boards[board] = _BoardQueue()
        return queue
