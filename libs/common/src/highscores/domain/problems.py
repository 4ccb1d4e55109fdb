"""Problems (RFC 9457): what can be wrong, with stable types. A refused request and a rejected job tell it alike."""

import re
from typing import Protocol

import msgspec

_BOARD_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field. `pointer` is a JSON Pointer as a URI fragment; a parameter's name stands in the same form."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[FieldError] = []


class ProblemError(Exception):
    """A problem on its way to the one module that answers it; `headers` go along (Retry-After, WWW-Authenticate)."""

    def __init__(self, problem: Problem, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = headers or {}


class _Maker(Protocol):
    def __call__(self, detail: str = "", errors: list[FieldError] | None = None) -> Problem: ...


def _problem(slug: str, title: str, status: int) -> _Maker:
    def make(detail: str = "", errors: list[FieldError] | None = None) -> Problem:
        return Problem(f"/problems/{slug}", title, status, detail, errors or [])

    return make


bad_request = _problem("bad-request", "The request is not well-formed HTTP", 400)
not_json = _problem("not-json", "The request is not valid JSON", 400)
unauthorized = _problem("unauthorized", "A valid API key is needed", 401)
forbidden = _problem("forbidden", "The API key does not allow this", 403)
not_found = _problem("not-found", "There is nothing here", 404)
_unknown_board = _problem("unknown-board", "There is no such board", 404)
unknown_player = _problem("unknown-player", "The player has no standing here", 404)
unknown_document = _problem("unknown-document", "There is no such document", 404)
unknown_job = _problem("unknown-job", "There is no such job", 404)
method_not_allowed = _problem("method-not-allowed", "The path does not take this method", 405)
not_acceptable = _problem("not-acceptable", "The answer is JSON, and the request does not accept it", 406)
request_timeout = _problem("request-timeout", "The request did not arrive in time", 408)
superseded = _problem("superseded", "A newer command on the same subject came first", 409)
board_replaced = _problem("board-replaced", "The board was deleted, and another one has its name now", 409)
board_rule_fixed = _problem("board-rule-fixed", "The board has submissions, so this rule cannot change", 409)
too_large = _problem("too-large", "The request is too large", 413)
unsupported_media_type = _problem("unsupported-media-type", "The body must be application/json, not compressed", 415)
invalid_fields = _problem("invalid-fields", "A field is wrong", 422)
idempotency_key_reused = _problem("idempotency-key-reused", "The idempotency key came with another request", 422)
rate_limited = _problem("rate-limited", "Too many requests", 429)
internal = _problem("internal", "The service failed", 500)
unavailable = _problem("unavailable", "The service cannot do this now", 503)


def unknown_board(board: str) -> Problem:
    """The problem of a board that is not there. It says which, since a request or a run may name several; a text from
    an address that is no id at all is not repeated."""
    return _unknown_board(f"No board has the id {board}." if _BOARD_ID.fullmatch(board) else "")


def invalid_field(field: str, detail: str) -> Problem:
    """The problem of one wrong field or parameter, named without its `#/`."""
    return invalid_fields(errors=[FieldError(f"#/{field}", detail)])
