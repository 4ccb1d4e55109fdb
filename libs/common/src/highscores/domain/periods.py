"""Periods: the spans in which a board counts, as instants in the board's time zone.

A day starts at the first instant that carries its date, so days are contiguous and half-open even where a clock
change skips or repeats midnight; weeks (ISO 8601) and months are made of days. Instants are microseconds since the
Unix epoch: integers sort, and are exact in every store they pass through.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal, assert_never, get_args
from zoneinfo import ZoneInfo

import msgspec

PeriodKind = Literal["all", "day", "week", "month"]
PERIOD_KINDS: tuple[PeriodKind, ...] = get_args(PeriodKind)
# Scores count from 1970 in UTC, which begins in 1969 west of Greenwich; a day after the last must still be a date.
FIRST_YEAR, LAST_YEAR = 1969, 9998
MICROSECONDS = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = _EPOCH.replace(tzinfo=None)
_DatedKind = Literal["day", "week", "month"]
_ID_FORMS: tuple[tuple[_DatedKind, re.Pattern[str]], ...] = (
    ("day", re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")),
    ("week", re.compile(r"([0-9]{4})-W([0-9]{2})")),
    ("month", re.compile(r"([0-9]{4})-([0-9]{2})")),
)


class Period(msgspec.Struct, frozen=True):
    """One span. `start` (inclusive) and `end` (exclusive) are microseconds; both are None for `all`."""

    id: str
    kind: PeriodKind
    start: int | None = None
    end: int | None = None


ALL_TIME = Period("all", "all")


class Calendar:
    """The periods of one time zone. Remembers the last span of each kind, since most instants are about now."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._last: dict[PeriodKind, Period] = {}

    def containing(self, kind: PeriodKind, at: int) -> Period:
        """Return the period of `kind` that contains the instant `at` (microseconds)."""
        if kind == "all":
            return ALL_TIME
        last = self._last.get(kind)
        if last is None or not (last.start or 0) <= at < (last.end or 0):
            last = self._last[kind] = self._period(kind, self._day(at))
        return last

    def named(self, period_id: str) -> Period:
        """Return the period with this id; raise ValueError when it names none."""
        if period_id == "all":
            return ALL_TIME
        for kind, form in _ID_FORMS:
            if match := form.fullmatch(period_id):
                year, number, day_of_month = (*map(int, match.groups()), 1)[:3]
                if not FIRST_YEAR <= year <= LAST_YEAR:
                    break
                day = date.fromisocalendar(year, number, 1) if kind == "week" else date(year, number, day_of_month)
                return self._period(kind, day)
        raise ValueError(f"{period_id!r} names no period")

    def _period(self, kind: _DatedKind, day: date) -> Period:
        match kind:
            case "day":
                first, after, name = day, day + timedelta(days=1), day.isoformat()
            case "week":
                first = day - timedelta(days=day.weekday())
                after = first + timedelta(days=7)
                year, week, _ = first.isocalendar()
                name = f"{year:04}-W{week:02}"
            case "month":
                first = day.replace(day=1)
                after = (first + timedelta(days=31)).replace(day=1)
                name = f"{first:%Y-%m}"
            case _:
                assert_never(kind)
        return Period(name, kind, self._start(first), self._start(after))

    def _day(self, at: int) -> date:
        day = datetime.fromtimestamp(at // MICROSECONDS, self._zone).date()
        # A clock set back across midnight shows the old date again: the day that has begun keeps its instants.
        while at >= self._start(day + timedelta(days=1)):
            day += timedelta(days=1)
        while at < self._start(day):
            day -= timedelta(days=1)
        return day

    def _start(self, day: date) -> int:
        # fold=0: the first midnight where there are two, and the instant of the change where there is none.
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return (midnight.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def current_ids(calendar: Calendar, kinds: Sequence[PeriodKind], at: int) -> Iterator[tuple[PeriodKind, str]]:
    """Yield each kind with the id of its period at the instant `at`."""
    for kind in kinds:
        yield kind, calendar.containing(kind, at).id


def rfc3339(at: int) -> str:
    """Return the instant `at` (microseconds) as RFC 3339 in UTC, always with six decimals."""
    return (_NAIVE_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds") + "Z"


def microseconds(instant: datetime) -> int:
    """Return an aware datetime as microseconds since the Unix epoch, exactly."""
    return (instant - _EPOCH) // timedelta(microseconds=1)
