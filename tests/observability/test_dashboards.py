"""What Grafana and Alertmanager would be told: a real Prometheus, the whole service, and people who play."""

import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.api import Api, connected, eventually, fresh
from tests.observability import chart_files
from tests.observability.chart_files import Query
from tests.observability.prometheus import NAMESPACE, RELEASE, Prometheus, running_prometheus
from tests.stack import Stack

pytestmark = pytest.mark.observability

RATE_PER_S = 40
PLAYERS = 50
STOP_WITHIN_S = 15.0
SHOWN_WITHIN_S = 90.0
VARIABLES = {"namespace": NAMESPACE, "release": RELEASE, "__rate_interval": "30s"}

# They ask the cluster's own exporters, kube-state-metrics and the kubelet, which one machine does not have.
OF_THE_CLUSTER = ("queue: Scaling by KEDA", "documents: Free space of volumes")


@pytest.fixture(scope="module")
def prometheus(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    directory = tmp_path_factory.mktemp("prometheus")
    with running_prometheus(stack.private.ports, chart_files.ALERTS_FILE, directory) as prometheus:
        yield prometheus


@pytest.fixture(scope="module")
def board(stack: Stack, prometheus: Prometheus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A board on which people play all the time."""
    board = fresh("watched")
    with connected(stack.url, stack.keys.admin) as admin:
        admin.define(board, periods=["all", "day"])
    with people_play(stack, board, tmp_path_factory.mktemp("datagen") / "log"):
        yield board


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Api]:
    with connected(stack.url, stack.keys.submit) as api:
        yield api


@contextmanager
def people_play(stack: Stack, board: str, log: Path) -> Iterator[None]:
    """Run `highscores datagen` until the block ends."""
    command = [
        str(Path(sys.prefix) / "bin" / "highscores"),
        "datagen",
        *("--url", stack.url, "--key", stack.keys.submit, "--boards", board),
        *("--rate", str(RATE_PER_S), "--players", str(PLAYERS), "--steady"),
    ]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield
        assert process.poll() is None, log.read_text(encoding="utf-8")
    finally:
        process.terminate()
        process.wait(STOP_WITHIN_S)


def visit(visitor: Api, board: str) -> None:
    """Read pages and jobs, as people do, and ask for a board that is not there."""
    for _ in range(5):
        visitor.page(board, limit=10)
    job = visitor.submit(board, "visitor", 1).json()["job"]
    visitor.get("/v1/jobs", params={"ids": job})
    visitor.get("/v1/boards/nowhere/standings")


def has_numbers(prometheus: Prometheus, query: Query) -> bool:
    samples = prometheus.query(query.filled_in(VARIABLES))
    return any(math.isfinite(float(sample["value"][1])) for sample in samples)


def test_everything_is_scraped(prometheus: Prometheus) -> None:
    targets = eventually(prometheus.targets, lambda targets: set(targets.values()) == {"up"}, within_s=SHOWN_WITHIN_S)

    assert set(targets) == {"post_score", "get_scores", "get_jobs", "worker", "rabbitmq", "rabbitmq-detailed"}


def test_each_line_of_each_panel_has_data_while_people_play(prometheus: Prometheus, board: str, visitor: Api) -> None:
    waiting = [query for query in chart_files.queries() if query.name not in OF_THE_CLUSTER]
    assert waiting

    def without_data() -> list[Query]:
        visit(visitor, board)
        return [query for query in waiting if not has_numbers(prometheus, query)]

    eventually(without_data, lambda queries: not queries, within_s=SHOWN_WITHIN_S)


def test_the_panels_that_need_a_cluster_are_valid(prometheus: Prometheus) -> None:
    queries = [query for query in chart_files.queries() if query.name in OF_THE_CLUSTER]

    answers = [prometheus.query(query.filled_in(VARIABLES)) for query in queries]

    assert {query.name for query in queries} == set(OF_THE_CLUSTER)
    assert not any(answers)


def test_business_numbers_are_those_of_the_boards(prometheus: Prometheus, board: str, stack: Stack) -> None:
    def told() -> list[int]:
        names = ("highscores_boards", "highscores_board_players", "highscores_board_submissions")
        return [int(float(sample["value"][1])) for name in names for sample in prometheus.query(f"max({name})")]

    boards = int(stack.query("select count(*) from boards where deleted_at is null"))

    numbers = eventually(
        told,
        lambda numbers: len(numbers) == 3 and numbers[0] == boards and all(numbers),  # counted now and then
        within_s=SHOWN_WITHIN_S,
    )

    assert 1 <= numbers[1] <= int(stack.query("select sum(players) from boards"))
    assert 1 <= numbers[2] <= int(stack.query("select sum(submissions) from boards"))


def test_all_alerts_are_evaluated_and_none_is_near_while_all_is_well(prometheus: Prometheus, board: str) -> None:
    rules = eventually(
        prometheus.alerts, lambda rules: all(rule["health"] == "ok" for rule in rules), within_s=SHOWN_WITHIN_S
    )

    assert {rule["name"] for rule in rules} == {alert.alert for alert in chart_files.alerts()}
    assert {rule["name"]: rule["state"] for rule in rules if rule["state"] != "inactive"} == {}


def test_the_alert_of_a_service_that_is_down_is_raised_and_taken_back(prometheus: Prometheus, stack: Stack) -> None:
    def pending() -> list[str]:
        return [rule["name"] for rule in prometheus.alerts() if rule["state"] != "inactive"]

    stack.kill("get_jobs")
    try:
        raised = eventually(pending, bool, within_s=SHOWN_WITHIN_S)
    finally:
        stack.start("get_jobs")
    eventually(pending, lambda names: not names, within_s=SHOWN_WITHIN_S)

    assert raised == ["HighscoresServiceDown"]
