"""The jobs' Redis at its limit of memory: what it did not take is counted, by all who write to it."""

from prometheus_client import Counter

JOBS_REDIS_FULL = Counter(
    "highscores_jobs_redis_full", "What the jobs' Redis was too full to take, by what was left out", ["what"]
)
