"""Documents without a standing: their pages are answered from the ledger, and nothing is built for them."""

from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.documents.keys import DocumentKey
from highscores.ledger.engine import is_outage
from highscores.ledger.reads import find_empty_version


class EmptyDocuments:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def version(self, bucket: int, document: DocumentKey) -> int | None:
        """Return the version of the empty page; None if the document has standings, or nobody can tell now."""
        number, wanted = document
        try:
            return await find_empty_version(self._engine, bucket, number, wanted.period, wanted.region)
        except Exception as error:
            if not is_outage(error):
                raise
            return None
