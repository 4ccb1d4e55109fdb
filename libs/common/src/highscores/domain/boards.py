"""A board: a leaderboard with its rules."""

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Annotated, Literal

import msgspec
from msgspec import structs

from highscores.domain.fields import (
    NAME_MAX_BYTES,
    NAME_MAX_GRAPHEMES,
    TITLE_MAX_BYTES,
    TITLE_MAX_GRAPHEMES,
    clean_text,
)
from highscores.domain.periods import Calendar, PeriodKind
from highscores.domain.timezones import TIMEZONES

Order = Literal["desc", "asc"]
Operator = Literal["best", "latest", "sum"]
Ranks = Literal["ordinal", "competition"]
Visibility = Literal["public", "private"]
Submit = Literal["key"]

# What cannot change once the board has a submission: standings folded by one rule cannot be read by another.
FIXED_RULES = ("order", "operator", "subscores")

SUBSCORES_MAX = 4  # as many as a tie-break, and a cursor, have room for


_clean_title = partial(clean_text, max_graphemes=TITLE_MAX_GRAPHEMES, max_bytes=TITLE_MAX_BYTES)
_clean_name = partial(clean_text, max_graphemes=NAME_MAX_GRAPHEMES, max_bytes=NAME_MAX_BYTES)


class SubScore(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number that decides between equal scores, in a direction of its own."""

    name: Annotated[str, msgspec.Meta(min_length=1)]
    order: Order


SubScores = Annotated[tuple[SubScore, ...], msgspec.Meta(max_length=SUBSCORES_MAX)]


class Board(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, dict=True):
    """The rules of one board, as the programs use them and as the queue carries them.

    The bounds of what a client may ask for belong to the HTTP body, and the tolerance of other versions to the stored
    form (`board_forms`). In a message, a rule that this version does not know makes the command one for a newer
    worker: carried out here, it would be lost. So a default is left out, and must never change.
    """

    title: str
    order: Order = "desc"
    operator: Operator = "best"
    subscores: SubScores = ()
    ranks: Ranks = "ordinal"
    periods: tuple[PeriodKind, ...] = ("all",)
    timezone: str = "UTC"
    seasons: tuple[()] = ()
    min: int | None = None
    max: int | None = None
    unit: str = "points"
    regions: bool = False
    visibility: Visibility = "public"
    submit: Submit = "key"

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.timezone)

    @property
    def orders(self) -> tuple[Order, ...]:
        """The directions of the score and of each sub-score."""
        return (self.order, *[subscore.order for subscore in self.subscores])

    @property
    def default_period(self) -> PeriodKind:
        return self.periods[0]

    @property
    def counted_periods(self) -> tuple[PeriodKind, ...]:
        """Every kind that standings are kept for: always `all` too, since it counts the players."""
        return self.periods if "all" in self.periods else ("all", *self.periods)

    def cleaned(self) -> "Board":
        """Return the board with its texts as people see them. What they must not see stays: `rule_errors` tells."""
        named = [
            structs.replace(subscore, name=_clean_or_same(_clean_name, subscore.name)) for subscore in self.subscores
        ]
        return structs.replace(self, title=_clean_or_same(_clean_title, self.title), subscores=tuple(named))

    def rule_errors(self) -> list[tuple[str, str]]:
        """Return (field, what is wrong) for every rule that the types alone cannot hold."""
        errors = []
        try:
            _clean_title(self.title)
        except ValueError as error:
            errors.append(("title", str(error)))
        for index, subscore in enumerate(self.subscores):
            try:
                _clean_name(subscore.name)
            except ValueError as error:
                errors.append((f"subscores/{index}/name", str(error)))
        if len({subscore.name for subscore in self.subscores}) < len(self.subscores):
            errors.append(("subscores", "must not have a name twice"))
        if len(set(self.periods)) < len(self.periods):
            errors.append(("periods", "must not name a period twice"))
        if self.timezone not in TIMEZONES:
            errors.append(("timezone", "is not a time zone of the IANA database"))
        if self.min is not None and self.max is not None and self.min > self.max:
            errors.append(("min", "must not be above max"))
        return errors

    def score_error(self, score: int) -> str | None:
        """Return why the board's bounds refuse this score, or None."""
        if self.min is not None and score < self.min:
            return f"must be at least {self.min} on this board"
        if self.max is not None and score > self.max:
            return f"must be at most {self.max} on this board"
        return None

    def subscores_error(self, subscores: Sequence[int]) -> str | None:
        """Return why a submission cannot have these sub-scores, or None: it gives all that the board names, or none."""
        if len(subscores) in (0, len(self.subscores)):
            return None
        return f"must have {len(self.subscores)} numbers on this board, or none" if self.subscores else "must be empty"

    def fixed_rules_changed(self, new: "Board") -> list[str]:
        """Return the names of the rules that differ in `new` though they cannot change once scores exist."""
        return [rule for rule in FIXED_RULES if getattr(self, rule) != getattr(new, rule)]


def _clean_or_same(clean: Callable[[str], str], text: str) -> str:
    try:
        return clean(text)
    except ValueError:
        return text
