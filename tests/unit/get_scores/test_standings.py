"""Answers from documents that come while they are asked for."""

import asyncio
from typing import Any

import pytest

from get_scores.query import Window
from get_scores.standings import Question, Rendition, ResolvedDocument, Standings
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Page
from highscores.domain.documents import DocumentId
from highscores.domain.periods import ALL_TIME
from highscores.domain.problems import ProblemError

KEY = DocumentKey(7, DocumentId("arcade", "all"))
QUESTION = Question(ResolvedDocument(KEY, ALL_TIME, private=False, recomputing=False, bucket=0), Window(10))


class FakeDocuments:
    """One document, which is in the cache once it has been published."""

    def __init__(self) -> None:
        self.published = asyncio.Event()

    async def page(self, *_: Any, **__: Any) -> Page | None:
        return Page(5, 0, [], None, None) if self.published.is_set() else None


class SlowLedger:
    """It knows of no empty document, and says so when it may."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def version(self, *_: Any) -> None:
        self.asked.set()
        await self.may_answer.wait()


class FakeRequests:
    def __init__(self, documents: FakeDocuments) -> None:
        self._documents = documents

    async def obtain(self, *_: Any) -> str | None:
        await self._documents.published.wait()
        return None


async def test_who_shares_a_read_from_before_the_document_reads_again() -> None:
    """The first has waited for the document; a second comes just before it is there, and its read is still under way
    when the first reads."""
    documents, ledger = FakeDocuments(), SlowLedger()
    standings = Standings(documents, ledger, FakeRequests(documents), None)  # type: ignore[arg-type]
    ledger.may_answer.set()
    first = asyncio.create_task(standings.answer(QUESTION, 1))
    await asyncio.wait_for(ledger.asked.wait(), 1)
    await asyncio.sleep(0.01)  # the first waits for the document
    ledger.may_answer.clear()
    ledger.asked.clear()
    second = asyncio.create_task(standings.answer(QUESTION, 1))
    await asyncio.wait_for(ledger.asked.wait(), 1)
    documents.published.set()
    await asyncio.sleep(0.01)  # the first has joined the second's read
    ledger.may_answer.set()

    answers = await asyncio.wait_for(asyncio.gather(first, second), 1)

    assert all(isinstance(answer, Rendition) and answer.version == 5 for answer in answers)


async def test_a_document_that_is_gone_again_is_unavailable() -> None:
    documents, ledger = FakeDocuments(), SlowLedger()
    ledger.may_answer.set()

    class Gone(FakeRequests):
        async def obtain(self, *_: Any) -> str | None:
            return None

    with pytest.raises(ProblemError) as caught:
        await Standings(documents, ledger, Gone(documents), None).answer(QUESTION, 1)  # type: ignore[arg-type]

    assert caught.value.problem.status == 503
