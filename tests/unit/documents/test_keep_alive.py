"""What is read is kept alive beside the reads: all of it together, seldom, and never at their cost."""

import asyncio
from collections.abc import Collection
from typing import Any, cast

import pytest
from prometheus_client import REGISTRY

from highscores.documents import keep_alive
from highscores.documents.keep_alive import INTERVAL_S, KeepAlive
from highscores.documents.keys import DocumentKey
from highscores.domain.documents import DocumentId
from highscores.redis.connection import RedisError


def document(number: int) -> DocumentKey:
    return DocumentKey(number, DocumentId("arcade", "all"))


class FakeLiveDocuments:
    def __init__(self) -> None:
        self.added: list[set[DocumentKey]] = []
        self.down = False

    async def add(self, documents: Collection[DocumentKey]) -> None:
        await asyncio.sleep(0)
        if self.down:
            raise RedisError
        self.added.append(set(documents))


class Subject:
    def __init__(self) -> None:
        self.live = FakeLiveDocuments()
        self.extended: list[set[DocumentKey]] = []
        self.now = 100.0
        self.keep_alive = KeepAlive(cast(Any, self.live), self._extend, lambda: self.now)

    async def _extend(self, documents: Collection[DocumentKey]) -> None:
        self.extended.append(set(documents))

    async def read(self, *numbers: int, expires_soon: bool = False) -> None:
        for number in numbers:
            self.keep_alive.note(document(number), expires_soon=expires_soon)
        for _ in range(5):
            await asyncio.sleep(0)


@pytest.fixture
def subject() -> Subject:
    return Subject()


async def test_many_reads_are_one_write_each_interval(subject: Subject) -> None:
    for _ in range(100):
        await subject.read(1, 2, 3)
    assert len(subject.live.added) == 1

    subject.now += INTERVAL_S
    await subject.read(4)

    assert subject.live.added[1:] == [{document(1), document(2), document(3), document(4)}]


async def test_only_what_expires_soon_is_extended(subject: Subject) -> None:
    subject.keep_alive.note(document(1), expires_soon=True)
    await subject.read(2)
    assert subject.live.added == [{document(1), document(2)}]
    assert subject.extended == [{document(1)}]


async def test_a_failure_is_counted_and_harms_nobody(subject: Subject) -> None:
    def failures() -> float:
        return REGISTRY.get_sample_value("highscores_document_keep_alive_failures_total") or 0.0

    before = failures()
    subject.live.down = True

    await subject.read(1, expires_soon=True)

    assert failures() == before + 1
    assert subject.extended == []


async def test_what_is_noted_is_bounded(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keep_alive, "NOTED_MAX", 2)
    await subject.read(1)
    await subject.read(2, 3, 4)
    subject.now += INTERVAL_S

    await subject.read(5)

    assert subject.live.added == [{document(1)}, {document(2), document(3)}]
