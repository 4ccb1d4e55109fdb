"""Standings: what a document holds, as the answer to whatever was asked of it."""

import asyncio
import random
import time
from collections.abc import Awaitable
from functools import partial
from typing import NamedTuple, TypeVar

from prometheus_client import Counter

from get_scores import pages
from get_scores.access import read_headers
from get_scores.conditional import entity_tag, is_known
from get_scores.document_requests import DocumentRequests
from get_scores.empty_documents import EmptyDocuments
from get_scores.page_cache import Cache, Limits
from get_scores.period_versions import PeriodVersions
from get_scores.query import Alone, Around, Asked, Hypothetical, Named, Window
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, NoStanding, Page, Prospect, Standing
from highscores.domain import problems
from highscores.domain.boards import Order
from highscores.domain.documents import DocumentId
from highscores.domain.periods import Period
from highscores.domain.problems import ProblemError
from highscores.domain.ranking import signed, tie_beginning
from highscores.redis.connection import RedisError
from highscores.web.accepted import RETRY_LATER, accepted, not_yet
from highscores.web.answers import JSON, Answer
from highscores.web.problems import unavailable

CACHE_LIMITS = Limits(fresh_s=0.1, stale_s=60.0, entries=2_000, bytes=8 * 1024**2)
WAITING_MAX = 512  # requests at once that wait for a version; further ones get their 202 without a wait
POLL_S = 0.05  # of a document that is behind
# The first may share a read that began before the document was there and still asks the ledger; the second cannot.
READS_OF_BUILT = 2
_OVERHEAD_BYTES = 2_000  # of a cached page besides its body

# What is answered from the pages in process is not among them: the requests tell how many these are.
_reads = Counter("highscores_document_reads", "Questions that were put to Redis", ["result"])
_found, _missing, _failed = (_reads.labels(result) for result in ("found", "missing", "failed"))


class ResolvedDocument(NamedTuple):
    """A document, with what its pages say of it."""

    key: DocumentKey
    period: Period
    private: bool
    recomputing: bool
    bucket: int
    tie_width: int | None = None  # on a competition board: who shares a rank, see `domain/ranking.py`
    orders: tuple[Order, ...] = ("desc",)  # of the score and of each sub-score

    @property
    def document(self) -> DocumentId:
        return self.key.document


class Question(NamedTuple):
    """What is asked of which document."""

    target: ResolvedDocument
    asked: Asked
    at_least: int = 0  # the version that the answer must have reached


class Rendition(NamedTuple):
    """One answer in its two forms: in full, and for those who have it already."""

    version: int
    tag: bytes
    full: Answer
    not_modified: Answer

    def answer(self, if_none_match: bytes | None) -> Answer:
        known = if_none_match is not None and is_known(self.tag, if_none_match)
        return self.not_modified if known else self.full


class NoStandingError(ProblemError):
    """404: the player has no standing in the document, as of this version."""

    def __init__(self, version: int) -> None:
        super().__init__(problems.unknown_player())
        self.version = version


