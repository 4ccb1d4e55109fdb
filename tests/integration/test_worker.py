"""The worker as it runs: a process of its own between RabbitMQ, PostgreSQL and both Redis."""

import asyncio
import json
import signal
import urllib.request
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, cast
from uuid import UUID, uuid4

import aio_pika
import msgspec
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests import model
from tests.eventually import eventually
from tests.integration.reading import players
from tests.integration.scenario import (
    NOON,
    apply,
    by_player,
    define,
    key_of,
    now,
    outcome_of,
    rows_of,
    scores_of,
    stored_standings,
    submission,
)
from tests.servers import PrivateStack

from highscores.documents.keys import SWEEP_LEASE, DocumentKey
from highscores.documents.store import Documents, Page
from highscores.domain.boards import Board
from highscores.domain.commands import BuildDocument, Command, DefineBoard, DeleteBoard, SubmitScore, decode, encode
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.jobs import JobState
from highscores.jobs.states import JobStates
from highscores.ledger.engine import driver_connection
from highscores.ledger.reads import find_jobs
from highscores.process.settings import RabbitmqSettings
from highscores.queue import topology
from highscores.queue.publisher import Broker
from highscores_local.ports import LOOPBACK
from worker.delivery.dead_letter_replay import send_back
from worker.delivery.dead_letters import KEEP_SQL, DeadLetter, origin_headers, read
from worker.delivery.postponement import MAX_RETURNS, RETURN_AFTER_S

pytestmark = pytest.mark.integration

FRESH_WITHIN_S = 2.0  # what the service promises of a live document
STOP_WITHIN_S = 25.0
MESSAGE_SCORES = 40
WORKER_CONNECTIONS = "application_name = 'highscores' and usename = 'highscores_writer'"


@pytest.fixture(scope="module")
def worker(stack: PrivateStack) -> Iterator[PrivateStack]:
    stack.start("worker")
    yield stack
    stack.stop("worker")


@pytest.fixture(scope="module")
async def broker(rabbitmq_settings: RabbitmqSettings) -> AsyncIterator[Broker]:
    broker = Broker(rabbitmq_settings)
    await broker.connect()
    yield broker
    await broker.close()


@pytest.fixture
async def channel(broker: Broker, rabbitmq_settings: RabbitmqSettings) -> AsyncIterator[AbstractChannel]:
    connection = await aio_pika.connect(
        host=rabbitmq_settings.host,
        port=rabbitmq_settings.port,
        login=rabbitmq_settings.user,
        password=rabbitmq_settings.password.get_secret_value(),
    )
    async with connection:
        yield await connection.channel()


async def ends(redis: Redis, commands: Sequence[Command]) -> dict[UUID, JobState]:
    """Wait until Redis knows how all of these ended."""
    jobs = [str(command.job) for command in commands]

    async def all_ended() -> dict[str, JobState] | None:
        found = await JobStates(redis).find(jobs)
        return {job: each.state for job, each in found.items()} if len(found) == len(set(jobs)) else None

    states = await eventually(all_ended)
    assert states is not None
    return {UUID(job): state for job, state in states.items()}


async def do(broker: Broker, redis: Redis, *commands: Command) -> list[JobState]:
    """Send the commands as one message to the queue where they belong, and return their ends in the same order."""
    queue = topology.SCORES if isinstance(commands[0], SubmitScore) else topology.CONTROL
    await broker.publish(queue, commands)
    states = await ends(redis, commands)
    return [states[command.job] for command in commands]


async def dead_letters(engine: AsyncEngine, body: bytes) -> list[Any]:
    """Wait until the table has this message, and return its rows."""

    async def kept() -> list[Any]:
        async with driver_connection(engine) as connection:
            rows: list[Any] = await connection.fetch("select * from dead_letters where message = $1", body)
            return rows

    rows = await eventually(kept)
    assert rows
    return rows


