"""The queues. Both sides declare them from here, so a disagreement fails when a program starts, not in the night.

Quorum queues even on one node: a classic one loses confirmed messages when its node is killed. Bounded, refusing what
is too much (the caller hears 503) instead of dropping it. What cannot be handled is dead-lettered, at least once.
"""

from typing import Any, NamedTuple

MAX_MESSAGES = 200_000  # each holds up to 256 commands (a batch request: 1,000)
MAX_BYTES = 4 * 1024**3
DELIVERY_LIMIT = 100
DEAD_LETTERS_MAX_BYTES = 1024**3


class Queue(NamedTuple):
    name: str
    arguments: dict[str, Any]


def _commands(name: str) -> Queue:
    return Queue(
        name,
        {
            "x-queue-type": "quorum",
            "x-max-length": MAX_MESSAGES,
            "x-max-length-bytes": MAX_BYTES,
            "x-overflow": "reject-publish",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": "dead-letters",
            "x-dead-letter-strategy": "at-least-once",
        },
    )


# Two, so that nobody waits for a board or a document behind a backlog of scores.
SCORES = _commands("scores")
CONTROL = _commands("control")
DEAD_LETTERS = Queue(
    "dead-letters",
    {"x-queue-type": "quorum", "x-max-length-bytes": DEAD_LETTERS_MAX_BYTES, "x-overflow": "reject-publish"},
)
ALL = (DEAD_LETTERS, SCORES, CONTROL)
