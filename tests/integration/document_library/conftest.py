"""A document of its own for each test."""

import pytest
from redis.asyncio import Redis
from tests.integration.document_library.rows import BOARD_NUMBER

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents
from highscores.domain.documents import DocumentId


@pytest.fixture
def documents(documents_redis: Redis) -> Documents:
    return Documents(documents_redis)


@pytest.fixture
def document(board: str) -> DocumentKey:
    return DocumentKey(BOARD_NUMBER, DocumentId(board, "all"))
