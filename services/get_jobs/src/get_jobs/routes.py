"""The routes of get_jobs."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency

from get_jobs.lookup import JobLookup
from get_jobs.ranks import Ranks
from get_jobs.waiting import JobWaiting
from highscores.domain.jobs import JOB_ID_PATTERN, JobState
from highscores.domain.unavailable import UnavailableError
from highscores.jobs.states import RememberedJob
from highscores.web.edge import extend_deadline
from highscores.web.openapi import described, described_path
from highscores.web.problems import unavailable
from highscores.web.query_string import QueryString

JOBS_PATH = "/v1/jobs"
WAIT_MAX_S = 10
WAIT_MAX_DIGITS = 2
MAX_IDS = 100

# A queued job's answer is out of date at once, and one that has ended is asked for once.
_HEADERS = {"Cache-Control": "no-store"}

_JOB = "161fbb8c-d9ea-8245-8473-04b7e2f6700a"
_WAIT = {
    "wait": {
        "type": "integer",
        "minimum": 0,
        "maximum": WAIT_MAX_S,
        "description": "Seconds to wait for the job to end; the answer comes as soon as it does.",
    }
}
_IDS = {
    "ids": {
        "type": "string",
        "pattern": f"^{JOB_ID_PATTERN}(,{JOB_ID_PATTERN})*$",
        "examples": [_JOB],
        "required": True,
        "description": f"1 to {MAX_IDS} job ids, with commas between them.",
    }
}
JobPath = Annotated[str, described_path({"pattern": f"^{JOB_ID_PATTERN}$"}, "A job's id.", example=_JOB)]


class Jobs(msgspec.Struct, frozen=True):
    """Jobs in the order in which they were asked for."""

    jobs: list[JobState]


@get(
    f"{JOBS_PATH}/{{job:str}}",
    summary="What became of a job",
    tags=["jobs"],
    opt=described(problems=(404, 422), query=_WAIT),
)
async def get_job(
    job: JobPath,
    request: Request[Any, Any, Any],
    lookup: NamedDependency[JobLookup],
    waiting: NamedDependency[JobWaiting],
    ranks: NamedDependency[Ranks],
) -> Response[JobState]:
    """The id is enough to ask: nobody can guess one. An id that was never given out is 404; a job that has been
    accepted and not yet worked on is `queued`. After 30 days it may be forgotten how a job ended: then an id that was
    made without an idempotency key is 404 too.

    The result of a score tells the `document` of the board's first period, the player's `score` there and the
    `previous` one, and whether it `improved`; by which version each period shows it (`versions`: read with `version=`
    to see it); and the `rank` among `total` that the player has there now. Those two are null once it has been
    forgotten whose score it was, after some minutes, and while the document is not in the cache."""
    parameters = QueryString(request.scope["query_string"], frozenset({"wait"}))
    seconds = parameters.take("wait", _seconds) or 0
    parameters.check()
    queued = lookup.queued(job)
    extend_deadline(request.scope, seconds)
    found = (await _known(lookup, [job])).get(job, queued)
    if found.state.status == "queued" and seconds:
        found = await waiting.wait_for(job, seconds) or found
    (state,) = await ranks.states([found])
    return Response(state, headers=_HEADERS)


@get(JOBS_PATH, summary="What became of several jobs", tags=["jobs"], opt=described(problems=(404, 422), query=_IDS))
async def get_jobs(
    request: Request[Any, Any, Any], lookup: NamedDependency[JobLookup], ranks: NamedDependency[Ranks]
) -> Response[Jobs]:
    """In the order asked. If one of the ids was never given out, or is forgotten, the answer is 404 and names it."""
    parameters = QueryString(request.scope["query_string"], frozenset({"ids"}))
    asked = parameters.require("ids", _ids) or []
    parameters.check()
    queued = [lookup.queued(job) for job in asked]
    known = await _known(lookup, list(dict.fromkeys(asked)))
    states = await ranks.states([known.get(each.state.job, each) for each in queued])
    return Response(Jobs(states), headers=_HEADERS)


async def _known(lookup: JobLookup, jobs: list[str]) -> dict[str, RememberedJob]:
    try:
        return await lookup.known(jobs)
    except UnavailableError as error:
        raise unavailable("What became of the job cannot be looked up now.") from error


def _seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= WAIT_MAX_DIGITS and int(text) <= WAIT_MAX_S):
        raise ValueError(f"must be a whole number from 0 to {WAIT_MAX_S}")
    return int(text)


def _ids(text: str) -> list[str]:
    ids = text.split(",") if text else []
    if not 1 <= len(ids) <= MAX_IDS:
        raise ValueError(f"must be 1 to {MAX_IDS} job ids, with commas between them")
    return ids
