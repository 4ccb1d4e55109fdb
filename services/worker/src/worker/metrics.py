"""What the worker counts and measures."""

import time

from prometheus_client import Counter, Gauge, Histogram

from highscores.queue import topology

BATCH_COMMANDS = Histogram(
    "highscores_batch_commands", "Submissions in one transaction", buckets=(1, 5, 10, 25, 50, 100, 250, 500, 1000)
)
BATCH_SECONDS = Histogram(
    "highscores_batch_seconds",
    "From the begin to the commit of one batch",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
COMMANDS_ENDED = Counter("highscores_commands_ended", "Jobs that ended", ["command", "status"])
COMMANDS_REPEATED = Counter("highscores_commands_repeated", "Deliveries of jobs that had ended before")
BOARDS_SKIPPED = Counter("highscores_boards_skipped", "Boards that a batch left for later because they were locked")
TASK_STEP_SECONDS = Histogram(
    "highscores_task_step_seconds",
    "One step of long work: a recomputation, a purge",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5),
)
TASK_FAILURES = Counter("highscores_task_failures", "Steps of long work that failed and are tried again")
UPKEEP_FAILURES = Counter("highscores_upkeep_failures", "Rounds of upkeep that were cut short")
RETRIES = Counter("highscores_batch_retries", "Transactions tried again", ["reason"])
DEAD_LETTERED = Counter("highscores_dead_lettered", "Messages given up", ["reason"])
POSTPONED = Counter("highscores_commands_postponed", "Messages that wait for a newer worker", ["queue"])
BUFFERED = Gauge("highscores_buffered_messages", "Deliveries that wait for a transaction or are in one")
DOCUMENTS_ALIVE = Gauge("highscores_documents_alive", "Documents that this worker keeps current")
DOCUMENTS_DROPPED = Counter(
    "highscores_documents_dropped", "Documents dropped since they could not be read or made current"
)
DOCUMENT_ROWS = Counter("highscores_document_rows", "Rows taken over by documents")
DOCUMENT_SECONDS = Histogram(
    "highscores_document_catch_up_seconds",
    "To bring one document up to date",
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10, 30),
)
DOCUMENT_LAG_SECONDS = Gauge("highscores_document_lag_seconds", "Age of the oldest change that a document lacks")
REDIS_FAILURES = Counter("highscores_redis_failures", "Best-effort writes to Redis that failed", ["what"])

COMMAND_AGE_SECONDS = Histogram(
    "highscores_command_age_seconds",
    "From the acceptance of a message's first command to its commit",
    ["queue"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
OLDEST_COMMAND_SECONDS = Gauge("highscores_oldest_command_seconds", "Age of the oldest score that is not yet applied")

# Counted on each board's row, so that nobody counts the big tables.
BOARDS = Gauge("highscores_boards", "Boards, without the deleted ones")
BOARD_PLAYERS = Gauge("highscores_board_players", "Players on boards; who plays on two counts twice")
BOARD_SUBMISSIONS = Gauge("highscores_board_submissions", "Submissions that boards hold")

# A series that appears only with its first event shows no rise from it.
for what in ("sweep", "document", "job-states", "boards"):
    REDIS_FAILURES.labels(what)
for reason in ("failed", "wrong-queue", "unreadable", "newer-version"):
    DEAD_LETTERED.labels(reason)
for queue in (topology.SCORES, topology.CONTROL):
    POSTPONED.labels(queue.name)


def age_s(accepted_at: int) -> float:
    """Return how old a command is that another machine accepted (microseconds), whose clock may be ahead of ours."""
    return max(0.0, time.time() - accepted_at / 1_000_000)


def observe_age(queue: str, accepted_at: int) -> None:
    COMMAND_AGE_SECONDS.labels(queue).observe(age_s(accepted_at))
