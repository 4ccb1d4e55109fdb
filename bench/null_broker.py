"""post_score with a null twin of the queue's publisher: the same program, whose messages go nowhere.

Started as `python -m bench.null_broker` with post_score's own environment. What it does less than post_score is what
the queue costs: packing a message, sending it, waiting for its confirm.
"""

from collections.abc import Sequence
from unittest import mock

import post_score.main
from highscores.domain.commands import Command
from highscores.queue.publisher import Broker
from highscores.queue.topology import Queue


class NullBroker(Broker):
    """Confirms everything at once."""

    async def connect(self) -> None:
        """There is nothing to connect to."""

    async def close(self) -> None:
        """There is nothing to close."""

    @property
    def is_ready(self) -> bool:
        return True

    async def publish(self, queue: Queue, commands: Sequence[Command]) -> None:
        """The commands are gone."""


def main() -> None:
    with mock.patch.object(post_score.main, "Broker", NullBroker):
        post_score.main.main()


if __name__ == "__main__":
    main()
