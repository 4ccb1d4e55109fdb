"""The keys of documents in Redis.

Each carries the number of the form in which documents are stored. Programs of two versions with different forms then
keep documents of their own alive, side by side.
"""

from highscores.domain.documents import DocumentId

FORMAT = 2
# What is one for all documents is on one node of a cluster, so that no second one can take the sweep along.
LIVE_DOCUMENTS = f"{{live:{FORMAT}}}:documents"  # a set: the ids of all documents that may be in the cache
SWEEP_LEASE = f"{{live:{FORMAT}}}:sweep-lease"


def document_keys(document: DocumentId, *, new: bool = False) -> list[str]:
    """Return the three keys in the order that library.lua wants. All of a document share the braces: one slot."""
    stem = f"{{{FORMAT}:{document}}}" + (":new" if new else "")
    return [f"{stem}:rank", f"{stem}:player", f"{stem}:meta"]


def meta_key(document: DocumentId) -> str:
    return document_keys(document)[2]
