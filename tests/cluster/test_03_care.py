"""What operators do in a release's life: new passwords, a backup and its restore, a load test, an end."""

from collections import Counter
from contextlib import suppress

import pytest
from tests.cluster.credentials import Credentials
from tests.cluster.killing import Killer
from tests.cluster.kube import eventually
from tests.cluster.load import Load, load
from tests.cluster.manual import Manual
from tests.cluster.objects import everything
from tests.cluster.pods import check_health
from tests.cluster.release import Release
from tests.cluster.verdict import check_ledger, judge

pytestmark = pytest.mark.cluster

CALM_S = 2.0
LOADTEST_WITHIN_S = 180.0
# Modest rates, and goals for a machine that does everything at once: see loadtest/README.md.
LOADTEST = {
    "SCORES_RATE": "10",
    "BATCHES_RATE": "1",
    "BATCH_SIZE": "20",
    "READS_RATE": "20",
    "JOBS_RATE": "2",
    "VISIBLE_RATE": "1",
    "RAMP": "3s",
    "DURATION": "15s",
    "BOARDS": "2",
    "PLAYERS": "200",
    "MAX_DROPPED": "50",
    "MAX_FAILED_SHARE": "0.01",
    "ACCEPTED_P99_MS": "3000",
    "PAGE_P99_MS": "3000",
    "VISIBLE_P99_MS": "5000",
}


@pytest.fixture(scope="module")
def manual(release: Release) -> Manual:
    return Manual("backup.md", release.namespace.name, release.name)


def test_every_secret_can_be_replaced(release: Release, restarts: Counter[str], manual: Manual) -> None:
    former = Credentials.read(release)
    with load(release.front, former.admin_key, may_fail=True) as players:
        players.run_for(CALM_S)
        new = Credentials.made_up()
        new.write(release)
        with players.versions.may_fall():  # the documents' Redis is among those that start afresh
            manual.paragraph("A password.")
            release.upgrade()
        players.run_for(CALM_S)
    judge(release, players)
    assert new.accepted_by(release) == Credentials.names()
    former.revoke_admin_key(release)
    eventually(lambda: former.accepted_by(release), lambda accepted: not accepted, within_s=10)
    check_health(release, restarts)


def test_a_backup_is_restored_as_the_manual_says(release: Release, remembered: list[Load], manual: Manual) -> None:
    with load(release.front, release.admin_key(), may_fail=False) as before:
        before.run_for(CALM_S)
    judge(release, before)
    manual.row("make one now")
    print(manual.row("see what it did, and what there is"))
    with load(release.front, release.admin_key(), may_fail=False) as after:
        after.run_for(CALM_S)
    judge(release, after)

    manual.step(1)
    print(manual.step(2))
    told = manual.step(3)
    print(told)
    former = next(word for word in told.split() if word.startswith("highscores_until_")).rstrip(".")
    manual.step(5)
    manual.step(6)

    remembered.append(before)
    for players in remembered:
        check_ledger(release, players)
    api = release.admin()
    with api.http:
        assert {api.get(f"/v1/boards/{board}").status_code for board in after.boards} == {404}
    manual.step(7, highscores_until_20261124_031702=former)
    release.namespace.kubectl("delete", "job", "backup-now")


def test_a_release_with_three_rabbitmq_nodes_beside_it_survives_the_loss_of_one(
    second: Release, killer: Killer
) -> None:
    second.install()
    second.test()
    with load(second.front, second.admin_key(), may_fail=True) as players:
        players.run_for(CALM_S)
        killer.kill(second, "rabbitmq", second.leader("scores"))
        players.run_for(CALM_S)
        second.settle()
        players.run_for(CALM_S)
    judge(second, players)
    check_health(second, Counter(rabbitmq=1))
    second.uninstall()
    second.purge()


def test_the_load_test_passes_and_its_report_can_be_had(release: Release) -> None:
    release.upgrade({"loadtest": {"enabled": True, "settings": LOADTEST}, "worker": {"keda": {"minReplicas": 1}}})
    jobs = [job["metadata"]["name"] for job in release.namespace.items("jobs", release.selector())]
    job = next(name for name in jobs if "loadtest" in name)
    with suppress(AssertionError):  # the log tells why
        release.namespace.kubectl(
            "wait", "job", job, "--for=condition=Complete", f"--timeout={LOADTEST_WITHIN_S:.0f}s", timeout_s=200
        )
    log = release.namespace.kubectl("logs", f"job/{job}")
    page, summary = log.partition("</html>")[::2]
    print(summary)
    assert "<!doctype html>" in page
    containers = [
        status
        for pod in release.namespace.items("pods", f"job-name={job}")
        for status in pod["status"]["containerStatuses"]
    ]
    assert [status["state"]["terminated"]["exitCode"] for status in containers] == [0]


def test_an_uninstall_leaves_the_data_and_nothing_else(release: Release, at_first: set[str]) -> None:
    release.uninstall()
    kept = {
        f"secret/{release.fullname}",
        *(
            f"persistentvolumeclaim/{claim}"
            for claim in (
                f"data-{release.name}-postgresql-0",
                f"data-{release.name}-rabbitmq-0",
                f"data-{release.name}-redis-jobs-0",
                f"{release.name}-postgresql-backup",
            )
        ),
    }
    eventually(lambda: everything(release.namespace) - at_first, lambda left: left == kept, within_s=30)


def test_an_install_on_what_was_left_has_the_data_back(
    release: Release, restarts: Counter[str], remembered: list[Load]
) -> None:
    release.install()
    restarts.clear()
    for players in remembered:
        check_ledger(release, players)
    with load(release.front, release.admin_key(), may_fail=False) as players:
        players.run_for(CALM_S)
    judge(release, players)
    check_health(release, restarts)
