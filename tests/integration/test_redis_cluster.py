"""Documents on a real Redis Cluster: the scenarios of a single Redis, and what only several nodes can do to them."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.eventually import eventually
from tests.integration.document_library.rows import BOARD_NUMBER, advance, build, ladder
from tests.integration.document_library.test_loss import test_the_functions_come_back_after_a_loss  # noqa: F401
from tests.integration.document_library.test_publication import (  # noqa: F401
    test_a_builder_that_was_slower_does_not_take_the_version_back,
    test_a_new_document_replaces_the_old_one_whole,
)
from tests.integration.document_library.test_writes import (  # noqa: F401
    test_a_write_that_comes_again_does_nothing,
    test_many_rows_at_once,
)
from tests.integration.reading import whole
from tests.integration.scenario import apply, define, key_of, submission
from tests.integration.test_catch_up import (  # noqa: F401  # the same again, with the fixtures of this module
    end,
    test_a_document_built_during_a_sweep_stays_on_the_list,
    test_builders_at_once_make_one_document,
    test_everything_comes_back_after_a_flush,
    test_the_documents_of_a_deleted_board_go,
    test_versions_never_fall_while_builders_race,
)
from tests.redis_cluster import NODES, PASSWORD, REPLICATED, SHARES, PrivateCluster, private_cluster

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import SWEEP_LEASE, DocumentKey, meta_key
from highscores.documents.store import Documents
from highscores.domain.boards import Board
from highscores.domain.documents import DocumentId
from highscores.process.settings import DocumentsRedisSettings
from highscores.redis.cluster import Cluster
from highscores.redis.connection import MAX_CONNECTIONS, RedisError, create_documents_redis
from highscores_local.ports import LOOPBACK
from worker.documents.projector import Projector
from worker.documents.sweeper import Sweeper

pytestmark = pytest.mark.integration

PER_NODE = 5
READERS = 4 * MAX_CONNECTIONS
ANSWER_MAX_S = 2.0  # of the 3 s that a request may take (promise P6)
FAILS_OVER_WITHIN_S = 20.0
ALONE = 1  # a primary without a replica, and without the keys that are one for all documents


@pytest.fixture(scope="module")
def cluster() -> Iterator[PrivateCluster]:
    with private_cluster() as made:
        yield made


@pytest.fixture(scope="module")
async def documents_redis(cluster: PrivateCluster) -> AsyncIterator[Cluster]:
    settings = DocumentsRedisSettings(host=LOOPBACK, port=cluster.ports[0], password=SecretStr(PASSWORD), cluster=True)
    redis = create_documents_redis(settings)
    assert isinstance(redis, Cluster)
    yield redis
    await redis.aclose()


@pytest.fixture
def documents(documents_redis: Cluster) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
def projector(engine: AsyncEngine, documents: Documents) -> Projector:
    return Projector(engine, documents)


@pytest.fixture
def document(board: str) -> DocumentKey:
    return DocumentKey(BOARD_NUMBER, DocumentId(board, "all"))


@pytest.fixture
async def spread(engine: AsyncEngine, cluster: PrivateCluster) -> list[list[DocumentKey]]:
    """Documents of boards that have just been defined, PER_NODE on each primary."""
    found: list[list[DocumentKey]] = [[] for _ in SHARES]
    while any(len(share) < PER_NODE for share in found):
        board = f"test-{uuid4().hex}"
        await define(engine, board, Board(title="x"))
        document = await key_of(engine, board)
        share = found[cluster.node_of(meta_key(document))]
        if len(share) < PER_NODE:
            share.append(document)
    return found


def every(spread: list[list[DocumentKey]]) -> list[DocumentKey]:
    return [document for share in spread for document in share]


async def readable(documents: Documents, *wanted: DocumentKey) -> bool:
    try:
        return all([await documents.page(document, 1) for document in wanted])
    except RedisError:
        return False


async def test_documents_of_all_nodes_are_told_by_one_question(
    documents: Documents, spread: list[list[DocumentKey]]
) -> None:
    for version, document in enumerate(every(spread), 1):
        await build(documents, document, ladder(2), version=version)

    found = await documents.versions([*every(spread), DocumentKey(BOARD_NUMBER, DocumentId("nobody", "all"))])

    assert found == [*range(1, len(SHARES) * PER_NODE + 1), None]
    assert set(every(spread)) <= await documents.alive()


async def test_a_call_is_sent_once(cluster: PrivateCluster, documents: Documents, document: DocumentKey) -> None:
    """redis-py would ask a server first which of the arguments are keys, and send it all of them for that."""
    await build(documents, document, ladder(2))

    await documents.page(document, 5)

    for node in range(len(SHARES)):
        assert not any("getkeys" in name for name in cluster.ask(node, "INFO", "commandstats"))


async def test_more_readers_than_connections_wait_for_one(
    cluster: PrivateCluster, documents: Documents, document: DocumentKey
) -> None:
    await build(documents, document, ladder(2))

    pages = await asyncio.gather(*(documents.page(document, 1) for _ in range(READERS)))

    assert all(pages)
    node = cluster.node_of(meta_key(document))
    assert cluster.ask(node, "INFO", "clients")["connected_clients"] <= 2 * MAX_CONNECTIONS


async def test_a_node_that_lost_the_functions_gets_them_back(
    cluster: PrivateCluster, documents: Documents, spread: list[list[DocumentKey]]
) -> None:
    for document in every(spread):
        await build(documents, document, ladder(2))
    cluster.ask(ALONE, "FUNCTION FLUSH")

    assert await readable(documents, *every(spread))


async def test_a_sweep_brings_documents_of_all_nodes_forward(
    engine: AsyncEngine,
    documents: Documents,
    documents_redis: Cluster,
    projector: Projector,
    spread: list[list[DocumentKey]],
) -> None:
    await apply(engine, *[submission(document.document.board, "bob") for document in every(spread)])
    for document in every(spread):
        await projector.catch_up(document, build_missing=True)
    await apply(engine, *[submission(document.document.board, "alice") for document in every(spread)])
    await documents_redis.delete(SWEEP_LEASE)
    running = asyncio.create_task(projector.run())

    await Sweeper(engine, documents_redis, documents, projector).sweep()

    async def all_show_alice() -> bool:
        return all([len(await whole(documents, document)) == 2 for document in every(spread)])

    await eventually(all_show_alice)
    await end(running)


async def test_a_slot_that_moves_is_followed(
    cluster: PrivateCluster, documents: Documents, documents_redis: Cluster, spread: list[list[DocumentKey]]
) -> None:
    """Its keys are first here, then there while the slot is still here (ASK), then all of it there (MOVED)."""
    document = spread[0][0]
    position = await build(documents, document, ladder(3))
    slot = documents_redis.keyslot(meta_key(document))
    here, there = cluster.ask(0, "CLUSTER MYID"), cluster.ask(ALONE, "CLUSTER MYID")
    cluster.ask(ALONE, "FUNCTION FLUSH")
    cluster.ask(ALONE, "CLUSTER SETSLOT", slot, "IMPORTING", here)
    cluster.ask(0, "CLUSTER SETSLOT", slot, "MIGRATING", there)
    keys = cluster.ask(0, "CLUSTER GETKEYSINSLOT", slot, 100)
    cluster.ask(0, "MIGRATE", LOOPBACK, cluster.ports[ALONE], "", 0, 5_000, "AUTH", PASSWORD, "KEYS", *keys)

    assert await readable(documents, document)
    assert await documents.versions([document]) == [1]

    for node in (ALONE, 0, REPLICATED):
        cluster.ask(node, "CLUSTER SETSLOT", slot, "NODE", there)
    assert await documents.versions([document]) == [1]
    assert await advance(documents, document, position, Checkpoint(2), [])
    assert len(await whole(documents, document)) == 3


async def test_a_node_that_hangs_is_no_trouble_to_documents_elsewhere(
    engine: AsyncEngine,
    cluster: PrivateCluster,
    documents: Documents,
    documents_redis: Cluster,
    projector: Projector,
    spread: list[list[DocumentKey]],
) -> None:
    await apply(engine, *[submission(document.document.board, "bob") for document in every(spread)])
    for document in every(spread):
        await projector.catch_up(document, build_missing=True)
    await apply(engine, *[submission(document.document.board, "alice") for document in every(spread)])
    await documents_redis.delete(SWEEP_LEASE)
    lost = spread.pop(ALONE)
    cluster.runner.signal(cluster.programs[ALONE], signal.SIGSTOP)
    running = asyncio.create_task(projector.run())
    try:
        began = time.monotonic()
        answers = await asyncio.gather(
            *(documents.page(document, 1) for document in [*every(spread), *lost]), return_exceptions=True
        )
        took = time.monotonic() - began
        await Sweeper(engine, documents_redis, documents, projector).sweep()

        async def others_show_alice() -> bool:
            return all([len(await whole(documents, document)) == 2 for document in every(spread)])

        await eventually(others_show_alice)
        known = await documents.known_progress([*every(spread), *lost])
        with pytest.raises(RedisError):
            await documents.versions(lost)
    finally:
        cluster.runner.signal(cluster.programs[ALONE], signal.SIGCONT)
        await end(running)

    assert not any(isinstance(answer, Exception) for answer in answers[: len(every(spread))])
    assert all(isinstance(answer, RedisError) for answer in answers[len(every(spread)) :])
    assert took < ANSWER_MAX_S
    assert set(known) == set(every(spread))
    await eventually(lambda: readable(documents, *lost))


async def test_a_primary_that_dies_is_followed_by_its_replica_and_comes_back(
    cluster: PrivateCluster, documents: Documents, spread: list[list[DocumentKey]]
) -> None:
    """Nobody but the client is told; no answer takes longer than a request may, and documents are as they were."""
    for document in every(spread):
        await build(documents, document, ladder(3), version=4)
    moved = spread[REPLICATED]
    cluster.ask(REPLICATED, "WAIT", 1, 5_000)
    slowest = 0.0

    async def are_back() -> bool:
        nonlocal slowest
        for document in every(spread):
            began = time.monotonic()
            answered = await readable(documents, document)
            slowest = max(slowest, time.monotonic() - began)
            if not answered:
                return False
        return True

    cluster.kill(REPLICATED)
    await eventually(are_back, within_s=FAILS_OVER_WITHIN_S)

    assert slowest < ANSWER_MAX_S
    assert await documents.versions(moved) == [4] * PER_NODE
    assert [len(await whole(documents, document)) for document in every(spread)] == [3] * len(every(spread))
    cluster.restart(REPLICATED)

    async def is_replica() -> bool:
        state = cluster.ask(REPLICATED, "INFO", "replication")
        return (state["role"], state.get("master_link_status")) == ("slave", "up")

    await eventually(is_replica, within_s=FAILS_OVER_WITHIN_S)
    cluster.kill(NODES - 1)
    await eventually(are_back, within_s=FAILS_OVER_WITHIN_S)
    assert await documents.versions(moved) == [4] * PER_NODE
