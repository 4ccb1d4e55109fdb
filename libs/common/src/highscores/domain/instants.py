"""Reads times as RFC 3339 writes them, as microseconds since the Unix epoch.

What is below a microsecond is cut off and never rounded: rounded up, the last instants of a day would count in the
next one. A leap second (`23:59:60` at the end of a month in UTC) is the last microsecond of the day that it ends, since
neither Unix time nor the calendar here knows of it.
"""

import re
from datetime import date, timedelta

from highscores.domain.periods import MICROSECONDS

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?"
    r"(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))"
)
_DECIMALS = 6
_DAY_S, _HOUR_S, _MINUTE_S = 86_400, 3_600, 60
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def parse_rfc3339(text: str) -> int:
    """Return the instant in microseconds; raise ValueError saying what is wrong with the text."""
    match = _TIME.fullmatch(text)
    if match is None:
        if _TIME.fullmatch(f"{text}Z"):  # what many languages write for a time of no zone
            raise ValueError("has no offset from UTC: it must end with Z, or with one like +01:00")
        raise ValueError("must be a time of RFC 3339, like 2026-11-24T09:30:00.123456Z or 2026-11-24T10:30:00+01:00")
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    fraction, sign, offset_hours, offset_minutes = match.groups()[6:]
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise ValueError("names a day that no calendar has") from None
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("names an hour, minute or second that no day has")
    offset_s = int(offset_hours or 0) * _HOUR_S + int(offset_minutes or 0) * _MINUTE_S
    if offset_s >= _DAY_S or int(offset_minutes or 0) > 59:
        raise ValueError("has an offset beyond 23:59")
    seconds = days * _DAY_S + hour * _HOUR_S + minute * _MINUTE_S + second
    seconds += offset_s if sign == "-" else -offset_s
    microseconds = int((fraction or "")[:_DECIMALS].ljust(_DECIMALS, "0"))
    if second == 60:
        if not _begins_a_month(seconds):
            raise ValueError("has a leap second that does not end a month in UTC")
        seconds, microseconds = seconds - 1, MICROSECONDS - 1
    return seconds * MICROSECONDS + microseconds


def _begins_a_month(seconds: int) -> bool:
    days, rest = divmod(seconds, _DAY_S)
    try:
        return rest == 0 and (date(1970, 1, 1) + timedelta(days=days)).day == 1
    except OverflowError:
        return False