class Standings:
    """Answers from the pages in process, from Redis, from the ledger where nobody stands, or with the job."""

    def __init__(
        self, documents: Documents, empty: EmptyDocuments, requests: DocumentRequests, versions: PeriodVersions
    ) -> None:
        self._documents = documents
        self._versions = versions
        self._waiting = 0
        self._empty = empty
        self._requests = requests
        self._cache: Cache[Question, Rendition] = Cache(
            CACHE_LIMITS, size=lambda rendered: len(rendered.full.body) + _OVERHEAD_BYTES, faults=(RedisError,)
        )

    def at_hand(self, question: Question) -> Rendition | None:
        """Return the answer if it is in process and fresh."""
        if not question.at_least:
            return self._cache.fresh(question)
        rendered = self._cache.fresh(question._replace(at_least=0))
        return rendered if rendered is not None and rendered.version >= question.at_least else None

    async def answer(self, question: Question, wait_s: float) -> Rendition | Answer:
        """Return the page or standing; after waiting for it, 202, with the job that builds the document if one does.

        Raise ProblemError (404 for a player without a standing, 503) or UnconfirmedError.
        """
        if not question.at_least:
            return await self._answer(question, wait_s)
        if self._waiting >= WAITING_MAX:
            wait_s = 0
        self._waiting += 1
        try:
            return await self._answer_at_least(question.at_least, question._replace(at_least=0), wait_s)
        finally:
            self._waiting -= 1

    async def _answer_at_least(self, version: int, question: Question, wait_s: float) -> Rendition | Answer:
        """Wait until the document has reached the version. If the ledger has not, nothing is waited for or built."""
        until = time.monotonic() + wait_s
        number, document = question.target.key
        answer = await _reached(version, self._read(question))
        if answer is None and await self._versions.is_beyond(version, question.target.bucket, number, document.period):
            return not_yet()
        while answer is None:
            answer = await _reached(version, self._answer(question, max(0, until - time.monotonic())))
            if answer is None and time.monotonic() >= until:
                return not_yet()
            if answer is None:
                await asyncio.sleep(POLL_S * random.uniform(0.8, 1.2))
        return answer

    async def _answer(self, question: Question, wait_s: float) -> Rendition | Answer:
        rendered = await self._read(question)
        if rendered is not None:
            return rendered
        job = await self._requests.obtain(question.target.key, wait_s)
        if job is not None:
            return accepted(job, RETRY_LATER)
        for _ in range(READS_OF_BUILT):
            rendered = await self._read(question)
            if rendered is not None:
                return rendered
        raise unavailable("The document was built, and is gone again.")

    async def _read(self, question: Question) -> Rendition | None:
        try:
            return await self._cache.get(question, partial(self._load, question))
        except RedisError as error:
            raise unavailable("The standings cannot be read now.") from error

    async def _load(self, question: Question) -> Rendition | None:
        try:
            rendered = await self._ask_redis(question)
        except RedisError:
            _failed.inc()
            raise
        (_missing if rendered is None else _found).inc()
        return rendered if rendered is not None else await self._empty_page(question)

    async def _empty_page(self, question: Question) -> Rendition | None:
        """Return the answer of a document that is not in the cache because it has no standing."""
        target = question.target
        version = await self._empty.version(target.bucket, target.key)
        if version is None:
            return None
        match question.asked:
            case Alone() | Around():
                raise NoStandingError(version)
            case Hypothetical() as asked:
                body = pages.rank(target.document, target.period, Prospect(version, 0, 1), asked)
            case _:
                empty = Page(version, 0, [], None, None)
                body = pages.page(target.document, target.period, empty, recomputing=target.recomputing)
        return _render(body, version, private=target.private, shares_ranks=target.tie_width is not None)

    async def _ask_redis(self, question: Question) -> Rendition | None:
        key, period, private, recomputing, _, tie_width, orders = question.target
        document = key.document
        render = partial(_render, private=private, shares_ranks=tie_width is not None)
        match question.asked:
            case Window(limit, cursor):
                page = await self._documents.page(key, limit, cursor, tie_width=tie_width)
            case Around(limit, player):
                page = _known(await self._documents.around(key, player, limit, tie_width=tie_width))
            case Named(players, best):
                ranked = await self._documents.players(key, players, tie_width=tie_width)
                if ranked is None:
                    return None
                ranked = ranked._replace(entries=ranked.entries[:best])
                return render(pages.named(document, period, ranked, recomputing=recomputing), ranked.version)
            case Alone(player, targets):
                standing = _known(await self._documents.standing(key, player, targets, tie_width=tie_width))
                if standing is None:
                    return None
                return render(pages.standing(document, period, standing, targets, orders[0]), standing.version)
            case Hypothetical(score, subscores) as asked:
                signed_score, *signed_subscores = signed(orders, (score, *subscores))
                beginning = tie_beginning(signed_subscores)
                prospect = await self._documents.rank(key, signed_score, beginning, tie_width=tie_width)
                return prospect and render(pages.rank(document, period, prospect, asked), prospect.version)
        return page and render(pages.page(document, period, page, recomputing=recomputing), page.version)


Found = TypeVar("Found", Page, Standing)


def _known(found: Found | NoStanding | None) -> Found | None:
    """Raise NoStandingError for a player without a standing."""
    if isinstance(found, NoStanding):
        raise NoStandingError(found.version)
    return found


async def _reached(version: int, reading: Awaitable[Rendition | Answer | None]) -> Rendition | Answer | None:
    """Return what was read, None if it is of an earlier version."""
    try:
        answer = await reading
    except NoStandingError as error:
        if error.version >= version:
            raise
        return None
    return None if isinstance(answer, Rendition) and answer.version < version else answer


def _render(body: bytes, version: int, *, private: bool, shares_ranks: bool) -> Rendition:
    tag = entity_tag(version, shares_ranks=shares_ranks)
    headers = [(b"etag", tag), *read_headers(private=private)]
    length = (b"content-length", b"%d" % len(body))
    return Rendition(
        version,
        tag,
        Answer(200, [(b"content-type", JSON), length, *headers], body),
        Answer(304, headers, b""),
    )
