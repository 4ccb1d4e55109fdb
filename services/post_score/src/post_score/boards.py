"""Defining and deleting boards."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, put
from litestar.di import NamedDependency
from msgspec import UNSET

from highscores.domain import problems, subjects
from highscores.domain.board_forms import BoardDefinition, from_body, read_only_errors, rules_in
from highscores.domain.boards import Board
from highscores.domain.commands import DefineBoard, DeleteBoard
from highscores.domain.fields import BoardId
from highscores.domain.problems import FieldError, ProblemError
from highscores.web.accepted import Acceptance, accepted
from highscores.web.answers import respond
from highscores.web.auth import Caller, Keys
from highscores.web.board_directory import BoardDirectory
from highscores.web.openapi import API_KEY, described, described_path
from highscores.web.query_string import require_no_parameters
from highscores.web.request_validation import (
    REQUEST_MAX_BYTES,
    BodyDecoder,
    Examination,
    is_board_id,
    raw_headers,
    read_json,
)
from post_score.admission import Limit
from post_score.control import ControlCommands
from post_score.idempotency import DESCRIBED_HEADER
from post_score.rate_limit_identity import caller_id

BOARD_PATH = "/v1/admin/boards/{board:str}"
BoardParameter = Annotated[str, described_path(msgspec.json.schema(BoardId), "The board's id.", example="arcade")]

_EXAMPLE = {"title": "Arcade", "periods": ["all", "day", "week", "month"], "regions": True, "min": 0}
_EXAMPLE_WITH_SUBSCORES = {
    "title": "Heptathlon",
    "subscores": [{"name": "events won", "order": "desc"}, {"name": "hurdles in ms", "order": "asc"}],
    "ranks": "competition",
}

_decoder = BodyDecoder(BoardDefinition)


@put(
    BOARD_PATH,
    status_code=202,
    summary="Create or change a board",
    tags=["boards"],
    security=API_KEY,
    opt=described(
        body=BoardDefinition,
        examples={"arcade": _EXAMPLE, "with sub-scores": _EXAMPLE_WITH_SUBSCORES},
        problems=(400, 401, 403, 409, 413, 415, 422, 429),
        headers=DESCRIBED_HEADER,
    ),
)
async def define_board(
    board: BoardParameter,
    request: Request[Any, Any, Any],
    keys: NamedDependency[Keys],
    directory: NamedDependency[BoardDirectory],
    control: NamedDependency[ControlCommands],
    key_limit: NamedDependency[Limit],
) -> Response[Acceptance]:
    """All rules but the title have defaults; what is not given goes back to its default. The order, the operator and
    the sub-scores cannot change once the board has a submission. Sub-scores decide between equal scores, the first one
    first. With the ranks `competition`, those of equal score and sub-scores share the better rank: 1, 2, 2, 4. What
    `GET /v1/boards/{board}` answers can be changed and put back as it is."""
    headers = raw_headers(request)
    caller = await _admin(keys, headers)
    require_no_parameters(request.scope["query_string"])
    definition = _decode(board, await read_json(request.receive, headers, REQUEST_MAX_BYTES))
    known = await directory.find(board)
    refusal = None
    if known is not None and known.submissions and (changed := known.rules.fixed_rules_changed(definition)):
        errors = [FieldError(f"#/{rule}", "cannot change once the board has a submission") for rule in changed]
        refusal = ProblemError(problems.board_rule_fixed(errors=errors))
    job = await control.take_admin(
        DefineBoard.command,
        subjects.of_board(board),
        lambda job, at, number: DefineBoard(job, at, board, definition, number=number),
        caller=caller_id(caller),
        limit=key_limit,
        headers=headers,
        content=(board, definition),
        refusal=refusal,
    )
    directory.forget(board)
    return respond(accepted(str(job)))


@delete(
    BOARD_PATH,
    status_code=202,
    summary="Delete a board",
    tags=["boards"],
    security=API_KEY,
    opt=described(problems=(401, 403, 404, 422, 429), headers=DESCRIBED_HEADER),
)
async def delete_board(
    board: BoardParameter,
    request: Request[Any, Any, Any],
    keys: NamedDependency[Keys],
    directory: NamedDependency[BoardDirectory],
    control: NamedDependency[ControlCommands],
    key_limit: NamedDependency[Limit],
) -> Response[Acceptance]:
    """The board goes with its standings and submissions. What became of its jobs can still be asked."""
    headers = raw_headers(request)
    caller = await _admin(keys, headers)
    require_no_parameters(request.scope["query_string"])
    if not is_board_id(board):
        raise ProblemError(problems.unknown_board(board))
    is_known = await directory.find(board) is not None
    job = await control.take_admin(
        DeleteBoard.command,
        subjects.of_board(board),
        lambda job, at, number: DeleteBoard(job, at, board, number=number),
        caller=caller_id(caller),
        limit=key_limit,
        headers=headers,
        content=board,
        refusal=None if is_known else ProblemError(problems.unknown_board(board)),
    )
    directory.forget(board)
    return respond(accepted(str(job)))


async def _admin(keys: Keys, headers: dict[bytes, bytes]) -> Caller:
    caller = await keys.authenticate(headers.get(b"authorization"))
    caller.require("admin")
    return caller


def _decode(board: str, body: bytes) -> Board:
    """Return the definition; raise the 422 problem with everything that is wrong with it, and with the board's id."""
    decoded = _decoder.decode_or_examine(body)
    errors = [] if is_board_id(board) else [FieldError("#/board", "must match ^[a-z0-9][a-z0-9-]{0,62}$")]
    if isinstance(decoded, Examination):
        given = decoded.values
        errors += decoded.errors
        rules = Board(**{"title": "-", **rules_in(given)})
    else:
        given = {name: value for name, value in msgspec.structs.asdict(decoded).items() if value is not UNSET}
        rules = from_body(decoded)
    if not errors or errors[0].pointer != "#/board":
        errors += [FieldError(f"#/{field}", detail) for field, detail in read_only_errors(given, board)]
    rules = rules.cleaned()
    errors += [FieldError(f"#/{field}", detail) for field, detail in rules.rule_errors()]
    if errors:
        raise ProblemError(problems.invalid_fields(errors=errors))
    return rules
