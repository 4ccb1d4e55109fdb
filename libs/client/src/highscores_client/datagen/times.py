"""Durations and instants as people type them: `90s`, `1h30m`, `30d`, `2026-10-01`, `2026-10-01T12:00:00Z`."""

import re
from datetime import UTC, datetime, timedelta

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw])", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)
LONGEST = timedelta(days=366 * 50)


def duration(text: str) -> timedelta:
    """Return a positive duration; raise ValueError with a message for people."""
    compact = text.strip().lower().replace(" ", "")
    if not _DURATION.fullmatch(compact):
        raise ValueError(f"{text!r} is no duration; write for example 30s, 5m, 1h30m or 30d")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(compact))
    if not 0 < seconds <= LONGEST.total_seconds():
        raise ValueError(f"{text!r} is not a duration between nothing and 50 years")
    return timedelta(seconds=seconds)


def instant(text: str, now: datetime) -> datetime:
    """Return the instant that a date or RFC 3339 time names (UTC unless it says otherwise), or so long before now."""
    try:
        named = datetime.fromisoformat(text.strip())
    except ValueError:
        return now - duration(text)
    return named if named.tzinfo else named.replace(tzinfo=UTC)
