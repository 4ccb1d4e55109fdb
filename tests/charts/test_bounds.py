"""Figures of the chart that follow from the programs: connections to PostgreSQL, and the time to end."""

import math
import re

import msgspec
import pytest
from tests.charts.manifests import Rendering, name_of
from tests.charts.programs import run, succeed
from tests.charts.value_sets import CHARTS_FOLDER, ValueSet

from get_jobs.main import POOL_SIZE as GET_JOBS_POOL
from get_scores.main import POOL_SIZE as GET_SCORES_POOL
from highscores.process.exit_deadline import LINE_LIMIT_S
from highscores.process.lifecycle import CLOSE_LIMIT_S
from highscores.web.server import DRAIN_LIMIT_S as WEB_DRAIN_LIMIT_S
from highscores.web.server import NOTICE_S
from post_score.main import POOL_SIZE as POST_SCORE_POOL
from worker.run import DRAIN_LIMIT_S as WORKER_DRAIN_LIMIT_S
from worker.run import POOL_SIZE as WORKER_POOL

POOLS = {"post-score": POST_SCORE_POOL, "get-scores": GET_SCORES_POOL, "get-jobs": GET_JOBS_POOL, "worker": WORKER_POOL}
OTHERS = 12  # KEDA, migration, backup, restore, probes and people
UPDATED = 2  # pods of a service that start or end while it is updated

CHART = CHARTS_FOLDER / "highscores"
WITH_POSTGRESQL = [
    ValueSet("highscores"),
    *(ValueSet("highscores", CHART / f"values-{name}.yaml") for name in ("dev", "restricted")),
]


@pytest.mark.parametrize("values", WITH_POSTGRESQL, ids=lambda values: values.name)
def test_postgresql_takes_the_connections_of_all_pods_that_may_run(values: ValueSet) -> None:
    rendering = Rendering.of(succeed("helm", "template", *values.arguments))

    needed = OTHERS + sum((most_pods(rendering, service) + UPDATED) * pool for service, pool in POOLS.items())

    assert taken_connections(rendering) >= needed


def test_the_notes_warn_of_one_connection_too_few() -> None:
    rendering = Rendering.of(
        succeed("helm", "template", *ValueSet("highscores").install_arguments)
    )  # where KEDA is not
    needed = OTHERS + sum((most_pods(rendering, service) + UPDATED) * pool for service, pool in POOLS.items())

    assert "PostgreSQL takes" not in notes(f"postgresql.maxConnections={needed}")
    assert f"open up to {needed}:" in notes(f"postgresql.maxConnections={needed - 1}")


@pytest.mark.parametrize(("service", "pause"), [("postScore", 5), ("getScores", 0), ("getJobs", 30)])
def test_a_web_service_has_the_time_to_end_itself(service: str, pause: int) -> None:
    bound = math.ceil(pause + NOTICE_S + WEB_DRAIN_LIMIT_S + CLOSE_LIMIT_S + LINE_LIMIT_S)
    times = f"{service}.preStopSeconds={pause},{service}.terminationGracePeriodSeconds={bound - 1}"

    refused = run("helm", "template", "arcade", CHART, "--set", times)

    assert f"{service}.terminationGracePeriodSeconds is {bound - 1}" in refused.stderr


def test_a_worker_has_the_time_to_end_itself() -> None:
    schema = msgspec.json.decode((CHART / "values.schema.json").read_bytes())

    least = schema["properties"]["worker"]["properties"]["terminationGracePeriodSeconds"]["minimum"]

    assert least >= WORKER_DRAIN_LIMIT_S + CLOSE_LIMIT_S + LINE_LIMIT_S


def most_pods(rendering: Rendering, service: str) -> int:
    """How many its autoscaler may make, or its Deployment has."""
    name = f"arcade-highscores-{service}"
    objects = {name_of(one): one["spec"] for one in rendering.objects if "spec" in one}
    if hpa := objects.get(f"HorizontalPodAutoscaler/{name}"):
        return int(hpa["maxReplicas"])
    if scaled := objects.get(f"ScaledObject/{name}"):
        return int(scaled["maxReplicaCount"])
    return int(objects[f"Deployment/{name}"]["replicas"])


def taken_connections(rendering: Rendering) -> int:
    [settings] = [
        one["data"]["postgresql.conf"]
        for one in rendering.of_kind("ConfigMap")
        if "postgresql.conf" in one.get("data", {})
    ]
    [(number,)] = [found.groups() for found in re.finditer(r"^max_connections = '(\d+)'$", settings, re.MULTILINE)]
    return int(number)


def notes(settings: str) -> str:
    """What Helm would say after an install, where KEDA is not."""
    return succeed("helm", "install", *ValueSet("highscores").install_arguments, "--dry-run=client", "--set", settings)
