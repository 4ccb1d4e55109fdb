"""The routes of get_jobs."""

from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from get_jobs.lookup import JobLookup
from get_jobs.waiting import JobWaiting
from highscores.domain.jobs import JobState
from highscores.domain.problems import FieldError, ProblemError, invalid_fields
from highscores.domain.unavailable import UnavailableError
from highscores.web.edge import extend_deadline
from highscores.web.openapi import described
from highscores.web.problems import invalid, unavailable

JOBS_PATH = "/v1/jobs"
WAIT_MAX_S = 10
WAIT_MAX_DIGITS = 2
MAX_IDS = 100
MAX_NAME = 64

# A queued job's answer is out of date at once, and one that has ended is asked for once.
_HEADERS = {"Cache-Control": "no-store"}

Wait = Annotated[
    str | None,
    QueryParameter(
        description="Seconds to wait for the job to end; the answer comes as soon as it does.",
        schema_extra={"type": "integer", "minimum": 0, "maximum": WAIT_MAX_S, "one_of": None},
    ),
]
Ids = Annotated[str | None, QueryParameter(description=f"1 to {MAX_IDS} job ids, with commas between them.")]


class Jobs(msgspec.Struct, frozen=True):
    """Jobs in the order in which they were asked for."""

    jobs: list[JobState]


@get(f"{JOBS_PATH}/{{job:str}}", summary="What became of a job", tags=["jobs"], opt=described(problems=(404, 422)))
async def get_job(
    job: FromPath[str],
    request: Request[Any, Any, Any],
    lookup: NamedDependency[JobLookup],
    waiting: NamedDependency[JobWaiting],
    wait: Wait = None,
) -> Response[JobState]:
    """The id is enough to ask: nobody can guess one. An id that was never given out is 404; a job that has been
    accepted and not yet worked on is `queued`."""
    _refuse_unknown(request, known="wait")
    seconds = _seconds(wait)
    queued = lookup.queued(job)
    extend_deadline(request.scope, seconds)
    ended = (await _ended(lookup, [job])).get(job)
    if ended is None and seconds:
        ended = await waiting.wait_for(job, seconds)
    return Response(ended or queued, headers=_HEADERS)


@get(JOBS_PATH, summary="What became of several jobs", tags=["jobs"], opt=described(problems=(404, 422)))
async def get_jobs(
    request: Request[Any, Any, Any], lookup: NamedDependency[JobLookup], ids: Ids = None
) -> Response[Jobs]:
    """In the order asked. If one of the ids was never given out, the answer is 404 and names it."""
    _refuse_unknown(request, known="ids")
    asked = ids.split(",") if ids else []
    if not 1 <= len(asked) <= MAX_IDS:
        raise invalid("ids", f"must be 1 to {MAX_IDS} job ids, with commas between them")
    queued = [lookup.queued(job) for job in asked]
    ended = await _ended(lookup, list(dict.fromkeys(asked)))
    return Response(Jobs([ended.get(state.job, state) for state in queued]), headers=_HEADERS)


async def _ended(lookup: JobLookup, jobs: list[str]) -> dict[str, JobState]:
    try:
        return await lookup.ended(jobs)
    except UnavailableError as error:
        raise unavailable("What became of the job cannot be looked up now.") from error


def _seconds(wait: str | None) -> int:
    if wait is None:
        return 0
    if not (wait.isascii() and wait.isdigit() and len(wait) <= WAIT_MAX_DIGITS and int(wait) <= WAIT_MAX_S):
        raise invalid("wait", f"must be a whole number from 0 to {WAIT_MAX_S}")
    return int(wait)


def _refuse_unknown(request: Request[Any, Any, Any], *, known: str) -> None:
    names = [name for name, _ in request.query_params.multi_items()]
    errors = [
        FieldError(f"#/{quote(name[:MAX_NAME])}", "is not a parameter of this call") for name in names if name != known
    ]
    if names.count(known) > 1:
        errors.append(FieldError(f"#/{known}", "is given more than once"))
    if errors:
        raise ProblemError(invalid_fields(errors=errors))
