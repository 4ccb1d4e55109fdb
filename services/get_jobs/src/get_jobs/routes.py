"""The routes of get_jobs."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.params import Parameter

from get_jobs.lookup import JobLookup, StoreUnavailableError
from get_jobs.waiting import JobWaiting
from highscores.domain.jobs import JobState
from highscores.domain.problems import ProblemError
from highscores.web.edge import extend_deadline
from highscores.web.openapi import described
from highscores.web.problems import invalid, unavailable

JOBS_PATH = "/v1/jobs"
WAIT_MAX_S = 10
MAX_IDS = 100

# A queued job's answer is out of date at once, and one that has ended is asked for once.
_HEADERS = {"Cache-Control": "no-store"}

Wait = Annotated[
    int, Parameter(ge=0, le=WAIT_MAX_S, description="Seconds to wait for the job to end; the answer comes as it does.")
]
Ids = Annotated[str, Parameter(description=f"1 to {MAX_IDS} job ids, with commas between them.", required=True)]


class Jobs(msgspec.Struct, frozen=True):
    """Jobs in the order in which they were asked for."""

    jobs: list[JobState]


@get(f"{JOBS_PATH}/{{job:str}}", summary="What became of a job", tags=["jobs"], opt=described(problems=(404, 422)))
async def get_job(
    job: str, request: Request[Any, Any, Any], lookup: JobLookup, waiting: JobWaiting, wait: Wait = 0
) -> Response[JobState]:
    """The id is enough to ask: nobody can guess one. An id that was never given out is 404; a job that has been
    accepted and not yet worked on is `queued`."""
    queued = lookup.queued(job)
    extend_deadline(request.scope, wait)
    ended = (await _ended(lookup, [job])).get(job)
    if ended is None and wait:
        ended = await waiting.wait_for(job, wait)
    return Response(ended or queued, headers=_HEADERS)


@get(JOBS_PATH, summary="What became of several jobs", tags=["jobs"], opt=described(problems=(404, 422)))
async def get_jobs(lookup: JobLookup, ids: Ids | None = None) -> Response[Jobs]:
    """In the order asked. If one of the ids was never given out, the answer is 404 and names it."""
    asked = ids.split(",") if ids else []
    if not 1 <= len(asked) <= MAX_IDS:
        raise invalid("ids", f"must be 1 to {MAX_IDS} job ids, with commas between them")
    queued = [lookup.queued(job) for job in asked]
    ended = await _ended(lookup, list(dict.fromkeys(asked)))
    return Response(Jobs([ended.get(state.job, state) for state in queued]), headers=_HEADERS)


async def _ended(lookup: JobLookup, jobs: list[str]) -> dict[str, JobState]:
    try:
        return await lookup.ended(jobs)
    except StoreUnavailableError as error:
        raise _cannot_tell() from error


def _cannot_tell() -> ProblemError:
    return unavailable("What became of the job cannot be looked up now.")
