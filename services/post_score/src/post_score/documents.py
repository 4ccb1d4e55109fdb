"""Asking for a document to be built."""

from typing import Any

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency

from highscores.domain import problems, subjects
from highscores.domain.commands import BuildDocument
from highscores.domain.documents import DocumentId
from highscores.domain.fields import BoardId
from highscores.domain.problems import ProblemError
from highscores.web.accepted import Acceptance, accepted
from highscores.web.answers import respond
from highscores.web.auth import Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.document_resolution import resolve
from highscores.web.openapi import API_KEY_OR_NONE, described
from highscores.web.query_string import require_no_parameters
from highscores.web.request_validation import REQUEST_MAX_BYTES, BodyDecoder, raw_headers, read_json
from post_score.admission import Limit
from post_score.control import ControlCommands
from post_score.idempotency import DESCRIBED_HEADER
from post_score.rate_limit_identity import address_id, caller_id


class DocumentRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document to build. `period` is `all`, a period's id, or `day`, `week`, `month` for the current one.
    `""` is as null for period and region: the first of the board's periods, and all regions."""

    board: BoardId
    period: str | None = None
    region: str | None = None


_decoder = BodyDecoder(DocumentRequest)


@post(
    "/v1/documents",
    status_code=202,
    summary="Ask for a document",
    tags=["documents"],
    security=API_KEY_OR_NONE,
    opt=described(
        body=DocumentRequest,
        examples={"this week": {"board": "arcade", "period": "week"}},
        problems=(400, 401, 403, 404, 413, 415, 422, 429),
        headers=DESCRIBED_HEADER,
    ),
)
async def request_document(
    request: Request[Any, Any, Any],
    keys: NamedDependency[Keys],
    directory: NamedDependency[BoardDirectory],
    control: NamedDependency[ControlCommands],
    key_limit: NamedDependency[Limit],
    anonymous_limit: NamedDependency[Limit],
) -> Response[Acceptance]:
    """Have the standings of a board and period brought into the cache; the job's result names the document. A public
    board takes no key, but then few such requests."""
    headers = raw_headers(request)
    caller = await keys.identify(headers.get(b"authorization"))
    require_no_parameters(request.scope["query_string"])
    wanted = _decoder.decode(await read_json(request.receive, headers, REQUEST_MAX_BYTES))
    board = await directory.find(wanted.board)
    document, refusal = DocumentId(wanted.board, ""), None
    if board is None:
        refusal = ProblemError(problems.unknown_board(wanted.board))
    else:
        if board.rules.visibility == "private":
            caller = caller or await keys.authenticate(None)
            caller.require("read")
        try:
            document, _ = resolve(wanted.board, board.rules, wanted.period, wanted.region, control.now())
        except ProblemError as error:
            refusal = error
    job = await control.take(
        BuildDocument.command,
        # As the client says it: the current week is another one when the request comes again.
        subjects.of_document(wanted.board, wanted.period, wanted.region),
        lambda job, at: BuildDocument(job, at, document.board, document.period, document.region),
        caller=caller_id(caller) if caller else address_id(request.scope, headers),
        limit=key_limit if caller else anonymous_limit,
        headers=headers,
        content=wanted,
        refusal=refusal,
    )
    return respond(accepted(str(job)))
