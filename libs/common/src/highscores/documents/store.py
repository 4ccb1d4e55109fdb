"""Documents in Redis: what readers and writers do with them (the doing is in library.lua)."""

from collections.abc import Collection, Sequence
from typing import Any, Literal, NamedTuple

from highscores.documents.checkpoint import VERSION_DIGITS, Checkpoint
from highscores.documents.cursor import Cursor
from highscores.documents.keep_alive import KeepAlive
from highscores.documents.keys import DocumentKey, meta_key, redis_keys
from highscores.documents.live_documents import LiveDocuments
from highscores.redis.connection import (
    DocumentsRedis,
    FunctionLibrary,
    RedisError,
    is_wrong_type,
    raise_first,
    send_each,
)


class RankedEntry(NamedTuple):
    """`json` is a JSON object without its rank and opening brace."""

    rank: int  # from 1; on a competition board several may have the same
    json: bytes


class Page(NamedTuple):
    """Consecutive entries."""

    version: int
    total: int
    entries: list[RankedEntry]
    next: Cursor | None
    prev: Cursor | None


class NoStanding(NamedTuple):
    """A player stands nowhere in the document, as of this version."""

    version: int


_NOBODY = ""  # the id of no player: Redis wants to be asked for one at least


class Ranked(NamedTuple):
    """Entries of named players, in rank order."""

    version: int
    total: int
    entries: list[RankedEntry]


class Standing(NamedTuple):
    """The entry of one player. Scores are as Redis ranks them: negated where higher is better."""

    version: int
    total: int
    entry: RankedEntry
    score: int
    target_scores: list[int | None]  # what stands at the targets now; None beyond the end


class Prospect(NamedTuple):
    """The rank that a standing would have which is not there; `total` does not count it."""

    version: int
    total: int
    rank: int


class Position(NamedTuple):
    """How far a document has come. `version` is what its readers see: None before it is complete.

    A document that is built anew is of another generation. Within one, the version never falls.
    """

    generation: str
    checkpoint: Checkpoint
    version: int | None


class Progress(NamedTuple):
    """Which version a document reflects, and whether it has begun on what comes after it."""

    version: int
    is_between: bool


