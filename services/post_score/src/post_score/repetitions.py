"""Requests that come again after their commands have taken effect.

Boards change, so a request that was right once can break a rule today. Its sender must still learn the job that it
has: a 404, 409 or 422 would say that there was no effect.
"""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from uuid import UUID

from highscores.domain.jobs import JobState
from highscores.domain.problems import ProblemError
from highscores.ledger import query_deadline
from highscores.web.problems import unavailable
from post_score.admission import Ask
from post_score.intake import Intake

FindJobs = Callable[[Sequence[UUID]], Coroutine[Any, Any, dict[str, JobState]]]


class Repetitions:
    """`find_jobs` tells which jobs have ended, and which will end with the long work that they began."""

    def __init__(self, intake: Intake, find_jobs: FindJobs) -> None:
        self._intake = intake
        self._find_jobs = find_jobs

    async def require(self, refusal: ProblemError, ask: Ask, jobs: Sequence[UUID]) -> None:
        """Return when the commands of this request have taken effect; raise `refusal` when it has no key or they are
        not known.

        Raise ProblemError also when admission refuses the request, as it would any repetition, and UnavailableError
        when PostgreSQL cannot tell.
        """
        if not ask.key:
            raise refusal
        known = await query_deadline.ask(self._find_jobs(jobs))
        if not known:
            raise refusal
        await self._intake.admit(ask)
        if len(known) < len(set(jobs)):
            raise unavailable("Only a part of this batch has taken effect yet.")
