"""The way into the queue: admitted, published, confirmed."""

from collections.abc import Sequence
from typing import NamedTuple

from highscores import tracing
from highscores.domain.commands import Command, SubmitScore
from highscores.queue import topology
from highscores.queue.publisher import Broker, UnconfirmedError
from highscores.queue.topology import Queue
from post_score.admission import Admission, Ask
from post_score.group_commit import GroupCommit


class _Single(NamedTuple):
    ask: Ask
    command: SubmitScore


class Intake:
    """Both ways raise ProblemError when admission refuses, UnconfirmedError when the queue does not confirm."""

    def __init__(self, admission: Admission, broker: Broker) -> None:
        self._admission = admission
        self._broker = broker
        # One group for both steps. Admitting the next group while this one waits for its confirm was measured: groups
        # half as large, and no gain, since the cost is in the round trips.
        self._group: GroupCommit[_Single] = GroupCommit(self._send_group)

    async def take_score(self, ask: Ask, command: SubmitScore) -> None:
        """Take one score, in one message with those that come at the same time."""
        with tracing.active().creating(topology.SCORES.name, command) as created:
            await self._group.commit(_Single(ask, created))

    async def admit(self, ask: Ask) -> None:
        """Let in a request that brings no new command."""
        (refusal,) = await self._admission.admit([ask])
        if refusal is not None:
            raise refusal

    async def take(self, queue: Queue, ask: Ask, commands: Sequence[Command]) -> None:
        """Take all of the commands in one message, or none."""
        self._require_connection()
        await self.admit(ask)
        await self._broker.publish(queue, commands)

    async def _send_group(self, group: Sequence[_Single]) -> Sequence[Exception | None]:
        self._require_connection()
        outcomes: list[Exception | None] = [*await self._admission.admit([single.ask for single in group])]
        admitted = [index for index, refusal in enumerate(outcomes) if refusal is None]
        if admitted:
            try:
                await self._broker.publish(topology.SCORES, [group[index].command for index in admitted])
            except UnconfirmedError as error:
                for index in admitted:
                    outcomes[index] = error
        return outcomes

    def _require_connection(self) -> None:
        """What cannot be published costs nobody a token and leaves no fingerprint."""
        if not self._broker.is_ready:
            raise UnconfirmedError("not connected")
