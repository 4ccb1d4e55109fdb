"""The routes that take scores."""

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency

from highscores.web.accepted import Acceptance, BatchAcceptance, accepted_batch
from highscores.web.answers import respond
from highscores.web.edge import FastRequest
from highscores.web.openapi import API_KEY, described
from highscores.web.request_validation import raw_headers
from post_score.idempotency import DESCRIBED_HEADER
from post_score.scores import Scores
from post_score.submissions import Batch, Submission

SCORES_PATH = "/v1/scores"

_SCORE = {"board": "arcade", "player": "ada", "score": 4200}
_FULL_SCORE = {**_SCORE, "name": "Ada", "region": "eu", "metadata": {"level": 7}}
_SCORE_WITH_SUBSCORES = {"board": "heptathlon", "player": "jackie", "score": 7291, "subscores": [4, 12690]}


@post(
    SCORES_PATH,
    status_code=202,
    summary="Submit a score",
    tags=["scores"],
    security=API_KEY,
    opt=described(
        body=Submission,
        examples={"shortest": _SCORE, "full": _FULL_SCORE, "with sub-scores": _SCORE_WITH_SUBSCORES},
        problems=(400, 401, 403, 404, 413, 415, 422, 429),
        headers=DESCRIBED_HEADER,
    ),
)
async def submit_score(request: Request[Any, Any, Any], scores: NamedDependency[Scores]) -> Response[Acceptance]:
    """The score counts from the moment it is accepted; with the scope `admin`, `achieved_at` may name an earlier one.
    It counts in every period of the board at once. It gives all sub-scores that the board names, or none: then each
    is 0."""
    # The edge calls `take_one` itself, past the framework. This stands here for the document and for 405.
    return respond(await scores.take_one(_fast(request)))


@post(
    f"{SCORES_PATH}/batch",
    status_code=202,
    summary="Submit many scores",
    tags=["scores"],
    security=API_KEY,
    opt=described(
        body=Batch,
        examples={"two": {"scores": [_SCORE, _FULL_SCORE]}},
        problems=(400, 401, 403, 413, 415, 422, 429),
        headers=DESCRIBED_HEADER,
    ),
)
async def submit_batch(request: Request[Any, Any, Any], scores: NamedDependency[Scores]) -> Response[BatchAcceptance]:
    """All of the scores are accepted, in one message, or none; each has a job of its own."""
    return respond(accepted_batch([str(job) for job in await scores.take_batch(_fast(request))]))


def _fast(request: Request[Any, Any, Any]) -> FastRequest:
    return FastRequest(request.scope, raw_headers(request), request.receive)  # type: ignore[arg-type]
