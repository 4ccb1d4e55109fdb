"""Standings: what a document holds, as the answer to whatever was asked of it."""

from functools import partial
from typing import NamedTuple

from prometheus_client import Counter

from get_scores import pages
from get_scores.access import read_headers
from get_scores.conditional import entity_tag, is_known
from get_scores.document_requests import DocumentRequests
from get_scores.empty_documents import EmptyDocuments
from get_scores.page_cache import Cache, Limits
from get_scores.query import Alone, Around, Named, Selection, Window
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, Page
from highscores.domain import problems
from highscores.domain.documents import DocumentId
from highscores.domain.periods import Period
from highscores.domain.problems import ProblemError
from highscores.redis.connection import RedisError
from highscores.web.accepted import accepted
from highscores.web.answers import JSON, Answer
from highscores.web.problems import RETRY_AFTER_S, unavailable

CACHE_LIMITS = Limits(fresh_s=0.1, stale_s=60.0, entries=2_000, bytes=8 * 1024**2)
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

    @property
    def document(self) -> DocumentId:
        return self.key.document


class Question(NamedTuple):
    """What is asked of which document."""

    target: ResolvedDocument
    asked: Selection | Alone


class Rendition(NamedTuple):
    """One answer in its two forms: in full, and for those who have it already."""

    tag: bytes
    full: Answer
    not_modified: Answer

    def answer(self, if_none_match: bytes | None) -> Answer:
        known = if_none_match is not None and is_known(self.tag, if_none_match)
        return self.not_modified if known else self.full


class Standings:
    """Answers from the pages in process, from Redis, from the ledger where nobody stands, or with the job."""

    def __init__(self, documents: Documents, empty: EmptyDocuments, requests: DocumentRequests) -> None:
        self._documents = documents
        self._empty = empty
        self._requests = requests
        self._cache: Cache[Question, Rendition] = Cache(
            CACHE_LIMITS, size=lambda rendered: len(rendered.full.body) + _OVERHEAD_BYTES, faults=(RedisError,)
        )

    def at_hand(self, question: Question) -> Rendition | None:
        """Return the answer if it is in process and fresh."""
        return self._cache.fresh(question)

    async def answer(self, question: Question, wait_s: float) -> Rendition | Answer:
        """Return the page or standing, or the 202 of the job that builds the document, after waiting for it.

        Raise ProblemError (404 for a player without a standing, 503) or UnconfirmedError.
        """
        rendered = await self._read(question)
        if rendered is not None:
            return rendered
        job = await self._requests.obtain(question.target.key, wait_s)
        if job is not None:
            return accepted(job, (b"retry-after", RETRY_AFTER_S.encode()))
        rendered = await self._read(question)
        if rendered is None:
            raise unavailable("The document was built, and is gone again.")
        return rendered

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
        key, period, private, recomputing, bucket, tie_width = question.target
        version = await self._empty.version(bucket, key)
        if version is None:
            return None
        if isinstance(question.asked, Alone | Around):
            raise ProblemError(problems.unknown_player())
        empty = Page(version, 0, [], None, None)
        body = pages.page(key.document, period, empty, recomputing=recomputing)
        return _render(body, version, private=private, shares_ranks=tie_width is not None)

    async def _ask_redis(self, question: Question) -> Rendition | None:
        key, period, private, recomputing, _, tie_width = question.target
        document = key.document
        render = partial(_render, private=private, shares_ranks=tie_width is not None)
        match question.asked:
            case Window(limit, cursor):
                page = await self._documents.page(key, limit, cursor, tie_width=tie_width)
            case Around(limit, player):
                page = await self._around(key, player, limit, tie_width)
            case Named(players):
                ranked = await self._documents.players(key, players, tie_width=tie_width)
                return ranked and render(pages.named(document, period, ranked, recomputing=recomputing), ranked.version)
            case Alone(player):
                ranked = await self._documents.players(key, [player], tie_width=tie_width)
                if ranked and not ranked.entries:
                    raise ProblemError(problems.unknown_player())
                return ranked and render(pages.standing(document, period, ranked), ranked.version)
        return page and render(pages.page(document, period, page, recomputing=recomputing), page.version)

    async def _around(self, key: DocumentKey, player: str, limit: int, tie_width: int | None) -> Page | None:
        found = await self._documents.around(key, player, limit, tie_width=tie_width)
        if found == "no-standing":
            raise ProblemError(problems.unknown_player())
        return found


def _render(body: bytes, version: int, *, private: bool, shares_ranks: bool) -> Rendition:
    tag = entity_tag(version, shares_ranks=shares_ranks)
    headers = [(b"etag", tag), *read_headers(private=private)]
    length = (b"content-length", b"%d" % len(body))
    return Rendition(
        tag,
        Answer(200, [(b"content-type", JSON), length, *headers], body),
        Answer(304, headers, b""),
    )