class Documents:
    """All documents of one Redis or cluster. Every method raises RedisError when Redis cannot answer.

    `tie_width` tells a read who shares a rank (see `domain/ranking.py`); None: nobody.
    """

    def __init__(self, redis: DocumentsRedis) -> None:
        self._redis = redis
        self._functions = FunctionLibrary(redis, __package__, "library.lua")
        self._live = LiveDocuments(redis)
        self._keep_alive = KeepAlive(self._live, self._extend)

    async def aclose(self) -> None:
        await self._keep_alive.aclose()

    async def page(
        self, document: DocumentKey, limit: int, cursor: Cursor | None = None, *, tie_width: int | None = None
    ) -> Page | None:
        """Return the page at the cursor, or the first; None when the document is not in the cache.

        Nothing stands before the first entry: a cursor that asks for it gives the first page.
        """
        where = (cursor.side, cursor.score, cursor.tie_break, cursor.player) if cursor else ()
        answer = await self._read("page", document, tie_width, limit, *where)
        return _page(document, answer) if answer else None

    async def around(
        self, document: DocumentKey, player: str, limit: int, *, tie_width: int | None = None
    ) -> Page | NoStanding | None:
        """Return the page with the player in the middle; None when the document is not in the cache."""
        answer = await self._read("around", document, tie_width, limit, player)
        if not answer:
            return None
        return _page(document, answer) if len(answer) > 3 else NoStanding(int(answer[0]))

    async def players(
        self, document: DocumentKey, players: Sequence[str], *, tie_width: int | None = None
    ) -> Ranked | None:
        """Return the standings of these players, those who have one; None when the document is not in the cache."""
        answer = await self._read("players", document, tie_width, *(players or [_NOBODY]))
        if not answer:
            return None
        version, total, _, *found = answer
        # In the order of the document, which those who share a rank have too.
        return Ranked(int(version), total, [RankedEntry(rank, entry) for _, rank, entry in sorted(found)])

    async def standing(
        self, document: DocumentKey, player: str, targets: Sequence[str] = (), *, tie_width: int | None = None
    ) -> Standing | NoStanding | None:
        """Return one player's standing and the scores at the targets; None when the document is not in the cache.

        A target is a place (`10`), or the last place within the best so many percent (`percent:5`).
        """
        answer = await self._read("standing", document, tie_width, player, *targets)
        if not answer:
            return None
        version, total, _, *found = answer
        if not found:
            return NoStanding(int(version))
        rank, entry, score, *scores = found
        return Standing(
            int(version),
            total,
            RankedEntry(rank, entry),
            int(score),
            [None if found is None else int(found) for found in scores],
        )

    async def rank(
        self, document: DocumentKey, score: int, tie_beginning: str = "", *, tie_width: int | None = None
    ) -> Prospect | None:
        """Return the rank that this score would take, with sub-scores that begin a tie-break so, behind all equal ones;
        where ranks are shared, with them. None when the document is not in the cache.

        `score` is as Redis ranks it: negated where higher is better.
        """
        answer = await self._read("rank", document, tie_width, score, tie_beginning)
        if not answer:
            return None
        version, total, _, rank = answer
        return Prospect(int(version), total, rank)

    async def _read(
        self, operation: str, document: DocumentKey, tie_width: int | None, *arguments: Any
    ) -> list[Any] | None:
        answer: list[Any] | None = await self._functions.read(
            f"highscores_document_{operation}",
            redis_keys(document),
            "" if tie_width is None else tie_width,
            *arguments,
        )
        if answer:
            self._keep_alive.note(document, expires_soon=bool(answer[2]))
        return answer

    async def position(self, document: DocumentKey, *, new: bool = False) -> Position | None:
        """Return how far the document has come; one that has lost a part counts as none, and is removed."""
        found = await self._call("position", redis_keys(document, new=new))
        if not found:
            return None
        generation, checkpoint, version = found
        return Position(
            generation.decode(), Checkpoint.parse(checkpoint.decode()), int(version) if version is not None else None
        )

    async def versions(self, documents: Sequence[DocumentKey]) -> list[int | None]:
        """Return the version that each document reflects, None for those not in the cache."""
        answers = await self._metas(documents)
        raise_first(answer for answer in answers if not is_wrong_type(answer))
        return [progress.version if (progress := _progress(answer)) else None for answer in answers]

    async def known_progress(self, documents: Sequence[DocumentKey]) -> dict[DocumentKey, Progress | None]:
        """Return how far each document is, None for those not in the cache; without those on a node of a cluster that
        does not answer while others do."""
        answers = await self._metas(documents)
        known = {
            document: _progress(answer)
            for document, answer in zip(documents, answers, strict=True)
            if not isinstance(answer, RedisError) or is_wrong_type(answer)
        }
        if not known:
            raise_first(answers)
        return known

    async def _metas(self, documents: Sequence[DocumentKey]) -> list[Any]:
        metas = [meta_key(document) for document in documents]
        return await send_each(self._redis, [(meta, ("HMGET", meta, "version", "checkpoint")) for meta in metas])

    async def apply(
        self,
        document: DocumentKey,
        *,
        new: bool,
        generation: str,
        at: Checkpoint | None,
        to: Checkpoint,
        version: int | None,
        lines: str,
    ) -> bool:
        """Take over rows (as worker/documents/changes.py packs them) if the document is of this generation and at `at`.

        None begins a document. `version` is what it then reflects, None if rows are missing yet. Return whether the
        document is at `to` now, also if that is the doing of an earlier attempt.
        """
        target = str(to)
        arguments = (generation, "" if at is None else str(at), target, "" if version is None else version, lines)
        there = await self._call("apply", redis_keys(document, new=new), *arguments)
        return bool(there == [generation.encode(), target.encode()])

    async def publish(self, document: DocumentKey, *, over: str | None) -> bool:
        """Put the new, complete document in the place of the old one; False if that is not of generation `over`."""
        # On the list before it is in the cache, lest it go stale there unseen; and again, in case `forget` was faster.
        await self._live.add([document])
        keys = [*redis_keys(document), *redis_keys(document, new=True)]
        published = await self._call("publish", keys, over or "")
        await self._live.add([document])
        return bool(published)

    async def drop(self, document: DocumentKey) -> None:
        await self._redis.unlink(*redis_keys(document), *redis_keys(document, new=True))
        await self.forget(document)

    async def forget(self, document: DocumentKey) -> None:
        """Take a document off the list of live ones, unless it is in the cache after all."""
        await self._live.remove(document)
        if await self.versions([document]) != [None]:
            await self._live.add([document])

    async def discard_new(self, document: DocumentKey) -> None:
        await self._redis.unlink(*redis_keys(document, new=True))

    async def alive(self) -> set[DocumentKey]:
        """Return the documents that may be in the cache; some may have expired since."""
        return await self._live.read()

    async def relist(self, documents: Collection[DocumentKey]) -> set[DocumentKey]:
        """Put those of these documents that are in the cache on the list of live ones, and return them."""
        progress = await self.known_progress(list(documents))
        cached = {document for document, found in progress.items() if found is not None}
        await self._live.add(cached)
        return cached

    async def _extend(self, documents: Collection[DocumentKey]) -> None:
        await self._functions.call_each(
            "highscores_document_extend", [(redis_keys(document), ()) for document in documents]
        )

    async def _call(self, operation: str, keys: list[str], *arguments: Any) -> Any:
        return await self._functions.call(f"highscores_document_{operation}", keys, *arguments)


def _progress(answer: Any) -> Progress | None:
    """Read what Redis has for version and checkpoint. What is no version belongs to no document that can be read."""
    if isinstance(answer, RedisError):
        return None
    version, checkpoint = answer
    if not version or not version.isdigit() or len(version) > VERSION_DIGITS:
        return None
    return Progress(int(version), is_between=checkpoint != version)


def _page(document: DocumentKey, answer: list[Any]) -> Page:
    version, total, _, before, ranks, head, tail, *found = answer
    after = before + len(found)
    name = str(document.document)
    if found:
        following = _cursor(name, "after", tail) if after < total else None
        previous = _cursor(name, "before", head) if before else None
    else:
        following, previous = None, Cursor.before_end(name) if total else None
    entries = [RankedEntry(rank, entry) for rank, entry in zip(ranks, found, strict=True)]
    return Page(int(version), total, entries, following, previous)


def _cursor(document: str, side: Literal["after", "before"], edge: list[bytes]) -> Cursor:
    score, member = edge
    tie_break, _, player = member.decode().partition(":")
    return Cursor(document, side, score.decode(), tie_break, player)
