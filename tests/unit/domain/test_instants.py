"""Times as clients write them (RFC 3339), as exact microseconds."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.instants import parse_rfc3339
from highscores.domain.periods import microseconds, rfc3339

NEW_YEAR = 1_735_689_600_000_000  # 2025-01-01T00:00:00Z


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2025-01-01T00:00:00Z", NEW_YEAR),
        ("2025-01-01t00:00:00z", NEW_YEAR),
        ("2025-01-01T00:00:00.5Z", NEW_YEAR + 500_000),
        ("2025-01-01T00:00:00.000001Z", NEW_YEAR + 1),
        # What is below a microsecond is cut off: rounded, the score would count in the next day, month and year.
        ("2024-12-31T23:59:59.9999996Z", NEW_YEAR - 1),
        ("2024-12-31T23:59:59.9999999999999999999Z", NEW_YEAR - 1),
        ("2025-01-01T00:00:00.0000009Z", NEW_YEAR),
        ("2025-01-01T05:30:00+05:30", NEW_YEAR),
        ("2024-12-31T12:00:00-12:00", NEW_YEAR),
        ("2025-01-01T23:59:00+23:59", NEW_YEAR),
        ("2025-01-01T00:00:00-00:00", NEW_YEAR),
        ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("0001-01-01T00:00:00+23:59", -62_135_683_140_000_000),
        ("9999-12-31T23:59:59-23:59", 253_402_387_139_000_000),
    ],
)
def test_a_time_is_exact(text: str, instant: int) -> None:
    assert parse_rfc3339(text) == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2016-12-31T23:59:60Z", 1_483_228_799_999_999),
        ("2016-12-31T23:59:60.999Z", 1_483_228_799_999_999),
        ("1990-12-31T15:59:60-08:00", 662_687_999_999_999),
        ("2015-07-01T05:29:60+05:30", 1_435_708_799_999_999),
    ],
)
def test_a_leap_second_belongs_to_the_day_that_it_ends(text: str, instant: int) -> None:
    assert parse_rfc3339(text) == instant


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        *(
            (text, "must be a time of RFC 3339")
            for text in (
                "",
                "yesterday",
                "2025-01-01",
                "2025-01-01T00:00Z",
                "2025-01-01T00:00",
                "2025-01-01T00:00:00\n",
                "2025-01-01T00:00:00ZZ",
                "2025-01-01 00:00:00Z",
                "2025-01-01T00:00:00,5Z",
                "2025-01-01T00:00:00.Z",
                "2025-01-01T00:00:00+0100",
                "2025-01-01T00:00:00+01",
                "2025-01-01T00:00:00\u221201:00",
                "2025-01-01T00:00:00Z\n",
                " 2025-01-01T00:00:00Z",
                "25-01-01T00:00:00Z",
                "12025-01-01T00:00:00Z",
                "2025-W01-1T00:00:00Z",
                "٢٠٢٥-01-01T00:00:00Z",
                "2025-01-01T00:00:00Z[UTC]",
            )
        ),
        *(
            (f"2025-01-01{text}", "has no offset from UTC: it must end with Z, or with one like +01:00")
            for text in ("T00:00:00", "t00:00:00.123456", "T25:00:00")
        ),
        ("2025-13-01T00:00:00Z", "names a day that no calendar has"),
        ("2025-02-29T00:00:00Z", "names a day that no calendar has"),
        ("2025-00-01T00:00:00Z", "names a day that no calendar has"),
        ("0000-01-01T00:00:00Z", "names a day that no calendar has"),
        ("2025-01-01T24:00:00Z", "names an hour, minute or second that no day has"),
        ("2025-01-01T00:60:00Z", "names an hour, minute or second that no day has"),
        ("2025-01-01T00:00:61Z", "names an hour, minute or second that no day has"),
        ("2025-01-01T00:00:00+24:00", "has an offset beyond 23:59"),
        ("2025-01-01T00:00:00-01:60", "has an offset beyond 23:59"),
        ("2025-01-01T00:00:60Z", "has a leap second that does not end a month in UTC"),
        ("2016-12-31T23:59:60+01:00", "has a leap second that does not end a month in UTC"),
        ("2016-12-30T23:59:60Z", "has a leap second that does not end a month in UTC"),
        ("9999-12-31T23:59:60Z", "has a leap second that does not end a month in UTC"),
    ],
)
def test_what_is_no_time_says_why(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        parse_rfc3339(text)


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 30), timezones=offsets))  # noqa: DTZ001
def test_it_agrees_with_the_standard_library(at: datetime) -> None:
    assert parse_rfc3339(at.isoformat()) == microseconds(at)
    assert parse_rfc3339(at.astimezone(UTC).isoformat().replace("+00:00", "Z")) == microseconds(at)


@given(st.integers(0, 253_370_764_800_000_000 - 1))
def test_what_the_service_writes_is_read_back(instant: int) -> None:
    assert parse_rfc3339(rfc3339(instant)) == instant


@given(st.text())
def test_no_text_fails_otherwise(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_rfc3339(text)
