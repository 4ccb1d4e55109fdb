"""From the message to the transaction and the documents: the worker's batches, with a ledger that only listens."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast
from unittest.mock import Mock
from uuid import uuid4

import asyncpg
import pytest
from faststream.rabbit.message import RabbitMessage
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from tests.eventually import eventually
from tests.unit.tracing.recorded import Recorded, context, ids, is_child, linked, trace_of

from highscores.documents.keys import DocumentKey
from highscores.domain.boards import Board
from highscores.domain.commands import DefineBoard, SubmitScore
from highscores.domain.documents import DocumentId
from highscores.tracing.spans import REQUESTS_MAX
from worker.commands.apply import BatchOutcome
from worker.delivery import batches as batches_module
from worker.delivery import control as control_module
from worker.delivery.batches import Batches
from worker.delivery.buffer import Delivery
from worker.delivery.control import Control
from worker.documents.projector import Projector
from worker.ledger.retrying_writer import RetryingWriter

DOCUMENT = DocumentKey(1, DocumentId("arcade", "all"))


class Message:
    async def ack(self) -> None:
        pass

    async def reject(self, *, requeue: bool) -> None:
        pass


class Ledger:
    """Answers each write once it has failed as often as it should."""

    def __init__(self) -> None:
        self.failures: list[Exception] = []

    async def write(self, operation: Callable[[Any, int], Awaitable[Any]]) -> Any:
        while True:
            with suppress(asyncpg.DeadlockDetectedError):
                return await operation(self, 0)

    async def buckets(self) -> int:
        return 1

    async def apply(self, *_: object, **__: object) -> BatchOutcome:
        if self.failures:
            raise self.failures.pop()
        return BatchOutcome([], [("arcade", "all")], [])


class JobNotifications:
    async def record(self, _: object) -> None:
        pass

    async def board_changed(self, _: str) -> None:
        pass


class CaughtUp(Projector):
    def __init__(self) -> None:
        super().__init__(cast(Any, None), cast(Any, None))
        self.learn(frozenset(), {DOCUMENT})

    async def catch_up(self, document: DocumentKey, *, build_missing: bool) -> bool:
        return True


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    ledger = Ledger()
    monkeypatch.setattr(batches_module, "apply_submissions", ledger.apply)
    monkeypatch.setattr(control_module, "define_board", ledger.apply)
    return ledger


@pytest.fixture
def projector() -> Projector:
    return CaughtUp()


@pytest.fixture
def batches(ledger: Ledger, projector: Projector) -> Batches:
    return Batches(cast(RetryingWriter, ledger), cast(Any, JobNotifications()), projector, cast(Any, None))


def submission(trace: str | None = None) -> SubmitScore:
    return SubmitScore(uuid4(), 0, "arcade", "alice", 1, 0, "Alice", trace=trace)


def request(recorded: Recorded) -> ReadableSpan:
    """A span that has ended elsewhere, as that which created a command."""
    count = len(recorded.spans)
    recorded.tracing._tracer.start_span(f"create {count}").end()
    return recorded.one(f"create {count}")


async def work(batches: Batches, *messages: list[SubmitScore]) -> None:

    for submissions in messages:
        batches.add(Delivery(cast(RabbitMessage, Message()), submissions))
    running = asyncio.create_task(batches.run())
    await batches.drained()
    running.cancel()


async def test_a_command_is_one_trace_down_to_its_transaction(recorded: Recorded, batches: Batches) -> None:
    create = request(recorded)
    command = submission(trace_of(create))

    await work(batches, [command])

    _, process, batch, transaction = recorded.spans
    assert recorded.names()[1:] == ["process scores", "apply batch", "apply submissions"]
    assert is_child(process, create)
    assert is_child(batch, process)
    assert is_child(transaction, batch)
    assert (process.kind, batch.kind, transaction.kind) == (SpanKind.CONSUMER, SpanKind.INTERNAL, SpanKind.CLIENT)
    assert process.attributes is not None
    assert process.attributes["highscores.job"] == str(command.job)
    assert cast(float, process.attributes["highscores.queue_seconds"]) > 0
    assert transaction.attributes == {
        "db.system.name": "postgresql",
        "db.namespace": "scores",
        "db.query.summary": "apply submissions",
        "server.address": "pg",
        "server.port": 5432,
    }


async def test_many_requests_share_a_batch_and_are_linked_with_it(recorded: Recorded, batches: Batches) -> None:
    creates = [request(recorded) for _ in range(3)]
    first, second, third = (trace_of(create) for create in creates)

    await work(batches, [submission(), submission(first), submission(second)], [submission(third)] * 20)

    processes, batch = recorded.named("process scores"), recorded.one("apply batch")
    by_trace = {context(process).trace_id: process for process in processes}
    lead, *others = [by_trace[context(create).trace_id] for create in creates]
    assert all(is_child(process, create) for process, create in zip([lead, *others], creates, strict=True))
    assert is_child(batch, lead)
    assert linked(batch) == ids(*others)
    assert [linked(process) for process in (lead, *others)] == [set(), ids(batch), ids(batch)]
    assert batch.attributes == {"highscores.batch.commands": 23, "highscores.batch.traced": 3}
    assert others[1].attributes is not None
    assert others[1].attributes["messaging.batch.message_count"] == 20


async def test_only_so_many_of_a_batch_are_traced(recorded: Recorded, batches: Batches) -> None:
    await work(batches, [submission(trace_of(request(recorded))) for _ in range(REQUESTS_MAX + 10)])

    assert len(recorded.named("process scores")) == REQUESTS_MAX
    assert len(recorded.one("apply batch").links) == REQUESTS_MAX - 1


@pytest.mark.parametrize("trace", [None, "nonsense", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"])
async def test_what_is_not_traced_has_no_spans(recorded: Recorded, batches: Batches, trace: str | None) -> None:
    await work(batches, [submission(trace)])
    assert recorded.spans == []


async def test_each_attempt_is_a_transaction_and_failures_tell_only_their_state(
    recorded: Recorded, batches: Batches, ledger: Ledger
) -> None:
    ledger.failures = [asyncpg.DeadlockDetectedError("alice")]

    await work(batches, [submission(trace_of(request(recorded)))])

    failed, done = recorded.named("apply submissions")
    assert [failed.status.status_code, done.status.status_code] == [StatusCode.ERROR, StatusCode.UNSET]
    assert failed.attributes is not None
    assert failed.attributes["error.type"] == failed.attributes["db.response.status_code"] == "40P01"
    assert not any("alice" in span.to_json() for span in recorded.spans)


async def test_the_documents_that_follow_are_in_the_trace(
    recorded: Recorded, batches: Batches, projector: Projector
) -> None:

    projecting = asyncio.create_task(projector.run())
    await work(batches, [submission(trace_of(request(recorded)))])

    async def has_caught_up() -> bool:
        return bool(recorded.named("catch up document"))

    await eventually(has_caught_up)
    projecting.cancel()
    catch_up = recorded.one("catch up document")
    assert is_child(catch_up, recorded.one("apply batch"))
    assert catch_up.attributes == {"highscores.document": "arcade:all"}


async def test_a_change_of_a_board_is_one_trace(recorded: Recorded, ledger: Ledger, projector: Projector) -> None:
    control = Control(cast(RetryingWriter, ledger), cast(Any, JobNotifications()), projector, Mock(), cast(Any, None))
    create = request(recorded)
    command = DefineBoard(uuid4(), 0, "arcade", Board(title="x"), trace_of(create))

    control.start(cast(RabbitMessage, Message()), [command])
    await control.drained()

    _, process, transaction = recorded.spans
    assert (process.name, transaction.name) == ("process control", "define-board")
    assert is_child(process, create)
    assert is_child(transaction, process)
