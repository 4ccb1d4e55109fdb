"""Scores as clients send them: their fields, their rules, and the commands that they become."""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import msgspec

from highscores.domain import problems
from highscores.domain.boards import SUBSCORES_MAX, Board
from highscores.domain.commands import SubmitScore
from highscores.domain.fields import (
    NAME_MAX_BYTES,
    NAME_MAX_GRAPHEMES,
    BoardId,
    OptionalName,
    OptionalRegion,
    OptionalTime,
    PlayerId,
    Score,
    clean_text,
    encode_metadata,
    given,
)
from highscores.domain.instants import parse_rfc3339
from highscores.domain.periods import MICROSECONDS
from highscores.domain.problems import FieldError, ProblemError
from highscores.web.auth import Caller
from highscores.web.request_validation import Examination, examine, examine_as, is_too_deep, parse

BATCH_MAX_SCORES = 1_000
CLOCK_TOLERANCE_S = 5


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One score. `achieved_at` is in the past and takes an admin; without it, the server's clock counts.

    `subscores` are all that the board names, in its order; without them, each is 0.
    """

    board: BoardId
    player: PlayerId
    score: Score
    subscores: Annotated[tuple[Score, ...], msgspec.Meta(max_length=SUBSCORES_MAX)] | None = None
    name: OptionalName | None = None
    region: OptionalRegion | None = None
    metadata: dict[str, Any] | None = None
    achieved_at: OptionalTime | None = None


class Batch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Scores that are accepted all or none."""

    scores: Annotated[list[Submission], msgspec.Meta(min_length=1, max_length=BATCH_MAX_SCORES)]


class _LooseBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scores: Annotated[list[Any], msgspec.Meta(min_length=1, max_length=BATCH_MAX_SCORES)]


class SubmissionCheck(NamedTuple):
    """What the types alone do not tell: the fields in their stored form, and what is wrong with them."""

    name: str | None
    metadata: str | None
    achieved_at: int | None
    errors: list[tuple[str, str]]


def check(submission: Submission, rules: Board | None, now: int) -> SubmissionCheck:
    """Check what goes beyond the types of the fields; `rules` is None when the board is not known."""
    return _check(
        rules,
        now,
        submission.score,
        submission.subscores,
        submission.name,
        submission.metadata,
        submission.achieved_at,
    )


def check_examined(examined: Examination, rules: Board | None, now: int) -> SubmissionCheck:
    """The same for those fields that are right in a submission that is otherwise wrong."""
    values = examined.values
    return _check(
        rules,
        now,
        values.get("score"),
        values.get("subscores"),
        values.get("name"),
        values.get("metadata"),
        values.get("achieved_at"),
    )


def examine_batch(body: bytes) -> list[Submission | Examination]:
    """Tell what is wrong with the body of a batch, score by score; raise its problem when it is not even a list."""
    outer = examine(parse(body), _LooseBatch)
    if outer.errors:
        raise ProblemError(problems.invalid_fields(errors=outer.errors))
    return [examine_as(value, Submission, f"#/scores/{index}") for index, value in enumerate(outer.values["scores"])]


def require_rights(caller: Caller, *submissions: Submission | Examination, pointer: str = "#") -> None:
    """Raise the 403 problem naming each time that only an admin may send; `pointer` is that of the first submission,
    with its index, `{}`, if there are several."""
    if caller.may("admin"):
        return
    errors = [
        FieldError(f"{pointer.format(index)}/achieved_at", "is for keys with the scope admin")
        for index, each in enumerate(submissions)
        if given(each.achieved_at if isinstance(each, Submission) else each.values.get("achieved_at")) is not None
    ]
    if errors:
        detail = "Only the scope admin may say when a score was achieved."
        raise ProblemError(problems.forbidden(detail, errors))


def field_errors(errors: list[tuple[str, str]], pointer: str = "#") -> list[FieldError]:
    return [FieldError(f"{pointer}/{field}", detail) for field, detail in errors]


def command(
    job: UUID, accepted_at: int, submission: Submission, checked: SubmissionCheck, board_number: int, line: int = 0
) -> SubmitScore:
    """Return the command of a submission that has no errors; `line` is its index in the request."""
    region = given(submission.region)
    return SubmitScore(
        job,
        accepted_at,
        submission.board,
        submission.player,
        submission.score,
        accepted_at if checked.achieved_at is None else checked.achieved_at,
        checked.name,
        region.lower() if region is not None else None,
        checked.metadata,
        line=line,
        board_number=board_number,
        subscores=submission.subscores or (),
    )


def _check(
    rules: Board | None,
    now: int,
    score: int | None,
    subscores: Sequence[int] | None,
    name: str | None,
    metadata: dict[str, Any] | None,
    achieved_at: str | None,
) -> SubmissionCheck:
    errors: list[tuple[str, str]] = []
    if rules is not None and score is not None and (reason := rules.score_error(score)) is not None:
        errors.append(("score", reason))
    if rules is not None and subscores and (reason := rules.subscores_error(subscores)) is not None:
        errors.append(("subscores", reason))
    if (name := given(name)) is not None:
        try:
            name = clean_text(name, max_graphemes=NAME_MAX_GRAPHEMES, max_bytes=NAME_MAX_BYTES)
        except ValueError as error:
            errors.append(("name", str(error)))
    text = None
    if metadata is not None:
        if is_too_deep(metadata):
            raise ProblemError(problems.not_json("The JSON is nested too deep."))
        try:
            text = encode_metadata(metadata)
        except ValueError as error:
            errors.append(("metadata", str(error)))
    at = None
    if (achieved_at := given(achieved_at)) is not None:
        try:
            at = _achieved_at(achieved_at, now)
        except ValueError as error:
            errors.append(("achieved_at", str(error)))
    return SubmissionCheck(name, text, at, errors)


def _achieved_at(text: str, now: int) -> int:
    """Return the instant; raise ValueError when the text is none, or one at which no score can have been achieved."""
    at = parse_rfc3339(text)
    if at > now + CLOCK_TOLERANCE_S * MICROSECONDS:
        raise ValueError("must be in the past")
    if at < 0:
        raise ValueError("must not be before 1970")
    return at
