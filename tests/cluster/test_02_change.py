"""Upgraded, rolled back, scaled and shot at under load, the release loses nothing."""

import time
from collections import Counter
from collections.abc import Callable

import pytest
from tests.api import fresh
from tests.cluster.killing import Killer, delete_pod
from tests.cluster.kube import eventually
from tests.cluster.load import Load, load
from tests.cluster.patience import define
from tests.cluster.pods import check_health, last_words_are_good
from tests.cluster.release import SERVICES, Release
from tests.cluster.verdict import judge

pytestmark = pytest.mark.cluster

CALM_S = 2.0  # of load before and after what happens
SERVERS = ("postgresql", "rabbitmq", "redis-jobs", "redis-documents")
IDLE_WITHIN_S = 90.0
LONE_SCORE_WITHIN_S = 30.0
TASK_WITHIN_S = 60.0
AWAY_WITHIN_S = 60.0
AWAY_S = 30.0  # KEDA asks every 2 s, and the autoscaler every 15 s
LEAVE_TASK_SQL = """
    insert into tasks (kind, bucket, board_number, board, revision, cursor, created_at)
    select 'recompute', bucket, number, board, revision, '{{"kinds": ["all"]}}',
           (extract(epoch from now()) * 1e6)::bigint
    from boards where board = '{board}' and deleted_at is null
"""
BURST_BATCHES = 100
BURST_SCORES = 500

CHANGED = {"logLevel": "debug"} | {
    section: {"podAnnotations": {"changed": "yes"}, "resources": {"limits": {"memory": "320Mi"}}}
    for section in ("postScore", "getScores", "getJobs", "worker")
}


def identities(release: Release, components: tuple[str, ...]) -> dict[str, set[str]]:
    return {each: {pod["metadata"]["uid"] for pod in release.pods(each)} for each in components}


def die_twice(release: Release, killer: Killer, players: Load, program: str) -> None:
    """A process of the program is killed, then a pod of it taken away; each time it is waited for."""
    killer.kill(release, program)
    players.run_for(CALM_S)
    release.settle()
    delete_pod(release, program)
    players.run_for(CALM_S)
    release.settle()


def replace_services_under_load(release: Release, restarts: Counter[str], change: Callable[[], None]) -> Load:
    """Make the change; no request may fail, every pod of a service must be another one, and none of a server."""
    servers, services = identities(release, SERVERS), identities(release, SERVICES)
    with last_words_are_good(release), load(release.front, release.admin_key(), may_fail=False) as players:
        players.run_for(CALM_S)
        change()
        players.run_for(CALM_S)
    judge(release, players)
    assert identities(release, SERVERS) == servers
    after = identities(release, SERVICES)
    assert not [name for name in SERVICES if after[name] & services[name]]
    check_health(release, restarts)
    return players


def test_an_upgrade_of_every_service_under_load_fails_no_request(
    release: Release, restarts: Counter[str], remembered: list[Load]
) -> None:
    remembered.append(replace_services_under_load(release, restarts, lambda: release.upgrade(CHANGED)))


def test_a_rollback_under_load_fails_no_request(release: Release, restarts: Counter[str]) -> None:
    replace_services_under_load(release, restarts, release.rollback)


def test_with_no_worker_a_lone_score_is_applied_within_30_s(release: Release) -> None:
    api = release.admin()
    with api.http:
        board = fresh("lone")
        define(api, board)
        eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)
        accepted = api.submit(board, "somebody", 1)
        started = time.monotonic()
        job = accepted.raise_for_status().json()["job"]
        eventually(lambda: api.job(job)["status"], lambda status: status == "done", within_s=LONE_SCORE_WITHIN_S)
    print(f"applied {time.monotonic() - started:.1f} s after its 202")


def test_with_no_worker_and_empty_queues_a_task_that_was_left_is_done(release: Release) -> None:
    api = release.admin()
    with api.http:
        board = fresh("left")
        define(api, board)
        job = api.submit(board, "somebody", 1).raise_for_status().json()["job"]
        eventually(lambda: api.job(job)["status"], lambda status: status == "done", within_s=LONE_SCORE_WITHIN_S)
    eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)
    started = time.monotonic()
    release.query(LEAVE_TASK_SQL.format(board=board))

    eventually(lambda: release.query("select count(*) from tasks"), lambda count: count == "0", within_s=TASK_WITHIN_S)

    print(f"done {time.monotonic() - started:.1f} s after it was left")
    assert not any(release.queues().values())
    eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)


def test_while_postgresql_is_away_no_worker_is_started(release: Release, restarts: Counter[str]) -> None:
    eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)
    scale = ("scale", "statefulset", f"{release.name}-postgresql")
    release.namespace.kubectl(*scale, "--replicas=0")
    try:
        eventually(lambda: release.pods("postgresql"), lambda pods: not pods, within_s=AWAY_WITHIN_S)
        until = time.monotonic() + AWAY_S
        while time.monotonic() < until:
            assert release.pods_of_workers() == []
            time.sleep(1)
    finally:
        release.namespace.kubectl(*scale, "--replicas=1")
    release.settle()
    api = release.admin()
    with api.http:
        board = fresh("back")
        define(api, board)
    eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)
    check_health(release, restarts)


def test_a_burst_brings_workers_and_its_end_takes_them_away(release: Release, restarts: Counter[str]) -> None:
    eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)
    with load(release.front, release.admin_key(), may_fail=False) as players:
        players.burst(BURST_BATCHES, BURST_SCORES)
        eventually(release.worker_count, lambda count: count >= 2, within_s=60)
    judge(release, players)
    eventually(release.pods_of_workers, lambda pods: not pods, within_s=IDLE_WITHIN_S)
    check_health(release, restarts)


@pytest.mark.parametrize("program", [*SERVICES, "postgresql", "rabbitmq", "redis-jobs"])
def test_deaths_under_load_lose_nothing(release: Release, killer: Killer, restarts: Counter[str], program: str) -> None:
    with load(release.front, release.admin_key(), may_fail=True) as players:
        players.run_for(CALM_S)
        die_twice(release, killer, players, program)
        players.run_for(CALM_S)
    restarts[program] += 1
    judge(release, players)
    check_health(release, restarts)


def test_deaths_of_the_documents_redis_under_load_lose_nothing(
    release: Release, killer: Killer, restarts: Counter[str]
) -> None:
    with load(release.front, release.admin_key(), may_fail=True) as players:
        players.run_for(CALM_S)
        with players.versions.may_fall():
            die_twice(release, killer, players, "redis-documents")
            players.run_for(CALM_S)
        players.run_for(CALM_S)
    restarts["redis-documents"] += 1
    judge(release, players)
    check_health(release, restarts)
