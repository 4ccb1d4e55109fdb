"""The alerts and dashboards of the chart, as values."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from tests.servers import REPOSITORY

ALERTS_FILE = REPOSITORY / "charts/highscores/alerts.yaml"
ALERT_TESTS_FILE = Path(__file__).parent / "alerts_test.yaml"
RUNBOOK_FILE = REPOSITORY / "docs/runbook.md"
DASHBOARD_FILES = tuple(sorted((REPOSITORY / "charts/highscores/dashboards").glob("*.json")))

_VARIABLE = re.compile(r"\$(\w+|\{\w+\})")


class Alert(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"waits": "for"}):
    alert: str
    expr: str
    waits: str
    labels: dict[str, str]
    annotations: dict[str, str]


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    rules: list[Alert]


class _RuleFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    groups: list[_Group]


class Query(NamedTuple):
    """One line of a panel."""

    dashboard: str
    panel: str
    expression: str

    @property
    def name(self) -> str:
        return f"{self.dashboard}: {self.panel}"

    def filled_in(self, values: Mapping[str, str]) -> str:
        """The expression as Grafana sends it; KeyError when it uses a variable that has no value."""
        return _VARIABLE.sub(lambda match: values[match[1].strip("{}")], self.expression)


def alerts() -> list[Alert]:
    rules = msgspec.yaml.decode(ALERTS_FILE.read_bytes(), type=_RuleFile)
    return [alert for group in rules.groups for alert in group.rules]


def dashboard(file: Path) -> dict[str, Any]:
    content: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    return content


def queries() -> list[Query]:
    return [
        Query(file.stem, panel["title"], target["expr"])
        for file in DASHBOARD_FILES
        for panel in dashboard(file)["panels"]
        for target in panel["targets"]
    ]
