"""A namespace that enforces `restricted`, one release in it, and steps of which each builds on those before."""

from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from tests.cluster import pods, preflight
from tests.cluster.killing import Killer
from tests.cluster.kube import Namespace, labels_of
from tests.cluster.load import Load
from tests.cluster.objects import everything
from tests.cluster.release import Release, package

NAMESPACE = "highscores-e2e"
OUTSIDE = "highscores-e2e-outside"
KILLER = "highscores-e2e-killer"
RESTRICTED = "k8s/namespace.yaml"

_times: list[tuple[str, float]] = []
_failed: list[str] = []


@pytest.fixture(scope="session")
def namespace() -> Iterator[Namespace]:
    preflight.check_cluster()
    with Namespace(NAMESPACE).made(labels_of(RESTRICTED)) as made:
        yield made


@pytest.fixture(scope="session")
def killer() -> Iterator[Killer]:
    """In a namespace of its own, where pods may do anything."""
    with Namespace(KILLER).made({"pod-security.kubernetes.io/enforce": "privileged"}) as made:
        yield Killer(made)


@pytest.fixture(scope="session")
def k6_tag(namespace: Namespace) -> str:
    """Found while all images are looked for, before anything is installed."""
    return preflight.check_images(namespace)


@pytest.fixture(scope="session")
def outside() -> Iterator[Namespace]:
    """Another namespace, of strangers."""
    with Namespace(OUTSIDE).made(labels_of(RESTRICTED)) as made:
        yield made


@pytest.fixture(scope="session")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return package(tmp_path_factory.mktemp("chart"))


@pytest.fixture(scope="session")
def release(chart: Path, namespace: Namespace, k6_tag: str, at_first: set[str]) -> Release:
    """The release that all steps share; the first one installs it."""
    return Release("arcade", chart, namespace, {"loadtest": {"image": {"tag": k6_tag}}})


@pytest.fixture(scope="session")
def second(chart: Path, namespace: Namespace, release: Release) -> Release:
    """Another release in the same namespace, with a cluster of RabbitMQ; small otherwise."""
    few = {"replicas": 1}
    return Release(
        "second",
        chart,
        namespace,
        {
            "postScore": few,
            "getScores": few,
            "getJobs": few,
            "worker": {"keda": {"minReplicas": 1}},
            "postgresql": {"backup": {"enabled": False}},
            "rabbitmq": {"replicas": 3},
        },
    )


@pytest.fixture(scope="session")
def at_first(namespace: Namespace) -> set[str]:
    """What the namespace holds before anything is installed."""
    return everything(namespace)


@pytest.fixture(scope="session")
def restarts() -> Counter[str]:
    """Containers that the tests themselves had started again, by component."""
    return Counter()


@pytest.fixture(scope="session")
def remembered() -> list[Load]:
    """Loads whose standings and jobs must be there for good, whatever comes after."""
    return []


# --- A step that failed ends the scenario, with what one needs to see why -----------------------------------------


def pytest_runtest_setup(item: pytest.Item) -> None:
    if _failed:
        pytest.skip(f"an earlier step failed: {_failed[0]}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        _times.append((item.name, report.duration))
    if report.failed:
        _failed.append(item.name)
        report.sections.append((f"Namespace {NAMESPACE}", pods.diagnosis(Namespace(NAMESPACE))))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not _times:
        return
    terminalreporter.section("Steps on the cluster")
    for name, seconds in _times:
        terminalreporter.write_line(f"{seconds:7.1f} s  {name}")
    terminalreporter.write_line(f"{sum(seconds for _, seconds in _times):7.1f} s  all steps")
