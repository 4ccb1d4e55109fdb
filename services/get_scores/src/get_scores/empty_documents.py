"""Documents without a standing: their pages are answered from the ledger, and nothing is built for them."""

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.documents.keys import DocumentKey
from highscores.domain.unavailable import UnavailableError
from highscores.ledger import reads
from highscores.ledger.query_deadline import ask

_failures = Counter(
    "highscores_empty_document_lookup_failures", "Documents that were asked for since PostgreSQL could not say if empty"
)


class EmptyDocuments:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def version(self, bucket: int, document: DocumentKey) -> int | None:
        """Return the version of the empty page; None if the document has standings, or nobody can tell in time."""
        number, wanted = document
        try:
            return await ask(reads.find_empty_version(self._engine, bucket, number, wanted.period, wanted.region))
        except UnavailableError:
            _failures.inc()
            return None
