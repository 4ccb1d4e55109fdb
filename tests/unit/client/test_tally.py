"""Counting what became of requests, and telling it."""

import pytest

from highscores_client import Problem, ProblemError, UnreachableError
from highscores_client.datagen.report import summary
from highscores_client.datagen.tally import Latencies, Tally
from highscores_client.results import Job


def refusal(status: int, title: str = "No") -> ProblemError:
    return ProblemError(Problem(title=title, status=status))


def test_quantiles_are_right_to_two_percent() -> None:
    latencies = Latencies()
    for milliseconds in range(1, 1_001):
        latencies.add(milliseconds / 1_000)
    assert latencies.quantile(0.5) == pytest.approx(0.5, rel=0.025)
    assert latencies.quantile(0.99) == pytest.approx(0.99, rel=0.025)


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 1e6])
def test_extreme_latencies_are_counted(seconds: float) -> None:
    latencies = Latencies()
    latencies.add(seconds)
    assert latencies.quantile(0.99) is not None


def test_no_request_has_no_quantile() -> None:
    assert Latencies().quantile(0.5) is None


def test_the_first_refusal_is_kept() -> None:
    tally = Tally()
    tally.fail(500, refusal(422, "A field is wrong"))
    tally.fail(500, refusal(404, "No board"))
    assert (tally.refused, tally.gave_up, tally.requests) == (1_000, 0, 2)
    assert tally.first_refusal == "422 A field is wrong"


@pytest.mark.parametrize("error", [refusal(429), refusal(503), UnreachableError("gone")])
def test_what_stayed_unavailable_is_given_up_not_refused(error: ProblemError | UnreachableError) -> None:
    tally = Tally()
    tally.fail(1, error)
    assert (tally.refused, tally.gave_up) == (0, 1)


def test_the_summary_tells_all_that_happened() -> None:
    tally = Tally()
    tally.sent = 1_502
    tally.accept(1_000, 0.010)
    tally.fail(500, refusal(422, "A field is wrong"))
    tally.retry(refusal(503))
    tally.unknown = 2
    tally.submitting_s, tally.waiting_s = 2.0, 3.0
    for status in ("done", "rejected", "queued"):
        tally.end(Job("j", "submit-score", status))
    lines = summary(tally, run_id="abc", stopped="interrupted")
    assert lines[0] == "accepted 1,000 of 1,502 scores in 2.0 s (500/s), interrupted"
    assert lines[1].startswith("refused 500, given up 0, retries 1; 2 requests, p50 ")
    assert lines[2] == "jobs done 1, rejected 1, not ended 998, after 3.0 s more (0/s from the start)"
    assert lines[3:] == [
        "unanswered 2: these may have been accepted",
        "first refusal: 422 A field is wrong",
        "first rejection: without a reason",
        "run abc",
    ]


def test_a_run_without_trouble_has_a_short_summary() -> None:
    assert len(summary(Tally(), run_id="abc", stopped=None)) == 3
