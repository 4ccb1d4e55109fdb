"""Periods, in every time zone of the world, against a model that looks at the clock minute by minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests import model

from highscores.domain.periods import (
    ALL_TIME,
    PERIOD_KINDS,
    Calendar,
    Period,
    PeriodKind,
    current_ids,
    microseconds,
    rfc3339,
)

SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000
ZONES = sorted(available_timezones())
SPANS: tuple[PeriodKind, ...] = ("day", "week", "month")
LAST_RULED_YEAR = 2037  # tables of clock changes end here; after it, rules repeat


def at(text: str) -> int:
    return microseconds(datetime.fromisoformat(text))


def bounds(period: Period) -> tuple[int, int]:
    assert period.start is not None
    assert period.end is not None
    return period.start, period.end


def clock_changes(zone: str, year: int) -> list[int]:
    """The seconds of the year at which this zone's clocks were changed."""
    info = ZoneInfo(zone)

    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, info).utcoffset()

    first = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    changes = []
    for midnight in range(first, first + 366 * 86_400, 86_400):
        early, late = midnight, midnight + 86_400
        if offset(early) == offset(late):
            continue
        while late - early > 1:
            middle = (early + late) // 2
            early, late = (early, middle) if offset(middle) != offset(early) else (middle, late)
        changes.append(late)
    return changes


@st.composite
def instants(draw: st.DrawFn, zone: str) -> int:
    """Any instant since 1970, half of them around a change of clocks."""
    year = draw(st.integers(1970, LAST_RULED_YEAR))
    changes = draw(st.booleans()) and clock_changes(zone, year)
    if changes:
        return draw(st.sampled_from(changes)) * SECOND + draw(st.integers(-30 * HOUR, 30 * HOUR))
    return microseconds(datetime(year, 1, 1, tzinfo=UTC)) + draw(st.integers(0, 365 * DAY))


zones_and_instants = st.sampled_from(ZONES).flatmap(lambda zone: st.tuples(st.just(zone), instants(zone)))


@settings(max_examples=300, deadline=None)
@given(zones_and_instants, st.sampled_from(SPANS))
def test_every_instant_is_in_the_period_that_the_model_says(moment: tuple[str, int], kind: PeriodKind) -> None:
    zone, instant = moment
    period = Calendar(zone).containing(kind, instant)
    assert (period.id, period.start, period.end) == model.span_at(zone, kind, instant)
    assert period.kind == kind


@given(zones_and_instants, st.sampled_from(SPANS))
def test_periods_are_half_open_and_adjoin(moment: tuple[str, int], kind: PeriodKind) -> None:
    zone, instant = moment
    calendar = Calendar(zone)
    period = calendar.containing(kind, instant)
    start, end = bounds(period)
    assert start <= instant < end
    assert calendar.containing(kind, start) == calendar.containing(kind, end - 1) == period
    assert bounds(calendar.containing(kind, end))[0] == end
    assert bounds(calendar.containing(kind, start - 1))[1] == start


@given(zones_and_instants, st.sampled_from(SPANS))
def test_an_id_names_the_period_that_it_came_from(moment: tuple[str, int], kind: PeriodKind) -> None:
    zone, instant = moment
    period = Calendar(zone).containing(kind, instant)
    assert Calendar(zone).named(period.id) == period
    assert Calendar(zone).containing(kind, bounds(period)[0]) == period


@given(st.sampled_from(ZONES), st.lists(st.integers(0, 60 * 365 * DAY), min_size=1, max_size=6))
def test_what_a_calendar_remembers_changes_nothing(zone: str, walk: list[int]) -> None:
    """Instants far apart and back again, on one calendar, as on a fresh one each."""
    walked = Calendar(zone)
    there_and_back = [*walk, *reversed(walk)]
    for kind in PERIOD_KINDS:
        assert [walked.containing(kind, instant) for instant in there_and_back] == [
            Calendar(zone).containing(kind, instant) for instant in there_and_back
        ]


@given(zones_and_instants)
def test_weeks_and_months_are_made_of_days(moment: tuple[str, int]) -> None:
    zone, instant = moment
    calendar = Calendar(zone)
    day = bounds(calendar.containing("day", instant))
    week, month = bounds(calendar.containing("week", instant)), bounds(calendar.containing("month", instant))
    assert week[0] <= day[0] < day[1] <= week[1]
    assert month[0] <= day[0] < day[1] <= month[1]


