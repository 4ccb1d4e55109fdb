"""Rate, errors and duration of each route. Labels are route templates and known methods, so there are only so many."""

from functools import lru_cache

from prometheus_client import Counter, Gauge, Histogram

UNMATCHED = "unmatched"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"})

_requests = Counter("highscores_http_requests", "Requests answered", ["route", "method", "status"])
_seconds = Histogram(
    "highscores_http_request_seconds",
    "From the request's headers to its answer",
    ["route", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
in_flight = Gauge("highscores_http_requests_in_flight", "Requests that wait for their answer")
in_flight_max = Gauge("highscores_http_requests_in_flight_max", "So many may wait; one more is answered 503")


def observe(route: str, method: str, status: int, seconds: float) -> None:
    requests, duration = _series(route, method if method in _METHODS else "other", status)
    requests.inc()
    duration.observe(seconds)


@lru_cache(maxsize=1024)
def _series(route: str, method: str, status: int) -> tuple[Counter, Histogram]:
    return _requests.labels(route, method, str(status)), _seconds.labels(route, method)
