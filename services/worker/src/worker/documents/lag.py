"""How late documents are: told by the versions that they have and that there are, seen again and again."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from highscores.documents.keys import DocumentKey


class Versions(NamedTuple):
    """Of a document that is not current: the version that it has, and that of its source."""

    document: int
    source: int


class _Shortfall(NamedTuple):
    """A version that a document lacked, and when it was first seen to lack it."""

    version: int
    since: float


class Lag:
    """A document that catches up and falls behind again between two looks, as any does under load, is not late."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lacked: dict[DocumentKey, _Shortfall] = {}

    def observe(self, behind: Mapping[DocumentKey, Versions]) -> float:
        """Take all documents that are not current now; return for how many seconds the latest of them has been late."""
        now = self._clock()
        self._lacked = {
            document: self._still_lacked(document, versions) or _Shortfall(versions.source, now)
            for document, versions in behind.items()
        }
        return now - min((lacked.since for lacked in self._lacked.values()), default=now)

    def _still_lacked(self, document: DocumentKey, versions: Versions) -> _Shortfall | None:
        lacked = self._lacked.get(document)
        if lacked is None:
            return None
        # Ahead of its source is a document after a restore of PostgreSQL, until it is built anew.
        is_same = versions.document < lacked.version or versions.document > versions.source
        return lacked if is_same else None
