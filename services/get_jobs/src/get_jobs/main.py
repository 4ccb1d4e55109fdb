"""get_jobs: tells what became of commands."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.openapi.spec import Tag

from get_jobs.lookup import JobLookup
from get_jobs.ranks import Ranks
from get_jobs.routes import JOBS_PATH, get_job, get_jobs
from get_jobs.unfinished_work import UnfinishedWork
from get_jobs.waiting import JobWaiting
from highscores.documents.store import Documents
from highscores.domain.jobs import JobIds
from highscores.jobs.states import JobStates
from highscores.ledger.engine import create_engine
from highscores.ledger.pool import watch_pool
from highscores.ledger.readiness import postgres_probe
from highscores.process.lifecycle import Lifecycle
from highscores.process.settings import AppSettings, DocumentsRedisSettings, JobsRedisSettings, PostgresSettings
from highscores.redis.connection import create_documents_redis, create_redis
from highscores.web.app import create_app
from highscores.web.cors import Cors
from highscores.web.edge import Edge
from highscores.web.openapi import ApiDocument
from highscores.web.server import Service, run

POOL_SIZE = 4

DOCUMENT = ApiDocument(
    title="highscores: jobs",
    description="What became of commands: queued, done or rejected.",
    path=f"{JOBS_PATH}/openapi.json",
    tags=[Tag(name="jobs", description="The life of commands.")],
)
ROUTES = (get_job, get_jobs)


def main() -> None:
    run("get_jobs", open_service)


@asynccontextmanager
async def open_service(lifecycle: Lifecycle) -> AsyncIterator[Service]:
    app_settings = AppSettings()  # type: ignore[call-arg]
    redis = create_redis(JobsRedisSettings())
    engine = create_engine(PostgresSettings(), pool_size=POOL_SIZE)
    watch_pool(engine)
    lookup = JobLookup(JobIds(app_settings.job_secret.get_secret_value()), JobStates(redis), engine)
    waiting = JobWaiting(lookup)
    documents_redis = create_documents_redis(DocumentsRedisSettings())
    documents = Documents(documents_redis)
    app = create_app(DOCUMENT, ROUTES, {"lookup": lookup, "waiting": waiting, "ranks": Ranks(documents)})
    postgres = postgres_probe(engine)
    lifecycle.run_beside(postgres.make(), "connecting to PostgreSQL")
    lifecycle.run_beside(UnfinishedWork(engine).run(), "counting unfinished work")
    lifecycle.run_beside(waiting.run(), "asking for those who wait")
    lifecycle.run_beside(_close_when_stopping(lifecycle, waiting), "ending the waits")
    try:
        yield Service(Edge(app, Cors("reads", app_settings.cors_origins)), ready=postgres.why_not_ready)
    finally:
        await redis.aclose()
        await documents.aclose()
        await documents_redis.aclose()
        await engine.dispose()


async def _close_when_stopping(lifecycle: Lifecycle, waiting: JobWaiting) -> None:
    await lifecycle.stopping.wait()
    waiting.close()
