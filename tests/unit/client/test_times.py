"""Durations and instants as people type them."""

from datetime import UTC, datetime, timedelta

import pytest

from highscores_client.datagen.times import duration, instant

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("1.5h", timedelta(minutes=90)),
        ("1h30m", timedelta(minutes=90)),
        ("1h 30m", timedelta(minutes=90)),
        ("30d", timedelta(days=30)),
        ("2W", timedelta(weeks=2)),
    ],
)
def test_durations(text: str, expected: timedelta) -> None:
    assert duration(text) == expected


@pytest.mark.parametrize(
    "text", ["", "30", "s", "-5s", "5 minutes", "0s", "1h30", "100000d", "٣s", "1e3s", "nan", "5s\n5"]
)
def test_what_is_no_duration_is_told_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"no duration|not a duration"):
        duration(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30d", NOW - timedelta(days=30)),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01T12:00:00Z", datetime(2026, 10, 1, 12, tzinfo=UTC)),
        ("2026-10-01T12:00:00+02:00", datetime(2026, 10, 1, 10, tzinfo=UTC)),
    ],
)
def test_instants(text: str, expected: datetime) -> None:
    assert instant(text, NOW) == expected


def test_what_is_no_instant_is_told_so() -> None:
    with pytest.raises(ValueError, match="no duration"):
        instant("yesterday", NOW)
