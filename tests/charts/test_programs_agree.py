"""What the tools for charts say of them."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from tests.charts.manifests import Rendering
from tests.charts.programs import run, succeed
from tests.charts.value_sets import CHARTS, CHARTS_FOLDER, ValueSet


@pytest.mark.parametrize("chart", CHARTS)
def test_the_linter_has_nothing_to_say(chart: str) -> None:
    linted = run("helm", "lint", "--strict", CHARTS_FOLDER / chart)

    assert linted.returncode == 0, linted.stdout + linted.stderr


@pytest.mark.parametrize("chart", CHARTS)
def test_unit_tests_pass(chart: str) -> None:
    # A subchart's own suites run with its own values, not with those that the parent has for it.
    tested = run("helm-unittest", "--strict", "--with-subchart=false", CHARTS_FOLDER / chart)

    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_every_object_is_one_that_kubernetes_knows(
    renderings: Mapping[ValueSet, Rendering], schemas: Path, tmp_path: Path
) -> None:
    for values, rendering in renderings.items():
        (tmp_path / f"{values.id}.yaml").write_text(rendering.text)

    checked = run(
        "kubeconform",
        *("-strict", "-output", "json", "-schema-location"),
        f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json",
        tmp_path,
    )

    wrong = [
        f"{Path(one['filename']).stem}: {one['kind']}/{one['name']}: {one['msg']}"
        for one in msgspec.json.decode(checked.stdout)["resources"]
    ]
    assert wrong == []
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("chart", CHARTS)
def test_the_readme_is_up_to_date(chart: str) -> None:
    folder = CHARTS_FOLDER / chart

    made = succeed(
        "helm-docs", "--dry-run", "--sort-values-order", "file", "--log-level", "warning", "--chart-search-root", folder
    )

    assert (folder / "README.md").read_text().strip() == made.strip(), "`make chart-docs` writes it anew"


@pytest.mark.parametrize("chart", CHARTS)
def test_every_value_has_a_comment(chart: str) -> None:
    table = (CHARTS_FOLDER / chart / "README.md").read_text().partition("## Values")[2]

    silent = [row for row in table.splitlines() if row.startswith("| `") and row.endswith("|  |")]

    assert silent == []
