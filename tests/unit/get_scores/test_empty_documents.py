"""Documents without a standing: what is said of them while PostgreSQL does not answer."""

import asyncio
from typing import Any, cast

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from get_scores.empty_documents import EmptyDocuments
from highscores.documents.keys import DocumentKey
from highscores.domain.documents import DocumentId
from highscores.ledger import query_deadline, reads

DOCUMENT = DocumentKey(1, DocumentId("arcade", "all"))
ANSWERED_WITHIN_S = 1.0


async def test_a_reader_does_not_wait_for_a_postgresql_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(*_: Any) -> int:
        return await asyncio.Event().wait()

    monkeypatch.setattr(reads, "find_empty_version", hang)
    monkeypatch.setattr(query_deadline, "ANSWER_LIMIT_S", 0.01)

    version = await asyncio.wait_for(
        EmptyDocuments(cast(AsyncEngine, None)).version(0, DOCUMENT), timeout=ANSWERED_WITHIN_S
    )

    assert version is None


async def test_the_version_of_an_empty_page(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(*_: Any) -> int:
        return 7

    monkeypatch.setattr(reads, "find_empty_version", answer)

    assert await EmptyDocuments(cast(AsyncEngine, None)).version(0, DOCUMENT) == 7
