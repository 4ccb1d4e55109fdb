"""What is answered when work has been queued: 202, the job, and where to ask what became of it."""

from typing import Literal

import msgspec

from highscores.web.answers import Answer, Headers, json_answer
from highscores.web.problems import RETRY_AFTER_S

RETRY_LATER = (b"retry-after", RETRY_AFTER_S.encode())


class Acceptance(msgspec.Struct, frozen=True):
    """The work is safe in the queue; `GET /v1/jobs/{job}` tells what became of it."""

    job: str
    status: Literal["queued"] = "queued"


class Pending(msgspec.Struct, frozen=True):
    """What was asked for is not there yet. `job` brings it, `GET /v1/jobs/{job}` tells how far it is; without a job, it
    comes by itself, or the version that was asked for does not exist."""

    job: str | None = None
    status: Literal["queued"] = "queued"


class BatchAcceptance(msgspec.Struct, frozen=True):
    """The job of each score, in their order."""

    jobs: list[str]


def accepted(job: str, *more: tuple[bytes, bytes]) -> Answer:
    """Return the answer for one job, with further headers if it takes any."""
    return _answer(Acceptance(job), job, [*more])


def not_yet() -> Answer:
    """Return the answer of a read whose version has not been reached: no job can be waited for."""
    return json_answer(202, Pending(), [(b"cache-control", b"no-store"), RETRY_LATER])


def accepted_batch(jobs: list[str]) -> Answer:
    """The header names the first job: all of them would be longer than what many proxies take of headers."""
    return _answer(BatchAcceptance(jobs), jobs[0], [])


def _answer(content: msgspec.Struct, job: str, more: Headers) -> Answer:
    location = f"/v1/jobs/{job}".encode()
    return json_answer(202, content, [(b"location", location), (b"cache-control", b"no-store"), *more])
