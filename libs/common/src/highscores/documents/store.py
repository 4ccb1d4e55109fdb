"""Documents in Redis: their keys, and what readers and writers do with them (the doing is in library.lua)."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from highscores.domain.documents import DocumentId
from highscores.domain.fields import PlayerId
from highscores.redis.connection import DocumentsRedis, FunctionLibrary, RedisError, raise_first, send_each

_ALIVE = "documents"  # a set: the ids of all documents that may be in the cache


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """A place between two entries, named by one of them: its score as Redis ranks it, time in hexadecimal, player."""

    document: str
    side: Literal["after", "before"]
    score: Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]{1,16}$(?!\n)")]
    time: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{14}$(?!\n)")]
    player: PlayerId

    def encode(self) -> str:
        return base64.urlsafe_b64encode(msgspec.msgpack.encode(self)).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "Cursor":
        """Raise ValueError when `text` is no cursor."""
        try:
            packed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
            return msgspec.msgpack.decode(packed, type=cls)
        except (ValueError, msgspec.MsgspecError) as error:
            raise ValueError("is not a cursor that this service gave") from error


class Page(NamedTuple):
    """Consecutive entries. `entries` are JSON objects without their rank and opening brace; `first` counts from 0."""

    version: int
    total: int
    first: int
    entries: list[bytes]
    next: Cursor | None
    prev: Cursor | None


class Ranked(NamedTuple):
    """Named entries with their ranks (from 0), in rank order."""

    version: int
    total: int
    entries: list[tuple[int, bytes]]


class Position(NamedTuple):
    """How far a document has come: `place` for its writers, `version` for its readers (None before it is complete)."""

    place: str
    version: int | None


class Documents:
    """All documents of one Redis or cluster. Every method raises RedisError when Redis cannot answer."""

    def __init__(self, redis: DocumentsRedis) -> None:
        self._redis = redis
        self._functions = FunctionLibrary(redis, __package__, "library.lua")

    async def page(self, document: DocumentId, limit: int, cursor: Cursor | None = None) -> Page | None:
        """Return the page at the cursor, or the first; None when the document is not in the cache."""
        place = (cursor.side, cursor.score, cursor.time, cursor.player) if cursor else ()
        answer = await self._call("page", _keys(document), limit, *place)
        return _page(document, answer) if answer else None

    async def around(self, document: DocumentId, player: str, limit: int) -> Page | Literal["no-standing"] | None:
        """Return the page with the player in the middle; None when the document is not in the cache."""
        answer = await self._call("around", _keys(document), limit, player)
        if not answer:
            return None
        return _page(document, answer) if len(answer) > 2 else "no-standing"

    async def players(self, document: DocumentId, players: Sequence[str]) -> Ranked | None:
        """Return the standings of these players, those who have one; None when the document is not in the cache."""
        answer = await self._call("players", _keys(document), *players)
        if not answer:
            return None
        version, total, *found = answer
        return Ranked(int(version), total, sorted((rank, entry) for rank, entry in found))

    async def position(self, document: DocumentId, *, new: bool = False) -> Position:
        """Return how far the document has come; one that has lost a part counts as none, and is removed."""
        place, version = await self._call("position", _keys(document, new=new)) or (None, None)
        return Position(place.decode() if place else "", int(version) if version else None)

    async def versions(self, documents: Sequence[DocumentId]) -> list[int | None]:
        """Return the version that each document reflects, None for those not in the cache."""
        found = await self._versions(documents)
        raise_first(found)
        return [version for version in found if not isinstance(version, RedisError)]

    async def known_versions(self, documents: Sequence[DocumentId]) -> dict[DocumentId, int | None]:
        """Like `versions`, by document, without those on a node of a cluster that does not answer while others do."""
        found = dict(zip(documents, await self._versions(documents), strict=True))
        known = {document: version for document, version in found.items() if not isinstance(version, RedisError)}
        if not known:
            raise_first(found.values())
        return known

    async def _versions(self, documents: Sequence[DocumentId]) -> list[int | RedisError | None]:
        metas = [_keys(document)[2] for document in documents]
        answers = await send_each(self._redis, [(meta, ("HGET", meta, "version")) for meta in metas])
        return [answer if isinstance(answer, RedisError) else int(answer) if answer else None for answer in answers]

    async def apply(self, document: DocumentId, *, new: bool, at: str, to: str, version: int | None, lines: str) -> str:
        """Apply changed rows (`ledger.changes`) if the document is at `at`; return the place where it is then."""
        answer: bytes = await self._call(
            "apply", _keys(document, new=new), at, to, "" if version is None else version, lines
        )
        return answer.decode()

    async def publish(self, document: DocumentId, *, over: int | None) -> bool:
        """Put the new, complete document in the place of the old one; False if that is no longer of version `over`."""
        # On the list before it is in the cache, lest it go stale there unseen; and again, in case `forget` was faster.
        await self._redis.sadd(_ALIVE, str(document))
        keys = [*_keys(document), *_keys(document, new=True)]
        published = await self._call("publish", keys, "" if over is None else over)
        await self._redis.sadd(_ALIVE, str(document))
        return bool(published)

    async def drop(self, document: DocumentId) -> None:
        await self._redis.unlink(*_keys(document), *_keys(document, new=True))
        await self.forget(document)

    async def forget(self, document: DocumentId) -> None:
        """Take a document off the list of those in the cache, unless it is there after all."""
        await self._redis.srem(_ALIVE, str(document))
        if await self.versions([document]) != [None]:
            await self._redis.sadd(_ALIVE, str(document))

    async def discard_new(self, document: DocumentId) -> None:
        await self._redis.unlink(*_keys(document, new=True))

    async def alive(self) -> set[DocumentId]:
        """Return the documents that may be in the cache; some may have expired since."""
        members: set[Any] = await self._redis.smembers(_ALIVE)
        return {DocumentId.parse(member.decode()) for member in members}

    async def _call(self, operation: str, keys: list[str], *arguments: Any) -> Any:
        return await self._functions.call(f"highscores_document_{operation}", keys, *arguments)


def _keys(document: DocumentId, *, new: bool = False) -> list[str]:
    stem = f"{{{document}}}:new" if new else f"{{{document}}}"
    return [f"{stem}:rank", f"{stem}:player", f"{stem}:meta"]


def _page(document: DocumentId, answer: list[Any]) -> Page:
    version, total, first, head, tail, *entries = answer
    following = first + len(entries)
    return Page(
        int(version),
        total,
        first,
        entries,
        next=_cursor(document, "after", tail) if entries and following < total else None,
        prev=_cursor(document, "before", head) if entries and first > 0 else None,
    )


def _cursor(document: DocumentId, side: Literal["after", "before"], edge: list[bytes]) -> Cursor:
    score, member = edge
    place, player = member.decode().split(":", 1)
    return Cursor(str(document), side, score.decode(), place[:14], player)
