"""The queues. Both sides declare them from here.

Quorum queues even on one node: a classic one loses confirmed messages when its node is killed. What cannot be handled
is dead-lettered, at least once, and the table `dead_letters` takes it over.

A queue can never be declared again with other arguments, so the arguments are only what correctness needs, and a
change of them takes a new name. The limits, which one wants to change, are a policy of the server (`LIMITS`). Where
nobody has set it, a queue is not bounded but by the disk alarm, and RabbitMQ's own delivery limit counts: no message
is lost either way.
"""

from typing import Any, NamedTuple


class Queue(NamedTuple):
    name: str
    arguments: dict[str, Any]


class Policy(NamedTuple):
    """What a server is to be told about the queues whose names match, by `rabbitmqctl set_policy` or definitions."""

    name: str
    pattern: str
    definition: dict[str, Any]


NEVER = 2**31 - 1  # as a delivery limit: RabbitMQ 4 takes -1 for it, and RabbitMQ 3 refuses that


def _queue(name: str, dead_letters_to: str) -> Queue:
    return Queue(
        name,
        {
            "x-queue-type": "quorum",
            "x-overflow": "reject-publish",  # the caller hears 503; anything else would drop what is oldest
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_letters_to,
            "x-dead-letter-strategy": "at-least-once",
        },
    )


# Two, so that nobody waits for a board or a document behind a backlog of scores.
SCORES = _queue("scores", "dead-letters")
CONTROL = _queue("control", "dead-letters")
# Commands that only a newer worker can read wait here. Each message has a time to live, and comes back at its end.
SCORES_LATER = _queue("scores-later", SCORES.name)
CONTROL_LATER = _queue("control-later", CONTROL.name)
LATER = {SCORES.name: SCORES_LATER, CONTROL.name: CONTROL_LATER}
# Nothing lies behind it, so its deliveries must not be counted: from RabbitMQ 4 on, a message would be dropped at its
# twentieth.
DEAD_LETTERS = Queue(
    "dead-letters", {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-delivery-limit": NEVER}
)
ALL = (DEAD_LETTERS, SCORES, CONTROL, SCORES_LATER, CONTROL_LATER)

LIMITS = Policy(
    "highscores-limits",
    "^(scores|control)(-later)?$",
    {
        "max-length": 200_000,  # messages; each holds up to 256 commands (a batch request: 1,000)
        "max-length-bytes": 4 * 1024**3,
        "delivery-limit": 100,
    },
)
