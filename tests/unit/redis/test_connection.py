"""Which client the settings ask for, and what a cluster that is not there looks like to its callers."""

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents
from highscores.domain.documents import DocumentId
from highscores.process.settings import DocumentsRedisSettings, JobsRedisSettings
from highscores.redis.cluster import Cluster
from highscores.redis.connection import RedisError, create_documents_redis, create_redis

NOBODY = 1  # a port on which nobody listens


def test_one_redis_unless_told_otherwise() -> None:
    assert isinstance(create_documents_redis(DocumentsRedisSettings()), Redis)


def test_a_cluster_when_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHSCORES_DOCUMENTS_REDIS_CLUSTER", "true")
    assert isinstance(create_documents_redis(DocumentsRedisSettings()), Cluster)


@pytest.mark.parametrize(("tls", "asked"), [("require", "none"), ("verify-full", "required")])
def test_tls_and_user_reach_the_connection(tls: str, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHSCORES_JOBS_REDIS_TLS", tls)
    monkeypatch.setenv("HIGHSCORES_JOBS_REDIS_USER", "somebody")

    pool = create_redis(JobsRedisSettings()).connection_pool

    assert pool.connection_class is SSLConnection
    assert pool.connection_kwargs["ssl_cert_reqs"] == asked
    assert pool.connection_kwargs["username"] == "somebody"


async def test_a_cluster_that_is_not_there_is_a_redis_error() -> None:
    """redis-py says so with an exception that is none."""
    redis = create_documents_redis(DocumentsRedisSettings(port=NOBODY, cluster=True))
    documents, document = Documents(redis), DocumentKey(1, DocumentId("board", "all"))

    for answer in (documents.page(document, 1), documents.versions([document]), documents.alive(), redis.ping()):
        with pytest.raises(RedisError):
            await answer

    await redis.aclose()
