"""Documents that earlier versions have left in Redis are read and brought forward; see `tests.compatibility`."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.compatibility.documents import document_samples, every_key, forget, meaning
from tests.compatibility.record import DOCUMENTS, versions
from tests.integration.reading import whole

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import FORMAT, LIVE_DOCUMENTS, DocumentKey
from highscores.documents.store import Documents
from highscores.ledger.engine import driver_connection

pytestmark = pytest.mark.integration

LINE = '+new\t-7\t0000000000000a0f7b6f639f5e8d3aa1b2c3d4e5f60718:"player":"new","score":7}\n'


def load(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / f"{DOCUMENTS}.json").read_text(encoding="utf-8"))
    return found


RECORDED = {folder.name: load(folder) for folder in versions()}
SHARED = {name: sample for name, sample in RECORDED.items() if sample["format"] == FORMAT}
CASES = [
    pytest.param(sample, id=f"{name}: {case}")
    for name, recorded in SHARED.items()
    for case, sample in recorded["documents"].items()
]


@pytest.fixture
def documents(documents_redis: Redis) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
async def stored(documents_redis: Redis, sample: dict[str, Any]) -> AsyncIterator[DocumentKey]:
    """The document of the sample, put into Redis as it was there."""
    document = DocumentKey.parse(sample["document"])
    (rank, members), (player, values), (meta, facts) = sample["rank"], sample["player"], sample["meta"]
    if members:
        await documents_redis.zadd(rank, members)
        await documents_redis.hset(player, mapping=values)
    await documents_redis.hset(meta, mapping=facts)
    yield document
    await forget(documents_redis, {rank, player, meta, *every_key(document)})


async def test_the_newest_samples_are_what_this_version_writes(engine: AsyncEngine, documents_redis: Redis) -> None:
    """If not, the form of documents has changed: it takes another FORMAT, once a version has been released."""
    async with driver_connection(engine) as connection:
        written = await document_samples(connection, documents_redis)
    assert written == RECORDED[versions()[-1].name]


@pytest.mark.parametrize("sample", CASES)
async def test_a_document_is_read(documents: Documents, stored: DocumentKey, sample: dict[str, Any]) -> None:
    assert await meaning(documents, stored, sample["new"]) == sample["means"]


@pytest.mark.parametrize("sample", CASES)
async def test_a_document_of_which_more_is_known_is_read(
    documents: Documents, documents_redis: Redis, stored: DocumentKey, sample: dict[str, Any]
) -> None:
    await documents_redis.hset(sample["meta"][0], "of-tomorrow", "1")
    assert await meaning(documents, stored, sample["new"]) == sample["means"]


@pytest.mark.parametrize("sample", CASES)
async def test_a_document_is_brought_forward(documents: Documents, stored: DocumentKey, sample: dict[str, Any]) -> None:
    known = sample["means"]
    to = Checkpoint(Checkpoint.parse(known["checkpoint"]).version + 1)

    assert await documents.apply(
        stored,
        new=sample["new"],
        generation=known["generation"],
        at=Checkpoint.parse(known["checkpoint"]),
        to=to,
        version=to.version,
        lines=LINE,
    )
    if sample["new"]:
        assert await documents.publish(stored, over=None)

    players = [entry.player for entry in await whole(documents, stored)]
    assert sorted(players) == sorted([*sample["player"][1], "new"])
    assert await documents.versions([stored]) == [to.version]


@pytest.mark.parametrize("recorded", SHARED.values(), ids=SHARED.keys())
async def test_the_list_of_live_documents_is_read(
    documents: Documents, documents_redis: Redis, recorded: dict[str, Any]
) -> None:
    live = recorded["live"]
    await documents_redis.sadd(live["key"], *live["members"])
    try:
        assert {DocumentKey.parse(member) for member in live["members"]} <= await documents.alive()
    finally:
        await documents_redis.srem(live["key"], *live["members"])


def test_documents_of_another_form_have_keys_of_their_own() -> None:
    """Neither version can take those of the other for its own."""
    for recorded in RECORDED.values():
        for sample in recorded["documents"].values():
            keys = {sample[part][0] for part in ("rank", "player", "meta")}
            is_shared = keys <= set(every_key(DocumentKey.parse(sample["document"])))
            assert is_shared == (recorded["format"] == FORMAT)
        assert (recorded["live"]["key"] == LIVE_DOCUMENTS) == (recorded["format"] == FORMAT)
