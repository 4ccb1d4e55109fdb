"""What a command is answered with: 202, the job, and where to ask for it."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Response

JOBS_IN_LOCATION = 100  # as many as GET /v1/jobs takes


class Acceptance(msgspec.Struct, frozen=True):
    """The command is safe in the queue; `GET /v1/jobs/{job}` tells what became of it."""

    job: str
    status: Literal["queued"] = "queued"


class BatchAcceptance(msgspec.Struct, frozen=True):
    """The job of each score, in their order."""

    jobs: list[str]


def accepted(job: UUID) -> Response[Acceptance]:
    return Response(
        Acceptance(str(job)), status_code=202, headers={"Location": f"/v1/jobs/{job}", "Cache-Control": "no-store"}
    )


def accepted_batch(jobs: list[UUID]) -> Response[BatchAcceptance]:
    texts = [str(job) for job in jobs]
    location = f"/v1/jobs?ids={','.join(texts[:JOBS_IN_LOCATION])}" if len(texts) > 1 else f"/v1/jobs/{texts[0]}"
    return Response(
        BatchAcceptance(texts), status_code=202, headers={"Location": location, "Cache-Control": "no-store"}
    )
