"""One player on all boards: standings from PostgreSQL, ranks from the documents that are in the cache."""

import asyncio
import time
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from get_scores import pages
from get_scores.access import Access, list_headers
from get_scores.page_cache import Cache, Limits
from get_scores.views import PeriodView, StandingView
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, Standing
from highscores.domain import problems
from highscores.domain.documents import DocumentId
from highscores.domain.periods import MICROSECONDS, Period, rfc3339
from highscores.domain.problems import ProblemError
from highscores.domain.ranking import tie_width
from highscores.domain.unavailable import UnavailableError
from highscores.ledger import reads
from highscores.ledger.query_deadline import ask
from highscores.ledger.reads import BoardRecord, StandingRecord
from highscores.redis.connection import RedisError
from highscores.web.answers import JSON, Answer
from highscores.web.query_string import require_no_parameters
from highscores.web.request_validation import is_player_id

BOARDS_MAX = 1_000  # those with the newest activity
SOURCES_PER_QUERY = 1_000
RANKS_AT_ONCE = 8  # questions to Redis, whoever asks
BOARDS_LIMITS = Limits(fresh_s=1.0, stale_s=60.0, entries=2, bytes=2 * BOARDS_MAX)

_encode = msgspec.json.Encoder().encode


class _Source(NamedTuple):
    """A document in which the player may stand, and who shares a rank there."""

    key: DocumentKey
    period: Period
    tie_width: int | None


class Players:
    """Raises ProblemError (401, 404, 422) or UnavailableError."""

    def __init__(self, engine: AsyncEngine, documents: Documents, access: Access) -> None:
        self._engine = engine
        self._documents = documents
        self._access = access
        self._ranking = asyncio.Semaphore(RANKS_AT_ONCE)
        self._boards: Cache[bool, list[BoardRecord]] = Cache(BOARDS_LIMITS, size=len, faults=(UnavailableError,))

    async def get_player(self, player: str, query_string: bytes, authorization: bytes | None) -> Answer:
        with_private = await self._access.sees_private_boards(authorization)
        require_no_parameters(query_string)
        found = await self._standings(player, with_private=with_private) if is_player_id(player) else []
        if not found:
            raise ProblemError(problems.unknown_player("The player has no standing in any current period."))
        standings = await asyncio.gather(*(self._standing(*each) for each in found))
        body = b'{"player":%b,"standings":[%b]}' % (_encode(player), b",".join(standings))
        return Answer(200, [(b"content-type", JSON), *list_headers(with_private=with_private)], body)

    async def _standings(self, player: str, *, with_private: bool) -> list[tuple[_Source, StandingRecord]]:
        """Return the player's standings in the current periods of all visible boards, boards as lists show them."""
        boards = await self._boards.get(with_private, lambda: self._visible_boards(with_private=with_private))
        now = int(time.time() * MICROSECONDS)
        sources = {
            (record.bucket, record.number, period.id): _Source(
                DocumentKey(record.number, DocumentId(record.board, period.id)), period, tie_width(record.rules)
            )
            for record in boards or []
            for period in (record.rules.calendar.containing(kind, now) for kind in record.rules.periods)
        }
        keys = list(sources)
        found: dict[tuple[int, str], StandingRecord] = {}
        for start in range(0, len(keys), SOURCES_PER_QUERY):
            chunk = keys[start : start + SOURCES_PER_QUERY]
            for standing in await ask(reads.find_standings(self._engine, player, chunk)):
                found[standing.board_number, standing.period] = standing
        return [
            (source, found[number, source.period.id])
            for (_, number, _), source in sources.items()
            if (number, source.period.id) in found
        ]

    async def _visible_boards(self, *, with_private: bool) -> list[BoardRecord]:
        return await ask(reads.list_active_boards(self._engine, with_private=with_private, limit=BOARDS_MAX))

    async def _standing(self, source: _Source, record: StandingRecord) -> bytes:
        try:
            async with self._ranking:
                found = await self._documents.standing(source.key, record.player, tie_width=source.tie_width)
        except RedisError:
            found = None
        if isinstance(found, Standing):
            return pages.standing(source.key.document, source.period, found)
        return _encode(_unranked(source.key.document, source.period, record))


def _unranked(document: DocumentId, period: Period, record: StandingRecord) -> StandingView:
    return StandingView(
        document=str(document),
        board=document.board,
        period=PeriodView.of(period),
        version=None,
        total=None,
        percentile=None,
        rank=None,
        player=record.player,
        name=record.name,
        score=record.score,
        subscores=record.subscores or [],
        region=record.region,
        achieved_at=rfc3339(record.achieved_at),
        metadata=msgspec.Raw(record.metadata.encode()) if record.metadata else None,  # type: ignore[arg-type]
    )
