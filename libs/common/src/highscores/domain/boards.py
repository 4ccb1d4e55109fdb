"""A board: a leaderboard with its rules."""

from functools import cached_property
from typing import Annotated, Literal

import msgspec

from highscores.domain.fields import TITLE_MAX_BYTES, TITLE_MAX_GRAPHEMES, Score, Unit, clean_text
from highscores.domain.periods import Calendar, PeriodKind
from highscores.domain.timezones import TIMEZONES

Order = Literal["desc", "asc"]
Operator = Literal["best", "latest", "sum"]
Visibility = Literal["public", "private"]

# What cannot change once the board has a submission: standings folded by one rule cannot be read by another.
FIXED_RULES = ("order", "operator", "subscores")


class Board(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The rules of one board, as `PUT /v1/admin/boards/{board}` takes them. All but the title have defaults."""

    title: Annotated[str, msgspec.Meta(min_length=1)]
    order: Order = "desc"
    operator: Operator = "best"
    subscores: Annotated[tuple[dict[str, str], ...], msgspec.Meta(max_length=0)] = ()
    ranks: Literal["ordinal"] = "ordinal"
    periods: Annotated[tuple[PeriodKind, ...], msgspec.Meta(min_length=1, max_length=4)] = ("all",)
    timezone: str = "UTC"
    seasons: Annotated[tuple[dict[str, str], ...], msgspec.Meta(max_length=0)] = ()
    min: Score | None = None
    max: Score | None = None
    unit: Unit = "points"
    regions: bool = False
    visibility: Visibility = "public"
    submit: Literal["key"] = "key"

    @cached_property
    def calendar(self) -> Calendar:
        return Calendar(self.timezone)

    @property
    def default_period(self) -> PeriodKind:
        return self.periods[0]

    @property
    def counted_periods(self) -> tuple[PeriodKind, ...]:
        """Every kind that standings are kept for: always `all` too, since it counts the players."""
        return self.periods if "all" in self.periods else ("all", *self.periods)

    def rule_errors(self) -> list[tuple[str, str]]:
        """Return (field, what is wrong) for every rule that the types alone cannot hold."""
        errors = []
        try:
            clean_text(self.title, max_graphemes=TITLE_MAX_GRAPHEMES, max_bytes=TITLE_MAX_BYTES)
        except ValueError as error:
            errors.append(("title", str(error)))
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

    def fixed_rules_changed(self, new: "Board") -> list[str]:
        """Return the names of the rules that differ in `new` though they cannot change once scores exist."""
        return [rule for rule in FIXED_RULES if getattr(self, rule) != getattr(new, rule)]
