"""The rare commands: about boards and documents, each a message of its own."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from highscores.domain import problems
from highscores.domain.commands import ControlCommand
from highscores.domain.jobs import CommandName, JobIds
from highscores.domain.problems import ProblemError
from highscores.queue import topology
from post_score.admission import Limit
from post_score.clock import Clock
from post_score.idempotency import ask_for, job_for, key_of
from post_score.intake import Intake


class ControlCommands:
    def __init__(self, ids: JobIds, clock: Clock, intake: Intake) -> None:
        self._ids = ids
        self._clock = clock
        self._intake = intake

    def now(self) -> int:
        return self._clock.now()

    async def take(
        self,
        name: CommandName,
        make: Callable[[UUID, int], ControlCommand],
        *,
        caller: str,
        limit: Limit,
        headers: Mapping[bytes, bytes],
        content: Any,
    ) -> UUID:
        """Take the command that `make` returns for a job and an instant; return the job.

        `content` is what the same idempotency key must always come with.
        """
        key, errors = key_of(headers)
        if errors:
            raise ProblemError(problems.invalid_fields(errors=errors))
        job = job_for(self._ids, name, caller, key)
        ask = ask_for(caller, limit, key, name, content)
        await self._intake.take(topology.CONTROL, ask, [make(job, self._clock.now())])
        return job
