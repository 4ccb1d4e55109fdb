"""The report of a load test: true, complete, and safe to open."""

import re

import pytest
from tests.loadtest import k6


@pytest.mark.parametrize(
    ("accepted", "unknown", "applied", "sentence"),
    [
        (1200, 0, 1200, "1,200 scores were accepted, 1,200 have taken effect: each once, none lost."),
        (1200, 5, 1199, "1,200 scores were accepted, 1,199 have taken effect: 1 are MISSING."),
        (1200, 5, 1206, "1,200 scores were accepted, 1,206 have taken effect: 1 are TOO MANY."),
        (1200, 5, 1203, "of 5 more, nobody could tell: they may account for the difference."),
    ],
)
def test_says_whether_every_score_counts_once(accepted: int, unknown: int, applied: int, sentence: str) -> None:
    data = k6.summary(accepted=accepted, unknown=unknown, applied=applied)

    rendered = k6.render(data)

    assert sentence in rendered.text
    assert sentence in rendered.html


def test_shows_a_broken_threshold_as_failed() -> None:
    rendered = k6.render(k6.summary())

    assert rendered.report["verdict"] == "failed"
    assert "load test: FAILED" in rendered.text
    assert re.search(r"FAILED +from a score to its 202 +600 ms +\(p99 at most 500 ms\)", rendered.text)


def test_a_run_that_was_cut_short_has_not_passed() -> None:
    plan = k6.render(k6.summary()).plan
    data = k6.summary()
    data["state"]["testRunDurationMs"] = 14_000
    for metric, (goal, *_) in plan["thresholds"].items():
        data["metrics"].setdefault(metric, {"contains": "default", "values": {}})["thresholds"] = {goal: {"ok": True}}

    rendered = k6.render(data)

    assert rendered.report["verdict"] == "stopped early"


def test_takes_a_goal_that_k6_said_nothing_of_as_failed() -> None:
    rendered = k6.render(k6.summary())

    goals = {goal["metric"]: goal["passed"] for goal in rendered.report["thresholds"]}
    assert goals["scores_missing"] is True
    assert goals["scores_visible"] is False


def test_counts_failed_requests_into_the_share() -> None:
    rendered = k6.render(k6.summary())

    score = next(row for row in rendered.report["requests"] if row["kind"] == "score")
    assert (score["count"], score["failed"], score["p99"]) == (4, 1, 600)


def test_escapes_what_it_did_not_write_itself() -> None:
    data = k6.summary(run="<script>alert('1')</script>&\"")

    rendered = k6.render(data, BASE_URL="http://<b>")

    assert "<script" not in rendered.html
    assert "<b>" not in rendered.html.replace("<li><b>", "")
    assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;" in rendered.html


def test_the_page_needs_nothing_from_elsewhere() -> None:
    rendered = k6.render(k6.summary())

    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script|<link|<iframe", rendered.html)


def test_the_page_begins_and_ends_with_a_line_of_its_own_so_that_a_log_can_be_cut() -> None:
    rendered = k6.render(k6.summary())

    lines = rendered.html.split("\n")
    assert (lines[0], lines[-1]) == ("<!doctype html>", "</html>")
