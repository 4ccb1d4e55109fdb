"""The rank that a score has earned, told with the end of its job while Redis knows whose it was."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import msgspec
import structlog
from prometheus_client import Counter

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, Ranked
from highscores.domain.documents import DocumentId
from highscores.domain.jobs import JobState
from highscores.jobs.states import RememberedJob
from highscores.redis.connection import RedisError

BEHIND_WAIT_S = 0.5  # for a document that is alive; it is some 0.1 s behind
POLL_S = 0.03
LIMIT_S = 1.0  # of all that a request may wait for the rank
PAUSE_S = 1.0  # without ranks, after Redis has failed: not each request shall find that out

_failures = Counter("highscores_rank_lookup_failures", "Ends of jobs that were told without a rank, since Redis failed")

_log = structlog.get_logger(__name__)


class _Player(msgspec.Struct):
    player: str


_decoder = msgspec.json.Decoder(_Player)


class _Place(NamedTuple):
    """Which document holds a job's standing, and by which version it shows the score; `tie_width` is that of the board
    when the score was applied."""

    document: DocumentKey
    tie_width: int | None
    player: str
    version: int


class _Reading(NamedTuple):
    """One question to Redis."""

    document: DocumentKey
    tie_width: int | None


_Found: TypeAlias = dict[_Place, tuple[int, int]]


class Ranks:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._paused_until = 0.0

    async def states(self, jobs: Sequence[RememberedJob]) -> list[JobState]:
        """Return the states of the jobs, the results of scores with the rank that the player has now, and of how many.

        Both are null for a document that is not in the cache, or does not show the score in time.
        """
        is_paused = time.monotonic() < self._paused_until
        places = [None if is_paused else _place(job) for job in jobs]
        wanted: defaultdict[_Reading, set[_Place]] = defaultdict(set)
        for place in places:
            if place is not None:
                wanted[_Reading(place.document, place.tie_width)].add(place)
        found: _Found = {}
        until = time.monotonic() + BEHIND_WAIT_S
        try:
            async with asyncio.timeout(LIMIT_S):
                for reading, some in wanted.items():
                    await self._find(reading, some, until, found)
        except TimeoutError:
            pass  # those that were found by now are told
        except RedisError as error:
            self._paused_until = time.monotonic() + PAUSE_S
            _failures.inc()
            _log.warning("rank_lookup.failed", reason=type(error).__name__)
        return [
            _with_rank(job.state, found.get(place) if place else None) for job, place in zip(jobs, places, strict=True)
        ]

    async def _find(self, reading: _Reading, places: set[_Place], until: float, found: _Found) -> None:
        """Add rank and total of those whose score the document shows, until it shows all or the time is over."""
        document, tie_width = reading
        while places:
            players = sorted({place.player for place in places})
            ranked = await self._documents.players(document, players, tie_width=tie_width)
            if ranked is None:
                return
            ranks = _ranks(ranked)
            shown = {place for place in places if place.version <= ranked.version}
            found |= {place: (ranks[place.player], ranked.total) for place in shown if place.player in ranks}
            places -= shown
            if not places or time.monotonic() >= until:
                return
            await asyncio.sleep(POLL_S * random.uniform(0.8, 1.2))


def _ranks(ranked: Ranked) -> dict[str, int]:
    return {_decoder.decode(b"{" + entry).player: rank for rank, entry in ranked.entries}


def _place(job: RememberedJob) -> _Place | None:
    """Return where the job's score stands; None if it has none, or what Redis remembers of it does not tell."""
    result, standing = job.state.result, job.standing
    if result is None or standing is None:
        return None
    try:
        document = DocumentId.parse(result["document"])
        version = result["versions"][document.period]
    except (KeyError, TypeError, ValueError):
        return None
    return _Place(DocumentKey(standing.board_number, document), standing.tie_width, standing.player, version)


def _with_rank(state: JobState, found: tuple[int, int] | None) -> JobState:
    if state.command != "submit-score" or state.result is None:
        return state
    rank, total = found or (None, None)
    result: dict[str, Any] = {**state.result, "rank": rank, "total": total}
    return msgspec.structs.replace(state, result=result)
