"""The alerts without a cluster: each fires when it must, and says what to do."""

import re
import subprocess

import msgspec
import pytest
from tests.observability import chart_files
from tests.observability.chart_files import Alert
from tests.observability.prometheus import program

PROMTOOL_TIMEOUT_S = 60
ALERTS = chart_files.alerts()


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("promtool"), *arguments], capture_output=True, text=True, timeout=PROMTOOL_TIMEOUT_S, check=False
    )


def named(alert: Alert) -> str:
    return alert.alert


def test_the_rules_are_valid() -> None:
    result = promtool("check", "rules", str(chart_files.ALERTS_FILE))

    assert result.returncode == 0, result.stdout + result.stderr


def test_each_alert_fires_for_who_is_ill_and_not_for_who_is_well() -> None:
    result = promtool("test", "rules", str(chart_files.ALERT_TESTS_FILE))

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=named)
def test_an_alert_is_tested_both_while_it_waits_and_when_it_fires(alert: Alert) -> None:
    tests = msgspec.yaml.decode(chart_files.ALERT_TESTS_FILE.read_bytes())["tests"]

    expected = [
        check["exp_alerts"] for test in tests for check in test["alert_rule_test"] if check["alertname"] == alert.alert
    ]

    assert [bool(alerts) for alerts in expected] == [False, True]


def test_no_alert_has_the_name_of_another() -> None:
    names = [alert.alert for alert in ALERTS]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("alert", ALERTS, ids=named)
def test_an_alert_says_how_bad_it_is_what_it_means_and_where_to_read_on(alert: Alert) -> None:
    assert alert.labels["severity"] in ("warning", "critical")
    assert set(alert.annotations) == {"summary", "description", "runbook_url"}
    assert alert.annotations["runbook_url"].endswith(f"/docs/runbook.md#{alert.alert.lower()}")


def test_all_alerts_point_to_one_runbook() -> None:
    assert len({alert.annotations["runbook_url"].partition("#")[0] for alert in ALERTS}) == 1


def test_the_runbook_has_one_section_for_each_alert_in_their_order() -> None:
    sections = re.findall(r"^## (Highscores\w+)$", chart_files.RUNBOOK_FILE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sections == [alert.alert for alert in ALERTS]
