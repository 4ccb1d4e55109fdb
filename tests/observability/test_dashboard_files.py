"""The dashboards as files: what Grafana needs of them, and what people do."""

import re
from itertools import combinations
from pathlib import Path

import pytest
from tests.observability.chart_files import DASHBOARD_FILES, dashboard

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SELECTORS = ('namespace=~"$namespace"', 'release=~"$release"')
FROM_THE_CLUSTER = re.compile(r"\b(kube|kubelet)_\w+")
COLUMNS = 24


def test_there_are_four_with_different_ids_and_titles() -> None:
    contents = [dashboard(file) for file in DASHBOARD_FILES]

    assert [file.stem for file in DASHBOARD_FILES] == ["documents", "http", "overview", "queue"]
    assert len({content["uid"] for content in contents}) == len({content["title"] for content in contents}) == 4


@pytest.mark.parametrize("file", DASHBOARD_FILES, ids=lambda file: file.stem)
class TestEachDashboard:
    def test_it_is_named_after_its_file(self, file: Path) -> None:
        assert dashboard(file)["uid"] == f"highscores-{file.stem}"

    def test_it_lets_people_choose_source_namespace_and_release(self, file: Path) -> None:
        variables = {each["name"]: each["type"] for each in dashboard(file)["templating"]["list"]}

        assert variables == {"datasource": "datasource", "namespace": "query", "release": "query"}

    def test_its_panels_have_different_ids(self, file: Path) -> None:
        ids = [panel["id"] for panel in dashboard(file)["panels"]]

        assert len(set(ids)) == len(ids)

    def test_no_panel_covers_another(self, file: Path) -> None:
        areas = [panel["gridPos"] for panel in dashboard(file)["panels"]]

        assert all(area["x"] + area["w"] <= COLUMNS for area in areas)
        assert not [pair for pair in combinations(areas, 2) if overlap(*pair)]

    def test_each_panel_says_what_it_shows_in_which_unit(self, file: Path) -> None:
        for panel in dashboard(file)["panels"]:
            assert panel["title"]
            assert panel["description"].endswith((".", "%")), panel["title"]
            assert panel["fieldConfig"]["defaults"]["unit"], panel["title"]

    def test_each_panel_asks_the_chosen_source_for_the_chosen_releases(self, file: Path) -> None:
        for panel in dashboard(file)["panels"]:
            assert panel["datasource"] == DATASOURCE
            for target in panel["targets"]:
                assert_selects(target["expr"])


def assert_selects(expression: str) -> None:
    """Every selector of ours names both variables; the cluster's own metrics know no release."""
    selectors = re.findall(r"(\w+)\{([^}]*(?:\{[^}]*\}[^}]*)*)\}", expression)
    assert selectors, expression
    for metric, labels in selectors:
        needed = SELECTORS[:1] if FROM_THE_CLUSTER.fullmatch(metric) else SELECTORS
        assert all(selector in labels for selector in needed), expression


def overlap(one: dict[str, int], other: dict[str, int]) -> bool:
    return (
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )
