"""Which document a client means by a period and a region in its own words."""

from highscores.domain.boards import Board
from highscores.domain.documents import DocumentId
from highscores.domain.fields import given
from highscores.domain.periods import PERIOD_KINDS, Period
from highscores.domain.problems import FieldError, ProblemError, invalid_fields
from highscores.web.request_validation import is_region


def resolve(board: str, rules: Board, period: str | None, region: str | None, now: int) -> tuple[DocumentId, Period]:
    """Return the document and its period.

    `period` is an id, or a kind for the current one, or None for the board's first kind; `now` is in microseconds.
    Either may be "", which is as None. Raise the 422 problem naming `period` and `region`, whichever the board does
    not have.
    """
    period, region = given(period), given(region)
    errors = []
    found: Period | None = None
    try:
        found = _period(rules, period, now)
    except ValueError as error:
        errors.append(FieldError("#/period", str(error)))
    if region is not None:
        if not rules.regions:
            errors.append(FieldError("#/region", "the board keeps no standings by region"))
        elif not is_region(region):
            errors.append(FieldError("#/region", "must be 1 to 16 of A-Z a-z 0-9 -"))
    if found is None or errors:
        raise ProblemError(invalid_fields(errors=errors))
    return DocumentId(board, found.id, region.lower() if region is not None else None), found


def _period(rules: Board, text: str | None, now: int) -> Period:
    """Raise ValueError when the board has no such period."""
    if text is None:
        return rules.calendar.containing(rules.default_period, now)
    kind = next((kind for kind in PERIOD_KINDS if kind == text), None)
    if kind is None:
        try:
            period = rules.calendar.named(text)
        except ValueError:
            raise ValueError("names no period") from None
        if period.id != text:
            raise ValueError("names no period")
    else:
        period = rules.calendar.containing(kind, now)
    if period.kind not in rules.periods:
        raise ValueError(f"the board counts {', '.join(rules.periods)}")
    return period