async def taken_from(channel: AbstractChannel, queue: topology.Queue) -> AbstractIncomingMessage:
    """Wait for a message, and take it off a queue that nobody consumes."""
    declared = await channel.get_queue(queue.name)

    async def next_one() -> AbstractIncomingMessage | None:
        return await declared.get(fail=False)

    message = await eventually(next_one)
    assert message is not None
    await message.ack()
    return message


async def send(
    channel: AbstractChannel, queue: topology.Queue, body: bytes, headers: dict[str, Any] | None = None
) -> None:
    await channel.default_exchange.publish(aio_pika.Message(body, headers=headers), queue.name)


async def set_rules(engine: AsyncEngine, board: str, rules: dict[str, Any]) -> None:
    """Put into the stored rules what another version would write."""
    async with driver_connection(engine) as connection:
        await connection.execute(
            "update boards set rules = rules || $2::jsonb where board = $1", board, json.dumps(rules)
        )


# --- From the queue to the end of the job ----------------------------------------------------------------------------


async def test_scores_end_in_rows_and_in_job_states(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x", min=-5)))
    scores = [submission(board, player, score) for player, score in (("a", 1), ("b", 5), ("a", 3), ("a", 2))]
    below = submission(board, "c", -6)

    states = await do(broker, jobs_redis, *scores, below)

    outcomes = model.outcomes(model.Rules(), scores_of(scores))
    assert {state.job: outcome_of(state, board) for state in states[:-1]} == outcomes
    assert (states[-1].status, states[-1].error and states[-1].error.status) == ("rejected", 422)
    assert await stored_standings(engine, board) == by_player(model.standings(model.Rules(), scores_of(scores)))
    assert await find_jobs(engine, [score.job for score in (*scores, below)]) == {state.job: state for state in states}


async def test_messages_that_come_again_do_nothing(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x", operator="sum")))
    scores = [submission(board, "a", 1), submission(board, "b", 2)]
    states = await do(broker, jobs_redis, *scores)

    for _ in range(3):
        await broker.publish(topology.SCORES, list(reversed(scores)))
    await do(broker, jobs_redis, submission(board, "last", 3))

    assert {row.player: row.score for row in (await stored_standings(engine, board))["all"].values()} == {
        "a": 1,
        "b": 2,
        "last": 3,
    }
    assert list((await ends(jobs_redis, scores)).values()) == states


async def test_a_poison_command_is_rejected_alone(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x", operator="sum")))
    good = [submission(board, f"p{n}", n) for n in range(6)]
    full, poison = submission(board, "rich", SCORE_LIMIT), submission(board, "rich", 1)

    states = await do(broker, jobs_redis, full, *good[:3], poison, *good[3:])

    refused = states.pop(4)
    assert {state.status for state in states} == {"done"}
    assert (refused.status, refused.error and refused.error.type) == ("rejected", "/problems/invalid-fields")
    assert len((await stored_standings(engine, board))["all"]) == 7
    assert (await find_jobs(engine, [poison.job]))[str(poison.job)] == refused


async def test_control_commands_end(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    definition = DefineBoard(uuid4(), NOON, board, Board(title="x"))
    [defined] = await do(broker, jobs_redis, definition)
    await do(broker, jobs_redis, submission(board))
    [refused] = await do(broker, jobs_redis, DefineBoard(uuid4(), NOON + 1, board, Board(title="x", order="asc")))
    [deleted] = await do(broker, jobs_redis, DeleteBoard(uuid4(), NOON + 2, board))
    [unknown] = await do(broker, jobs_redis, DeleteBoard(uuid4(), NOON + 3, f"{board}x"))

    assert (defined.status, defined.result) == ("done", {"board": board})
    assert (refused.status, refused.error and refused.error.status) == ("rejected", 409)
    assert (deleted.status, deleted.result) == ("done", {"board": board})
    assert (unknown.status, unknown.error and unknown.error.status) == ("rejected", 404)
    assert await find_jobs(engine, [definition.job]) == {defined.job: defined}


async def test_a_change_of_a_board_is_announced_before_its_job_ends(
    worker: PrivateStack, broker: Broker, jobs_redis: Redis, board: str
) -> None:
    definition = DefineBoard(uuid4(), NOON, board, Board(title="x"))
    async with jobs_redis.pubsub() as listening:
        await listening.subscribe("boards")
        await do(broker, jobs_redis, definition)

        async def announced() -> bool:
            message = await listening.get_message(ignore_subscribe_messages=True)
            return message is not None and message["data"] == board.encode()

        assert await eventually(announced, within_s=0.5)


# --- What cannot be handled -----------------------------------------------------------------------------------------

SCORE, DELETION = submission("x"), DeleteBoard(uuid4(), NOON, "y")
STRANGERS: dict[str, tuple[topology.Queue, bytes, str, list[Command]]] = {
    "garbage": (topology.SCORES, b"\xc1 not msgpack", "unreadable", []),
    "nothing in it": (topology.SCORES, msgspec.msgpack.encode([1, []]), "unreadable", []),
    "no version": (topology.CONTROL, msgspec.msgpack.encode([0, []]), "unreadable", []),
    "a board among the scores": (topology.SCORES, encode([SCORE, DELETION]), "wrong-queue", [SCORE, DELETION]),
    "a score among the boards": (topology.CONTROL, encode([DELETION, SCORE]), "wrong-queue", [DELETION, SCORE]),
}


@pytest.mark.parametrize(("queue", "body", "reason", "commands"), STRANGERS.values(), ids=STRANGERS.keys())
async def test_what_cannot_be_read_becomes_a_dead_letter_and_harms_nobody(
    worker: PrivateStack,
    broker: Broker,
    channel: AbstractChannel,
    engine: AsyncEngine,
    jobs_redis: Redis,
    board: str,
    queue: topology.Queue,
    body: bytes,
    reason: str,
    commands: list[Command],
) -> None:
    before = now()
    await send(channel, queue, body)

    [row] = await dead_letters(engine, body)

    assert (row["queue"], row["reason"], row["jobs"]) == (queue.name, reason, [command.job for command in commands])
    assert row["boards"] == sorted({command.board for command in commands})
    assert row["commands"] == sorted({command.command for command in commands})
    # RabbitMQ tells the second.
    assert before - 1_000_000 <= row["first_death_at"] <= row["moved_at"] <= now()
    [state] = await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x")))
    assert state.status == "done"


async def test_a_dead_letter_that_comes_again_is_the_same_row(
    worker: PrivateStack, broker: Broker, channel: AbstractChannel, engine: AsyncEngine
) -> None:
    body = uuid4().bytes
    headers = {"highscores-queue": "scores", "highscores-reason": "newer-version"}
    for _ in range(3):
        await send(channel, topology.DEAD_LETTERS, body, headers)
    last = uuid4().bytes
    await send(channel, topology.DEAD_LETTERS, last)

    await dead_letters(engine, last)

    [row] = await dead_letters(engine, body)
    assert (row["queue"], row["reason"]) == ("scores", "unreadable")
    assert await broker.depth(topology.DEAD_LETTERS) == 0


async def test_a_dead_letter_is_replayed_by_a_person(
    worker: PrivateStack, broker: Broker, channel: AbstractChannel, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    definition = DefineBoard(uuid4(), NOON, board, Board(title="x"))
    body = encode([definition])
    await send(channel, topology.DEAD_LETTERS, body, {"highscores-queue": "control", "highscores-reason": "failed"})
    [row] = await dead_letters(engine, body)
    assert (row["reason"], row["jobs"], row["boards"]) == ("failed", [definition.job], [board])

    async with driver_connection(engine) as connection:
        await send_back(connection, broker, row["id"])
        with pytest.raises(ValueError, match="no such dead letter"):
            await send_back(connection, broker, row["id"])

    assert (await ends(jobs_redis, [definition]))[definition.job].status == "done"


async def test_a_dead_letter_that_dies_again_before_its_row_is_deleted_stays(engine: AsyncEngine, board: str) -> None:
    body = encode([DefineBoard(uuid4(), NOON, board, Board(title="x"))])
    letter = read(body, origin_headers(topology.CONTROL, "failed"))

    class FailingAtOnce:
        async def publish_body(self, *_: object) -> None:
            await keep(engine, letter)

    await keep(engine, letter)
    async with driver_connection(engine) as connection:
        await send_back(connection, cast(Broker, FailingAtOnce()), letter.id)

        assert await connection.fetchval("select count(*) from dead_letters where id = $1", letter.id) == 1


async def keep(engine: AsyncEngine, letter: DeadLetter) -> None:
    async with driver_connection(engine) as connection:
        await connection.execute(KEEP_SQL, *letter[:3], letter.first_death_at or now(), now(), *letter[4:])


# --- Beside another version ------------------------------------------------------------------------------------------


def of_newer(*commands: Command) -> tuple[bytes, bytes]:
    """Return a message that holds these commands and one of an unknown kind, and a message with that one alone."""
    unknown = ["retract-score", uuid4().bytes, NOON, "x"]
    version, rows = msgspec.msgpack.decode(encode(list(commands))) if commands else (1, [])
    return msgspec.msgpack.encode([version, [unknown, *rows]]), msgspec.msgpack.encode([version, [unknown]])


async def test_an_unknown_command_waits_for_a_newer_worker_and_the_known_ones_do_not(
    worker: PrivateStack, broker: Broker, channel: AbstractChannel, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x", operator="sum")))
    scores = [submission(board, "a", 1), submission(board, "b", 2)]
    message, rest = of_newer(*scores)

    await send(channel, topology.SCORES, message, {"highscores-returns": 3})

    assert {state.status for state in (await ends(jobs_redis, scores)).values()} == {"done"}
    waiting = await taken_from(channel, topology.SCORES_LATER)
    assert (waiting.body, waiting.headers["highscores-returns"], waiting.expiration) == (rest, 4, RETURN_AFTER_S)
    assert waiting.delivery_mode == aio_pika.DeliveryMode.PERSISTENT
    standings = (await stored_standings(engine, board))["all"]
    assert {row.player: row.score for row in standings.values()} == {"a": 1, "b": 2}


async def test_what_no_newer_worker_came_for_is_a_dead_letter(
    worker: PrivateStack, channel: AbstractChannel, engine: AsyncEngine
) -> None:
    body, _ = of_newer()
    newer = msgspec.msgpack.encode([99, [str(uuid4())]])
    for queue, message in ((topology.CONTROL, body), (topology.SCORES, newer)):
        await send(channel, queue, message, {"highscores-returns": MAX_RETURNS})

        [row] = await dead_letters(engine, message)

        assert (row["queue"], row["reason"], row["jobs"]) == (queue.name, "newer-version", [])


async def test_scores_go_on_when_a_newer_version_has_written_the_rules(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x", min=2)))
    await set_rules(engine, board, {"max_submissions": 5, "ranks": "dense", "periods": ["hour", "day"], "submit": "x"})

    done, below = await do(broker, jobs_redis, submission(board, "a", 3), submission(board, "a", 1))

    assert (done.status, below.status) == ("done", "rejected")
    assert set(await stored_standings(engine, board)) == {"all", "2026-11-01"}


async def test_scores_of_an_unreadable_board_wait_alone(
    worker: PrivateStack, broker: Broker, channel: AbstractChannel, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    unreadable = f"{board}-median"
    for each in (board, unreadable):
        await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, each, Board(title="x")))
    await set_rules(engine, unreadable, {"operator": "median"})
    scores = [submission(unreadable, "a", 1), submission(board, "b", 2), submission(unreadable, "c", 3)]

    await broker.publish(topology.SCORES, scores)

    assert (await ends(jobs_redis, scores[1:2]))[scores[1].job].status == "done"
    waiting = await taken_from(channel, topology.SCORES_LATER)
    assert decode(waiting.body).commands == [scores[0], scores[2]]
    assert await find_jobs(engine, [scores[0].job, scores[2].job]) == {}
    await set_rules(engine, unreadable, {"operator": "best"})
    await send(channel, topology.SCORES, waiting.body)
    assert {state.status for state in (await ends(jobs_redis, scores)).values()} == {"done"}


async def test_a_change_of_an_unreadable_board_waits_and_its_deletion_does_not(
    worker: PrivateStack, broker: Broker, channel: AbstractChannel, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x")))
    await set_rules(engine, board, {"operator": "median"})
    change = DefineBoard(uuid4(), NOON + 1, board, Board(title="y"))

    await broker.publish(topology.CONTROL, [change])

    assert decode((await taken_from(channel, topology.CONTROL_LATER)).body).commands == [change]
    [deleted] = await do(broker, jobs_redis, DeleteBoard(uuid4(), NOON + 2, board))
    assert deleted.status == "done"


# --- Documents -------------------------------------------------------------------------------------------------------


async def shows(documents: Documents, document: DocumentKey, *expected: str) -> None:
    """Wait, for as long as the service may take, until the document has these players."""

    async def has_them() -> bool:
        page: Page | None = await documents.page(document, 100)
        return page is not None and players(page) == list(expected)

    await eventually(has_them, within_s=FRESH_WITHIN_S)


@pytest.fixture
async def no_sweep(documents_redis: Redis) -> AsyncIterator[None]:
    """Holds the lease that a sweep needs, so that what follows is not its doing."""
    await documents_redis.set(SWEEP_LEASE, "a test's")
    yield
    await documents_redis.delete(SWEEP_LEASE)


async def test_a_document_is_built_on_demand_and_follows_what_is_applied(
    worker: PrivateStack,
    no_sweep: None,
    broker: Broker,
    engine: AsyncEngine,
    jobs_redis: Redis,
    documents_redis: Redis,
    board: str,
) -> None:
    documents = Documents(documents_redis)
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x")))
    document = await key_of(engine, board)
    await do(broker, jobs_redis, submission(board, "a", 1))

    [built] = await do(broker, jobs_redis, BuildDocument(uuid4(), NOON, board, "all"))

    assert (built.command, built.status, built.result) == ("build-document", "done", {"document": f"{board}:all"})
    await shows(documents, document, "a")
    await do(broker, jobs_redis, submission(board, "b", 2))
    await shows(documents, document, "b", "a")


async def test_the_sweep_finds_what_the_worker_missed(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, documents_redis: Redis, board: str
) -> None:
    documents = Documents(documents_redis)
    await define(engine, board, Board(title="x"))
    document = await key_of(engine, board)
    await do(broker, jobs_redis, submission(board, "seen", 2))
    await do(broker, jobs_redis, BuildDocument(uuid4(), NOON, board, "all"))

    await apply(engine, submission(board, "unseen", 1))

    await shows(documents, document, "seen", "unseen")


async def test_a_document_of_an_unknown_board_is_rejected(
    worker: PrivateStack, broker: Broker, jobs_redis: Redis, board: str
) -> None:
    [state] = await do(broker, jobs_redis, BuildDocument(uuid4(), NOON, board, "all"))
    assert (state.status, state.result) == ("rejected", None)
    assert state.error is not None
    assert state.error.type == "/problems/unknown-board"
    assert board in state.error.detail


async def test_a_deleted_board_takes_its_documents_with_it(
    worker: PrivateStack,
    no_sweep: None,
    broker: Broker,
    engine: AsyncEngine,
    jobs_redis: Redis,
    documents_redis: Redis,
    board: str,
) -> None:
    documents = Documents(documents_redis)
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x")))
    document = await key_of(engine, board)
    await do(broker, jobs_redis, submission(board, "a", 1))
    await do(broker, jobs_redis, BuildDocument(uuid4(), NOON, board, "all"))
    assert await documents.page(document, 1) is not None

    await do(broker, jobs_redis, DeleteBoard(uuid4(), NOON + 1, board))

    async def is_gone() -> bool:
        return await documents.page(document, 1) is None and document not in await documents.alive()

    await eventually(is_gone, within_s=FRESH_WITHIN_S)


# --- Life ------------------------------------------------------------------------------------------------------------


async def test_a_worker_whose_connections_died_goes_on(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, documents_redis: Redis, board: str
) -> None:
    """As after a restart of PostgreSQL: for scores, for boards and for documents."""
    documents = Documents(documents_redis)
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x")))
    document = await key_of(engine, board)
    await do(broker, jobs_redis, submission(board, "a", 1))
    await do(broker, jobs_redis, BuildDocument(uuid4(), NOON, board, "all"))
    async with driver_connection(engine) as connection:
        await connection.execute(f"select pg_terminate_backend(pid) from pg_stat_activity where {WORKER_CONNECTIONS}")

    await do(broker, jobs_redis, submission(board, "b", 2))
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON + 1, board, Board(title="y")))

    await shows(documents, document, "b", "a")


async def test_sigterm_in_the_middle_of_work_loses_nothing(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x", operator="sum")))
    messages = [[submission(board, f"p{n % 50}", 1) for n in range(MESSAGE_SCORES)] for _ in range(150)]
    scores = [score for message in messages for score in message]

    async def applied() -> int:
        async with driver_connection(engine) as connection:
            return await rows_of(connection, "submissions", board)

    sending = asyncio.gather(*(broker.publish(topology.SCORES, message) for message in messages))
    await eventually(applied)
    process = worker.runner.running["worker"]
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait, STOP_WITHIN_S)
    await sending
    done = await applied()

    async def rest_waits() -> bool:
        return done + MESSAGE_SCORES * await broker.depth(topology.SCORES) == len(scores)

    assert process.returncode == 0
    assert 0 < done < len(scores)
    await eventually(rest_waits)  # what had been applied was acknowledged, and nothing else
    worker.stop("worker")
    worker.start("worker")

    async def all_applied() -> bool:
        return await applied() == len(scores)

    await eventually(all_applied)
    assert await stored_standings(engine, board) == by_player(
        model.standings(model.Rules(operator="sum"), scores_of(scores))
    )
    assert {state.status for state in (await ends(jobs_redis, scores[::100])).values()} == {"done"}


def metric(worker: PrivateStack, name: str) -> float:
    """A metric without labels, as the worker tells it."""
    with urllib.request.urlopen(f"http://{LOOPBACK}:{worker.ports.worker_health}/metrics", timeout=5) as answer:
        [line] = [line for line in answer.read().decode().splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


async def test_sigterm_waits_for_what_has_been_delivered(
    worker: PrivateStack, broker: Broker, engine: AsyncEngine, jobs_redis: Redis, board: str
) -> None:
    await do(broker, jobs_redis, DefineBoard(uuid4(), NOON, board, Board(title="x")))
    messages = [[submission(board, f"p{n}") for n in range(MESSAGE_SCORES)] for _ in range(20)]
    process = worker.runner.running["worker"]

    async def all_are_with_the_worker() -> bool:
        return await asyncio.to_thread(metric, worker, "highscores_buffered_messages") == len(messages)

    async def is_draining() -> bool:
        return await asyncio.to_thread(worker.programs["worker"].check) is not None

    async with driver_connection(engine) as connection:
        async with connection.transaction():  # which the worker has to wait for
            await connection.execute("select from boards where board = $1 for update", board)
            for message in messages:
                await broker.publish(topology.SCORES, message)
            await eventually(all_are_with_the_worker)
            process.send_signal(signal.SIGTERM)
            await eventually(is_draining)
        await asyncio.to_thread(process.wait, STOP_WITHIN_S)
        applied = await rows_of(connection, "submissions", board)
    worker.stop("worker")
    worker.start("worker")

    assert process.returncode == 0
    assert applied == len(messages) * MESSAGE_SCORES
    assert await broker.depth(topology.SCORES) == 0
