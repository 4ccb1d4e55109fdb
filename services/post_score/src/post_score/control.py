"""The rare commands: about boards and documents, each a message of its own."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from uuid import UUID

from highscores.domain import problems
from highscores.domain.commands import ControlCommand
from highscores.domain.jobs import CommandName, JobIds
from highscores.domain.problems import ProblemError
from highscores.ledger import query_deadline
from highscores.queue import topology
from post_score.admission import Limit
from post_score.clock import Clock
from post_score.idempotency import ask_for, job_for, key_of
from post_score.intake import Intake
from post_score.repetitions import Repetitions

NextNumber = Callable[[], Coroutine[Any, Any, int]]


class ControlCommands:
    """`next_number` gives the numbers that order the admin commands."""

    def __init__(
        self, ids: JobIds, clock: Clock, intake: Intake, repetitions: Repetitions, next_number: NextNumber
    ) -> None:
        self._ids = ids
        self._clock = clock
        self._intake = intake
        self._repetitions = repetitions
        self._next_number = next_number

    def now(self) -> int:
        return self._clock.now()

    async def take_admin(
        self,
        name: CommandName,
        subject: str,
        make: Callable[[UUID, int, int], ControlCommand],
        *,
        caller: str,
        limit: Limit,
        headers: Mapping[bytes, bytes],
        content: Any,
        refusal: ProblemError | None = None,
    ) -> UUID:
        """Like `take`, for a command with a number, which `make` is given last. Raise UnavailableError while there are
        no numbers to be had."""

        async def command(job: UUID) -> ControlCommand:
            number = await query_deadline.ask(self._next_number())
            return make(job, self._clock.now(), number)

        return await self._take(
            name, subject, command, caller=caller, limit=limit, headers=headers, content=content, refusal=refusal
        )

    async def take(
        self,
        name: CommandName,
        subject: str,
        make: Callable[[UUID, int], ControlCommand],
        *,
        caller: str,
        limit: Limit,
        headers: Mapping[bytes, bytes],
        content: Any,
        refusal: ProblemError | None = None,
    ) -> UUID:
        """Take the command that `make` returns for a job and an instant; return the job.

        `content` is what the same idempotency key must always come with. `refusal` is what the rules of today say
        against the command: it is raised, unless the key tells that the command has ended already.
        """

        async def command(job: UUID) -> ControlCommand:
            return make(job, self._clock.now())

        return await self._take(
            name, subject, command, caller=caller, limit=limit, headers=headers, content=content, refusal=refusal
        )

    async def _take(
        self,
        name: CommandName,
        subject: str,
        command: Callable[[UUID], Coroutine[Any, Any, ControlCommand]],
        *,
        caller: str,
        limit: Limit,
        headers: Mapping[bytes, bytes],
        content: Any,
        refusal: ProblemError | None,
    ) -> UUID:
        key, errors = key_of(headers)
        if errors:
            raise ProblemError(problems.invalid_fields(errors=errors))
        job = job_for(self._ids, name, caller, subject, key)
        ask = ask_for(caller, limit, key, name, content)
        if refusal is not None:
            await self._repetitions.require(refusal, ask, [job])
        else:
            await self._intake.take(topology.CONTROL, ask, [await command(job)])
        return job
