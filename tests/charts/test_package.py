"""The chart as a package, which is what registries hold: links followed, nothing forgotten, nothing too much."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.charts.programs import run, succeed
from tests.charts.value_sets import CHARTS_FOLDER, SECRETS_GIVEN, VALUE_SETS, ValueSet

# With files from outside the templates' folder, and nothing random.
ALL_FILES = ("--set", "loadtest.enabled=true,dashboards.enabled=true,alerts.enabled=true")
GIVEN = [values for values in VALUE_SETS if values.name in SECRETS_GIVEN]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("package")
    succeed("helm", "package", CHARTS_FOLDER / "highscores", "--destination", folder)
    yield from folder.glob("highscores-*.tgz")


@pytest.mark.parametrize("values", GIVEN, ids=lambda values: values.id)
def test_a_package_installs_what_the_folder_does(values: ValueSet, package: Path) -> None:
    release, folder, *rest = values.arguments

    packed = succeed("helm", "template", release, package, *rest, *ALL_FILES)

    assert packed == succeed("helm", "template", release, folder, *rest, *ALL_FILES)


def test_a_package_holds_the_charts_it_needs_and_no_tests_of_them(package: Path) -> None:
    with tarfile.open(package) as archive:
        files = {member.name for member in archive.getmembers()}

    assert all(f"highscores/charts/{chart}/Chart.yaml" in files for chart in ("postgresql", "rabbitmq", "redis"))
    assert "highscores/README.md" in files
    assert "highscores/values.schema.json" in files
    assert [file for file in files if file.endswith(("_test.yaml", ".gotmpl")) or "/ci/" in file] == []


def test_older_kubernetes_is_refused_in_words() -> None:
    refused = run("helm", "template", "arcade", CHARTS_FOLDER / "highscores", "--kube-version", "1.27.0")

    assert refused.returncode != 0
    assert "chart requires kubeVersion: >=1.28.0-0 which is incompatible with Kubernetes v1.27.0" in refused.stderr


def test_the_oldest_kubernetes_is_taken() -> None:
    succeed("helm", "template", "arcade", CHARTS_FOLDER / "highscores", "--kube-version", "1.28.0")
