"""What became of the requests of one run."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from highscores_client.errors import HighscoresError, ProblemError
from highscores_client.results import Job

# Neighbouring buckets differ by 4 %, so a quantile is right to 2 %; 1 µs to about 20 minutes fit.
_BUCKET_RATIO = 1.04
_BUCKETS = 540
_FIRST_S = 1e-6

TOO_MANY_REQUESTS = 429


class Latencies:
    """A histogram with buckets of equal ratio: quantiles of any number of requests in bounded memory."""

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self._total = 0

    def add(self, seconds: float) -> None:
        bucket = int(math.log(max(seconds, _FIRST_S) / _FIRST_S) / math.log(_BUCKET_RATIO))
        self._counts[min(bucket, _BUCKETS - 1)] += 1
        self._total += 1

    def quantile(self, share: float) -> float | None:
        """Return the seconds that this share of the requests did not exceed, None before the first."""
        wanted, seen = share * self._total, 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return float(_FIRST_S * _BUCKET_RATIO ** (bucket + 0.5))
        return None


class Tally:
    """Counts of scores, except `requests` and `retried`, which are requests: a batch is one request."""

    def __init__(self) -> None:
        self.sent = 0
        self.accepted = 0
        self.refused = 0
        self.gave_up = 0
        self.unknown = 0
        self.requests = 0
        self.retried = 0
        self.late_s = 0.0
        self.latencies = Latencies()
        self.first_refusal: str | None = None
        self.first_failure: str | None = None
        self.submitting_s = 0.0
        self.waiting_s: float | None = None  # None where nobody waited for the jobs
        self.done = 0
        self.rejected = 0
        self.first_rejection: str | None = None

    @property
    def ended(self) -> int:
        return self.done + self.rejected

    @property
    def not_ended(self) -> int:
        """The accepted scores whose jobs have not ended, as far as they were followed."""
        return 0 if self.waiting_s is None else self.accepted - self.ended

    @contextmanager
    def submitting(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.submitting_s = time.monotonic() - started

    @contextmanager
    def waiting(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.waiting_s = time.monotonic() - started

    def accept(self, scores: int, seconds: float) -> None:
        self.accepted += scores
        self.requests += 1
        self.latencies.add(seconds)

    def fail(self, scores: int, error: HighscoresError) -> None:
        """Count scores that were not accepted: refused by the service, or given up after the last retry."""
        self.requests += 1
        final = isinstance(error, ProblemError) and error.status < 500 and error.status != TOO_MANY_REQUESTS
        if final:
            self.refused += scores
            self.first_refusal = self.first_refusal or _text(error)
        else:
            self.gave_up += scores
            self.first_failure = self.first_failure or _text(error)

    def retry(self, _reason: HighscoresError) -> None:
        self.retried += 1

    def end(self, job: Job) -> None:
        if job.status == "done":
            self.done += 1
        elif job.status == "rejected":
            self.rejected += 1
            if self.first_rejection is None:
                self.first_rejection = str(job.error or "without a reason")


def _text(error: HighscoresError) -> str:
    return f"{error.status} {error}" if isinstance(error, ProblemError) else str(error)
