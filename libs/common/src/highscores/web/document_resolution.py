"""Which document a client means by a period and a region in its own words."""

from collections.abc import Sequence

from highscores.domain.boards import Board
from highscores.domain.documents import DocumentId
from highscores.domain.fields import given
from highscores.domain.periods import PERIOD_KINDS, Period
from highscores.domain.problems import FieldError, ProblemError, invalid_fields
from highscores.web.request_validation import is_region

# An id of each kind of period that has more than one.
_EXAMPLES = {"day": "2026-11-24", "week": "2026-W48", "month": "2026-11"}


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
            raise ValueError(_forms(rules)) from None
        if period.id != text:
            raise ValueError(_forms(rules))
    else:
        period = rules.calendar.containing(kind, now)
    if period.kind not in rules.periods:
        raise ValueError(f"the board counts {', '.join(rules.periods)}, not {period.kind}")
    return period


def _forms(rules: Board) -> str:
    """Return how a period of this board is written."""
    current = _either(rules.periods)
    ids = _either([_EXAMPLES[kind] for kind in rules.periods if kind in _EXAMPLES])
    return f"must be {current}, or an id like {ids}" if ids else f"must be {current}"


def _either(words: Sequence[str]) -> str:
    *others, last = words or [""]
    return f"{', '.join(others)} or {last}" if others else last
