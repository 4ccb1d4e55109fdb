"""How long to wait before a request is sent again, and when to give up."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores_client.retry import RetryPolicy, retry_after_seconds

POLICY = RetryPolicy(attempts=10, base_s=0.1, cap_s=2.0, retry_after_limit_s=30.0)
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("attempt", "longest"), [(1, 0.1), (2, 0.2), (3, 0.4), (5, 1.6), (6, 2.0), (9, 2.0)])
def test_the_longest_delay_doubles_up_to_the_cap(attempt: int, longest: float) -> None:
    assert POLICY.delay(attempt, None, draw=lambda: 1.0) == pytest.approx(longest)


def test_jitter_reaches_down_to_nothing() -> None:
    assert POLICY.delay(5, None, draw=lambda: 0.0) == 0.0


def test_the_last_attempt_is_the_last() -> None:
    assert POLICY.delay(10, None) is None


@given(st.integers(1, 9), st.floats(0, 30), st.floats(0, 1))
def test_retry_after_is_never_undercut(attempt: int, asked_s: float, drawn: float) -> None:
    delay = POLICY.delay(attempt, asked_s, draw=lambda: drawn)
    assert delay is not None
    assert asked_s <= delay <= asked_s + 2.0


def test_a_server_that_asks_for_too_long_is_not_waited_for() -> None:
    assert POLICY.delay(1, 31.0) is None


def test_many_attempts_do_not_overflow() -> None:
    assert RetryPolicy(attempts=10_000).delay(9_000, None, draw=lambda: 1.0) == 2.0


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("2", 2.0),
        (" 0 ", 0.0),
        ("Tue, 24 Nov 2026 09:30:05 GMT", 5.0),
        ("Tue, 24 Nov 2026 09:29:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, expected: float | None) -> None:
    assert retry_after_seconds(header, NOW) == expected
