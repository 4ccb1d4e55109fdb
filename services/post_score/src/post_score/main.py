"""post_score: takes commands, validates them, and answers 202 once the queue has confirmed them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from litestar.openapi.spec import Tag

from highscores.domain.jobs import JobIds
from highscores.ledger import reads
from highscores.ledger.engine import create_engine
from highscores.ledger.pool import watch_pool
from highscores.ledger.readiness import postgres_probe
from highscores.process.lifecycle import Lifecycle
from highscores.process.readiness import first_reason
from highscores.process.settings import AppSettings, JobsRedisSettings, PostgresSettings, RabbitmqSettings
from highscores.queue.publisher import Broker
from highscores.queue.readiness import rabbitmq_probe
from highscores.redis.connection import create_redis
from highscores.web.app import create_app
from highscores.web.auth import Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.cors import Cors
from highscores.web.edge import Edge, FastRoute
from highscores.web.openapi import ApiDocument
from highscores.web.server import Service, run
from post_score.admission import Admission, limits
from post_score.boards import define_board, delete_board
from post_score.clock import Clock
from post_score.command_numbers import next_command_number
from post_score.control import ControlCommands
from post_score.documents import request_document
from post_score.intake import Intake
from post_score.repetitions import Repetitions
from post_score.score_routes import SCORES_PATH, submit_batch, submit_score
from post_score.scores import Scores
from post_score.settings import IdempotencySettings, LimitSettings

POOL_SIZE = 4

DOCUMENT = ApiDocument(
    title="highscores: commands",
    description="Everything that changes state: validated, queued, answered 202 with a job.",
    path=f"{SCORES_PATH}/openapi.json",
    tags=[
        Tag(name="scores", description="Submitting scores."),
        Tag(name="documents", description="Asking for standings to be brought into the cache."),
        Tag(name="boards", description="Defining and deleting boards."),
    ],
)
ROUTES = (submit_score, submit_batch, request_document, define_board, delete_board)


def main() -> None:
    run("post_score", open_service)


@asynccontextmanager
async def open_service(lifecycle: Lifecycle) -> AsyncIterator[Service]:
    app_settings = AppSettings()  # type: ignore[call-arg]
    key_limit, anonymous_limit = limits(LimitSettings())
    redis = create_redis(JobsRedisSettings())
    engine = create_engine(PostgresSettings(), pool_size=POOL_SIZE)
    watch_pool(engine)
    broker = Broker(RabbitmqSettings())
    keys, directory = Keys(engine), BoardDirectory(engine, redis)
    ids, clock = JobIds(app_settings.job_secret.get_secret_value()), Clock()
    intake = Intake(Admission(redis, IdempotencySettings().remember_seconds), broker)
    repetitions = Repetitions(intake, partial(reads.find_jobs, engine))
    scores = Scores(keys, directory, ids, clock, intake, repetitions, key_limit)
    app = create_app(
        DOCUMENT,
        ROUTES,
        {
            "keys": keys,
            "directory": directory,
            "scores": scores,
            "control": ControlCommands(ids, clock, intake, repetitions, partial(next_command_number, engine)),
            "key_limit": key_limit,
            "anonymous_limit": anonymous_limit,
        },
    )
    fast = {("POST", SCORES_PATH): FastRoute(SCORES_PATH, scores.take_one)}
    rabbitmq, postgres = rabbitmq_probe(broker), postgres_probe(engine)
    lifecycle.run_beside(rabbitmq.make(), "connecting to RabbitMQ")
    lifecycle.run_beside(postgres.make(), "connecting to PostgreSQL")
    lifecycle.run_beside(directory.watch(), "hearing of board changes")
    try:
        yield Service(
            Edge(app, Cors("commands", app_settings.cors_origins), lambda method, path: fast.get((method, path))),
            # Once RabbitMQ has been reached, a loss of it is answered 503 here. Not ready, all pods at once would leave
            # their route, and whoever answers the rest of the paths would say 404, on which clients give up.
            ready=first_reason(rabbitmq.why_not_ready, postgres.why_not_ready),
        )
    finally:
        await broker.close()
        await redis.aclose()
        await engine.dispose()
