"""The rare commands: about boards and documents, each a message of its own."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any
from uuid import UUID

from highscores.domain import problems
from highscores.domain.commands import ControlCommand, DeleteBoard
from highscores.domain.jobs import CommandName, JobIds, JobState
from highscores.domain.problems import ProblemError
from highscores.ledger.query_deadline import ask
from highscores.queue import topology
from post_score.admission import Limit
from post_score.clock import Clock
from post_score.idempotency import ask_for, job_for, key_of
from post_score.intake import Intake

FindJobs = Callable[[Sequence[UUID]], Coroutine[Any, Any, dict[str, JobState]]]


class ControlCommands:
    """`find_jobs` tells which jobs have ended, and how."""

    def __init__(self, ids: JobIds, clock: Clock, intake: Intake, find_jobs: FindJobs) -> None:
        self._ids = ids
        self._clock = clock
        self._intake = intake
        self._find_jobs = find_jobs

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

    async def deletion_before(self, board: str, *, caller: str, headers: Mapping[bytes, bytes]) -> UUID | None:
        """Return the job by which this caller deleted the board, if its idempotency key says that this is a repetition.

        The board is gone by then, and an unknown one would be 404. Raise the 422 problem when the key is wrong, or was
        another board's.
        """
        key, errors = key_of(headers)
        if errors:
            raise ProblemError(problems.invalid_fields(errors=errors))
        if key is None:
            return None
        job = job_for(self._ids, DeleteBoard.command, caller, key)
        ended = (await ask(self._find_jobs([job]))).get(str(job))
        if ended is None:
            return None
        if ended.result != {"board": board}:
            raise ProblemError(problems.idempotency_key_reused())
        return job
