"""The one module that turns an exception into an answer, for the framework's routes and for those that bypass it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from highscores.domain import problems
from highscores.domain.problems import FieldError, Problem, ProblemError
from highscores.domain.unavailable import UnavailableError
from highscores.web.answers import PROBLEM_JSON, Answer, encode_json
from highscores.web.request_validation import ClientGoneError

RETRY_AFTER_S = "1"

_BY_STATUS = {
    HTTPStatus.NOT_FOUND: problems.not_found,
    HTTPStatus.METHOD_NOT_ALLOWED: problems.method_not_allowed,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: problems.too_large,
}

_log = structlog.get_logger(__name__)


def unavailable(detail: str = "") -> ProblemError:
    return ProblemError(problems.unavailable(detail), {"Retry-After": RETRY_AFTER_S})


def problem_of(error: BaseException) -> tuple[Problem, Mapping[str, str]]:
    """Return what a client may know of the error, with the headers that go along. What is unexpected is logged."""
    if isinstance(error, ProblemError):
        return error.problem, error.headers
    if isinstance(error, UnavailableError | TimeoutError):
        detail = "Try again, with the same idempotency key if the request changes something."
        return problems.unavailable(detail), {"Retry-After": RETRY_AFTER_S}
    if isinstance(error, ValidationException):
        return problems.invalid_fields(errors=_parameter_errors(error)), {}
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        make = _BY_STATUS.get(HTTPStatus(error.status_code), problems.bad_request)
        return make(), error.headers or {}
    if isinstance(error, ClientGoneError):
        return problems.bad_request(), {}  # nobody reads it
    _log.error("request.failed", exc_info=error)
    return problems.internal(), {}


def answer_of(error: BaseException) -> Answer:
    problem, headers = problem_of(error)
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Answer(
        problem.status,
        [(b"content-type", PROBLEM_JSON), (b"cache-control", b"no-store"), *lines],
        encode_json(problem),
    )


def handle_exception(_: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    problem, headers = problem_of(error)
    return Response(
        encode_json(problem),
        status_code=problem.status,
        media_type=PROBLEM_JSON.decode(),
        headers={"Cache-Control": "no-store", **headers},
    )


def _parameter_errors(error: ValidationException) -> list[FieldError]:
    """Litestar names a parameter by its `key`."""
    found = error.extra if isinstance(error.extra, list) else []
    return [FieldError(f"#/{item.get('key', '')}", str(item.get("message", "is wrong"))) for item in found]
