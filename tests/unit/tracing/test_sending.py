"""From the request into the message: post_score in process, with the real way into the queue."""

import asyncio
from typing import cast

import pytest
from opentelemetry.trace import SpanKind, StatusCode
from tests.asgi import Reply, ask
from tests.eventually import eventually
from tests.unit.post_score.service import ServiceUnderTest
from tests.unit.tracing.channel import ConnectedBroker, KeepingChannel
from tests.unit.tracing.recorded import TRACEPARENT, UNSAMPLED, Recorded, ids, is_child, linked, trace_of

from highscores import tracing
from highscores.web.edge import Edge

SECRETS = {"player": "alice", "name": "Alice Liddell", "metadata": {"diary": "rabbit-hole"}}


@pytest.fixture
def channel() -> KeepingChannel:
    return KeepingChannel()


@pytest.fixture
def service(channel: KeepingChannel, monkeypatch: pytest.MonkeyPatch) -> ServiceUnderTest:
    service = ServiceUnderTest()
    monkeypatch.setattr(service.broker, "publish", ConnectedBroker(channel).publish)
    return service


async def post(service: ServiceUnderTest, path: str, body: object, **headers: str) -> Reply:
    return await ask(cast(Edge, tracing.active().traced(service.app)), "POST", path, body, headers, "submit")


def score(player: str = "alice") -> dict[str, object]:
    return {"board": "arcade", **SECRETS, "player": player, "score": 7}


async def test_a_score_is_one_trace_up_to_its_confirm(
    recorded: Recorded, service: ServiceUnderTest, channel: KeepingChannel
) -> None:
    reply = await post(service, "/v1/scores", score(), traceparent=TRACEPARENT)

    request, create, send = recorded.spans
    assert [span.name for span in recorded.spans] == ["POST /v1/scores", "create scores", "send scores"]
    assert is_child(create, request)
    assert is_child(send, create)
    assert (create.kind, send.kind) == (SpanKind.PRODUCER, SpanKind.CLIENT)
    assert [[command.trace for command in message] for message in channel.messages] == [[trace_of(create)]]
    assert create.attributes == {
        "messaging.system": "rabbitmq",
        "messaging.destination.name": "scores",
        "messaging.operation.name": "create",
        "messaging.operation.type": "create",
        "messaging.message.id": reply.json()["job"],
        "server.address": "mq",
        "server.port": 5672,
        "highscores.board": "arcade",
        "highscores.job": reply.json()["job"],
        "highscores.command": "submit-score",
    }


async def test_what_shares_a_message_shares_its_sending(
    recorded: Recorded, service: ServiceUnderTest, channel: KeepingChannel
) -> None:
    channel.gate.clear()
    alone = asyncio.create_task(post(service, "/v1/scores", score("first")))

    async def is_at_it() -> bool:
        return bool(channel.bodies)

    await eventually(is_at_it)
    together = [asyncio.create_task(post(service, "/v1/scores", score(player))) for player in "abc"]
    together.append(asyncio.create_task(post(service, "/v1/scores", score("d"), traceparent=UNSAMPLED)))
    await asyncio.sleep(0.05)  # nothing tells from outside that they wait
    channel.gate.set()
    await asyncio.gather(alone, *together)

    _, *creates = recorded.named("create scores")
    _, send = recorded.named("send scores")
    assert [command.trace for command in channel.messages[1]] == [*(trace_of(create) for create in creates), None]
    assert is_child(send, creates[0])
    assert linked(send) == ids(*creates[1:])
    assert send.attributes is not None
    assert send.attributes["messaging.batch.message_count"] == 4


async def test_a_batch_is_one_message_created_by_its_sending(
    recorded: Recorded, service: ServiceUnderTest, channel: KeepingChannel
) -> None:
    await post(service, "/v1/scores/batch", {"scores": [score("a"), score("b")]})

    request, send = recorded.spans
    assert (request.name, send.name, send.kind) == ("POST /v1/scores/batch", "send scores", SpanKind.PRODUCER)
    assert is_child(send, request)
    assert [command.trace for command in channel.messages[0]] == [trace_of(send)] * 2


async def test_who_is_not_traced_costs_the_message_nothing(
    recorded: Recorded, service: ServiceUnderTest, channel: KeepingChannel
) -> None:
    for path, body in (("/v1/scores", score()), ("/v1/scores/batch", {"scores": [score()]})):
        await post(service, path, body, traceparent=UNSAMPLED)

    assert recorded.spans == []
    assert [[command.trace for command in message] for message in channel.messages] == [[None], [None]]


async def test_what_is_sent_after_a_traced_message_is_not_taken_for_a_part_of_it(
    recorded: Recorded, service: ServiceUnderTest, channel: KeepingChannel
) -> None:
    channel.gate.clear()
    traced = asyncio.create_task(post(service, "/v1/scores", score("first")))

    async def is_at_it() -> bool:
        return bool(channel.bodies)

    await eventually(is_at_it)
    untraced = asyncio.create_task(post(service, "/v1/scores", score("second"), traceparent=UNSAMPLED))
    await asyncio.sleep(0.05)  # nothing tells from outside that it waits
    channel.gate.set()
    await asyncio.gather(traced, untraced)

    assert [command.trace for command in channel.messages[1]] == [None]
    assert recorded.names() == ["POST /v1/scores", "create scores", "send scores"]


async def test_a_message_that_is_not_confirmed_is_a_fault(
    recorded: Recorded, service: ServiceUnderTest, channel: KeepingChannel
) -> None:
    channel.error = TimeoutError()
    assert (await post(service, "/v1/scores", score())).status == 503

    assert [span.status.status_code for span in recorded.spans] == [StatusCode.ERROR] * 3
    send = recorded.one("send scores")
    assert send.attributes is not None
    assert send.attributes["error.type"] == "UnconfirmedError"


async def test_nothing_that_a_client_keeps_private_is_in_a_span(recorded: Recorded, service: ServiceUnderTest) -> None:
    await post(service, "/v1/scores", score(), **{"idempotency-key": "my-key"})
    await post(service, "/v1/scores/batch", {"scores": [score()]}, **{"idempotency-key": "my-key-2"})

    told = "".join(span.to_json() for span in recorded.spans)
    assert len(recorded.spans) == 5
    for private in ("alice", "Alice", "rabbit-hole", "my-key", 'submit"', "id-of-submit"):
        assert private not in told
