"""What documents are called in Redis.

Each carries the number of the form in which documents are stored. Programs of two versions with different forms then
keep documents of their own alive, side by side.
"""

import re
from typing import NamedTuple

from highscores.domain.documents import DocumentId

FORMAT = 2
# What is one for all documents is on one node of a cluster, so that no second one can take the sweep along.
LIVE_DOCUMENTS = f"{{live:{FORMAT}}}:documents"  # a set: the DocumentKeys of all documents that may be in the cache
SWEEP_LEASE = f"{{live:{FORMAT}}}:sweep-lease"


_FORM = re.compile(r"([0-9]{1,18}):(.+)")


class DocumentKey(NamedTuple):
    """A document of one board, not of its name alone: the board that takes a deleted one's name has another number."""

    board_number: int
    document: DocumentId

    def __str__(self) -> str:
        return f"{self.board_number}:{self.document}"

    @classmethod
    def parse(cls, text: str) -> "DocumentKey":
        """Raise ValueError when `text` is no key of a document."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError("the key of a document is number:board:period or number:board:period:region")
        return cls(int(match[1]), DocumentId.parse(match[2]))


def redis_keys(document: DocumentKey, *, new: bool = False) -> list[str]:
    """Return the three keys in the order that library.lua wants. All of a document share the braces: one slot."""
    stem = f"{{{FORMAT}:{document}}}" + (":new" if new else "")
    return [f"{stem}:rank", f"{stem}:player", f"{stem}:meta"]


def meta_key(document: DocumentKey) -> str:
    return redis_keys(document)[2]