@pytest.mark.parametrize(
    ("zone", "day", "start", "end"),
    [
        ("UTC", "2026-11-24", "2026-11-24T00:00Z", "2026-11-25T00:00Z"),
        # 23 and 25 hours.
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", "2026-10-25T23:00Z"),
        # Half an hour.
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", "2026-04-05T13:30Z"),
        # No midnight: the day starts at 01:00.
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00Z", "2018-11-05T02:00Z"),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00Z", "2026-03-29T21:00Z"),
        # Back at 00:01 to 23:01: midnight comes twice, and the minute that had begun keeps its day.
        ("America/St_Johns", "2005-10-30", "2005-10-30T02:30Z", "2005-10-31T03:30Z"),
        ("America/St_Johns", "2005-10-29", "2005-10-29T02:30Z", "2005-10-30T02:30Z"),
        # Back at 01:00 to 00:00: midnight comes twice within its own day.
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        # Forward at 00:00 to 01:00 in the same zone.
        ("America/Havana", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        # The days around the one that Samoa skipped, going over the date line.
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00Z", "2011-12-30T10:00Z"),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", "2011-12-31T10:00Z"),
        # A zone that was 44 minutes and 30 seconds behind until that day.
        ("Africa/Monrovia", "1972-01-07", "1972-01-07T00:44:30Z", "1972-01-08T00:00Z"),
    ],
)
def test_days_of_note(zone: str, day: str, start: str, end: str) -> None:
    period = Calendar(zone).named(day)
    assert period == Period(day, "day", at(start), at(end))
    assert Calendar(zone).containing("day", at(start)) == period
    assert Calendar(zone).containing("day", at(end) - 1) == period


@pytest.mark.parametrize("year", range(1987, 2012))
def test_the_repeated_minute_of_newfoundland_belongs_to_the_day_that_began(year: int) -> None:
    zone, calendar = "America/St_Johns", Calendar("America/St_Johns")
    changes = [change for change in clock_changes(zone, year) if Calendar(zone)._day(change * SECOND).month >= 10]
    assert changes  # the autumn's
    for change in changes:
        day = calendar.containing("day", change * SECOND)
        assert calendar.containing("day", change * SECOND - 1) == day
        assert (day.id, day.start, day.end) == model.span_at(zone, "day", change * SECOND)


def test_the_day_that_samoa_skipped_is_empty() -> None:
    calendar = Calendar("Pacific/Apia")
    start, end = bounds(calendar.named("2011-12-30"))
    assert start == end
    assert [calendar.containing("day", instant).id for instant in (start - 1, start)] == ["2011-12-29", "2011-12-31"]


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2020-12-31", "2020-W53"),
        ("2021-01-03", "2020-W53"),
        ("2021-01-04", "2021-W01"),
        ("2018-12-30", "2018-W52"),
        ("2018-12-31", "2019-W01"),
        ("2024-12-30", "2025-W01"),
        ("2026-11-24", "2026-W48"),
    ],
)
def test_iso_weeks_over_new_year(day: str, week: str) -> None:
    calendar = Calendar("UTC")
    assert calendar.containing("week", at(f"{day}T12:00Z")).id == week
    start, end = bounds(calendar.named(week))
    assert start <= at(f"{day}T12:00Z") < end
    assert end - start == 7 * DAY


@pytest.mark.parametrize("kind", PERIOD_KINDS)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_first_instant_has_periods_that_can_be_named(zone: str, kind: PeriodKind) -> None:
    """West of Greenwich 1970 begins in 1969."""
    period = Calendar(zone).containing(kind, 0)
    assert Calendar(zone).named(period.id) == period


@given(st.sampled_from(ZONES), st.dates(date(1970, 1, 2), date(9998, 12, 30)), st.sampled_from(SPANS))
def test_far_dates_have_periods_too(zone: str, day: date, kind: PeriodKind) -> None:
    instant = microseconds(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    period = Calendar(zone).containing(kind, instant)
    start, end = bounds(period)
    assert start <= instant < end
    assert Calendar(zone).named(period.id) == period


@pytest.mark.parametrize(
    "text",
    [
        "",
        "day",
        "ALL",
        "2026",
        "2026-13",
        "2026-00",
        "2026-02-30",
        "2026-1-1",
        "2026-W00",
        "2026-W54",
        "2025-W53",
        "2026-w01",
        "2026-W1",
        "2026-11-24T00",
        " 2026-11",
        "2026-11\n",
        "٢٠٢٦-11",
        "0000-01",
        "1900-01-01",
        "9999-12-31",
        "9999-W01",
        "12026-01",
    ],
)
def test_other_texts_name_no_period(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Calendar("UTC").named(text)


@given(st.text())
def test_no_text_fails_otherwise(text: str) -> None:
    assume(text != "all")
    with pytest.raises(ValueError, match=r".+"):
        Calendar("UTC").named(text)


def test_all_time_has_no_bounds() -> None:
    assert Calendar("UTC").named("all") == Calendar("Asia/Tokyo").containing("all", 5) == ALL_TIME
    assert (ALL_TIME.start, ALL_TIME.end) == (None, None)


def test_current_ids_are_those_of_the_time_zone() -> None:
    instant = at("2026-12-31T20:00Z")
    assert dict(current_ids(Calendar("Asia/Tokyo"), PERIOD_KINDS, instant)) == {
        "all": "all",
        "day": "2027-01-01",
        "week": "2026-W53",
        "month": "2027-01",
    }


@given(st.integers(0, 253_370_764_800 * SECOND - 1))
def test_times_are_written_exactly(instant: int) -> None:
    text = rfc3339(instant)
    assert len(text) == len("2026-11-24T09:30:00.123456Z")
    assert microseconds(datetime.fromisoformat(text)) == instant


def test_times_always_have_six_decimals() -> None:
    assert rfc3339(0) == "1970-01-01T00:00:00.000000Z"
    assert rfc3339(at("2026-11-24T09:30:00Z") + 5) == "2026-11-24T09:30:00.000005Z"
