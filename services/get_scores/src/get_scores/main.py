"""get_scores: standings from documents, boards and players from PostgreSQL, and the web page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.openapi.spec import Tag

from get_scores.access import Access
from get_scores.boards import Boards
from get_scores.document_requests import DocumentRequests
from get_scores.empty_documents import EmptyDocuments
from get_scores.fallback_routes import FALLBACK_ROUTES
from get_scores.fast_routes import StandingsRoutes
from get_scores.period_versions import PeriodVersions
from get_scores.players import Players
from get_scores.questions import Questions
from get_scores.routes import ROUTES
from get_scores.standings import Standings
from get_scores.static import page_routes
from highscores.documents.store import Documents
from highscores.domain.jobs import JobIds
from highscores.jobs.states import JobStates
from highscores.ledger.engine import create_engine
from highscores.ledger.pool import watch_pool
from highscores.ledger.readiness import postgres_probe
from highscores.process.lifecycle import Lifecycle
from highscores.process.readiness import ReadinessProbe, first_reason
from highscores.process.settings import (
    AppSettings,
    DocumentsRedisSettings,
    JobsRedisSettings,
    PostgresSettings,
    RabbitmqSettings,
)
from highscores.queue.publisher import Broker
from highscores.queue.readiness import rabbitmq_probe
from highscores.redis.connection import DocumentsRedis, create_documents_redis, create_redis
from highscores.web.app import create_app
from highscores.web.auth import Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.cors import Cors
from highscores.web.edge import Edge
from highscores.web.openapi import ApiDocument
from highscores.web.server import Service, run

POOL_SIZE = 6

DOCUMENT = ApiDocument(
    title="highscores: reads",
    description="Standings, boards and players. What is public needs no key.",
    path="/docs/get_scores.json",
    tags=[
        Tag(name="standings", description="Pages of ranked standings, and single ones."),
        Tag(name="boards", description="Boards, their rules and their periods."),
        Tag(name="players", description="Players across boards."),
    ],
)


def main() -> None:
    run("get_scores", open_service)


@asynccontextmanager
async def open_service(lifecycle: Lifecycle) -> AsyncIterator[Service]:
    settings = AppSettings()  # type: ignore[call-arg]
    jobs_redis, documents_redis = create_redis(JobsRedisSettings()), create_documents_redis(DocumentsRedisSettings())
    engine = create_engine(PostgresSettings(), pool_size=POOL_SIZE)
    watch_pool(engine)
    broker = Broker(RabbitmqSettings())
    directory, documents = BoardDirectory(engine, jobs_redis), Documents(documents_redis)
    access = Access(directory, Keys(engine))
    questions = Questions(access)
    requests = DocumentRequests(
        documents, broker, JobIds(settings.job_secret.get_secret_value()), JobStates(jobs_redis)
    )
    standings = Standings(documents, EmptyDocuments(engine), requests, PeriodVersions(engine))
    app = create_app(
        DOCUMENT,
        [*ROUTES, FALLBACK_ROUTES, page_routes(settings.web_root)],
        {
            "boards": Boards(engine, access),
            "players": Players(engine, documents, access),
            "questions": questions,
            "standings": standings,
        },
    )
    rabbitmq, postgres, redis = rabbitmq_probe(broker), postgres_probe(engine), _redis_probe(documents_redis)
    lifecycle.run_beside(rabbitmq.make(), "connecting to RabbitMQ")
    lifecycle.run_beside(postgres.make(), "connecting to PostgreSQL")
    lifecycle.run_beside(redis.make(), "connecting to Redis")
    lifecycle.run_beside(directory.watch(), "hearing of board changes")
    try:
        edge = Edge(app, Cors("reads", settings.cors_origins), StandingsRoutes(directory, questions, standings).find)
        # Not RabbitMQ: without it, only documents that are not in the cache cannot be read.
        yield Service(edge, ready=first_reason(postgres.why_not_ready, redis.why_not_ready))
    finally:
        await broker.close()
        await jobs_redis.aclose()
        await documents.aclose()
        await documents_redis.aclose()
        await engine.dispose()


def _redis_probe(redis: DocumentsRedis) -> ReadinessProbe:
    async def attempt() -> None:
        await redis.ping()

    return ReadinessProbe("Redis (documents)", attempt)
