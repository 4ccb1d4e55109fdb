"""The header, by the W3C's rules."""

import pytest
from tests.unit.tracing.recorded import SPAN, TRACE, TRACEPARENT, UNSAMPLED

from highscores.tracing.traceparent import Traceparent, log_names, parse


@pytest.mark.parametrize(
    ("text", "is_sampled"), [(TRACEPARENT, True), (UNSAMPLED, False), (f"{TRACEPARENT[:-1]}3", True)]
)
def test_says_which_trace_and_span(text: str, is_sampled: bool) -> None:
    assert parse(text) == Traceparent(TRACE, SPAN, is_sampled)


def test_is_written_as_it_is_read() -> None:
    assert [str(parse(text)) for text in (TRACEPARENT, UNSAMPLED)] == [TRACEPARENT, UNSAMPLED]


def test_later_versions_may_say_more() -> None:
    assert parse(f"01-{TRACE}-{SPAN}-01-more") == Traceparent(TRACE, SPAN, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        f"{TRACEPARENT}-more",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        TRACEPARENT.upper(),
        f"{TRACEPARENT}\n",
        f"00-{TRACE}-{SPAN}",
    ],
)
def test_what_breaks_the_rules_says_nothing(text: str) -> None:
    assert parse(text) is None
    assert log_names(text.encode()) == {}


def test_a_line_of_log_names_the_trace() -> None:
    assert log_names(TRACEPARENT) == log_names(TRACEPARENT.encode()) == {"trace_id": TRACE}
    assert log_names(None) == {}
