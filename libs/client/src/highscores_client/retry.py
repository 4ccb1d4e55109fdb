"""When to send a request again, and after how long."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

# 502 and 504 are what a proxy answers while the service behind it restarts.
RETRIED_STATUSES = frozenset({429, 502, 503, 504})


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Exponential backoff with full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).

    `attempts` counts the first one too. A `Retry-After` is never undercut; the jitter is added to it, so that
    everybody who was told the same second does not come back in the same second. A server that asks for more than
    `retry_after_limit_s` is not waited for: the caller hears of it instead.
    """

    attempts: int = 5
    base_s: float = 0.1
    cap_s: float = 2.0
    retry_after_limit_s: float = 30.0

    def delay(
        self, attempt: int, retry_after_s: float | None, draw: Callable[[], float] = random.random
    ) -> float | None:
        """Return the seconds to wait after failed attempt number `attempt` (from 1), or None to give up."""
        if attempt >= self.attempts or (retry_after_s or 0.0) > self.retry_after_limit_s:
            return None
        longest = min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 30))
        return (retry_after_s or 0.0) + draw() * longest


def retry_after_seconds(header: str | None, now: datetime | None = None) -> float | None:
    """Return the seconds of a `Retry-After` header (RFC 9110: a number or a date), None when absent or unreadable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
