"""The list of live documents: those that workers keep current because they may be in the cache."""

from collections.abc import Collection
from typing import Any

import structlog

from highscores.documents.keys import LIVE_DOCUMENTS, DocumentKey
from highscores.redis.connection import DocumentsRedis, RedisError, is_wrong_type

MEMBERS_PER_COMMAND = 1_000

_log = structlog.get_logger(__name__)


class LiveDocuments:
    """A set in Redis. It can be lost: whoever reads a document, or knows it to be alive, adds it again."""

    def __init__(self, redis: DocumentsRedis) -> None:
        self._redis = redis

    async def add(self, documents: Collection[DocumentKey]) -> None:
        members = [str(document) for document in documents]
        for start in range(0, len(members), MEMBERS_PER_COMMAND):
            await self._redis.sadd(LIVE_DOCUMENTS, *members[start : start + MEMBERS_PER_COMMAND])

    async def remove(self, document: DocumentKey) -> None:
        await self._redis.srem(LIVE_DOCUMENTS, str(document))

    async def read(self) -> set[DocumentKey]:
        """Return all members; what is no document's key is removed from the set."""
        try:
            members: set[Any] = await self._redis.smembers(LIVE_DOCUMENTS)
        except RedisError as error:
            if not is_wrong_type(error):
                raise
            _log.warning("live_documents.unreadable", members=None)
            await self._redis.unlink(LIVE_DOCUMENTS)
            return set()
        read = {member: _parse(member) for member in members}
        unreadable = [member for member, document in read.items() if document is None]
        if unreadable:
            _log.warning("live_documents.unreadable", members=len(unreadable))
            await self._redis.srem(LIVE_DOCUMENTS, *unreadable[:MEMBERS_PER_COMMAND])
        return {document for document in read.values() if document is not None}


def _parse(member: bytes) -> DocumentKey | None:
    try:
        return DocumentKey.parse(member.decode())
    except ValueError:
        return None
