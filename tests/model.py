"""What the standings must be, computed the slow and obvious way from a list of scores. For tests only.

It shares no code with the program that it judges: not the calendar, not the folding, not the order.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
MINUTE_S = 60
FARTHEST_ZONE_S = 16 * 3600  # no clock is farther from UTC, nor has been since 1970


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a board's rules decides standings."""

    order: str = "desc"
    operator: str = "best"
    periods: tuple[str, ...] = ("all",)
    timezone: str = "UTC"
    minimum: int | None = None
    maximum: int | None = None
    subscores: tuple[str, ...] = ()  # the order of each
    ranks: str = "ordinal"

    def allows(self, score: int) -> bool:
        return (self.minimum is None or score >= self.minimum) and (self.maximum is None or score <= self.maximum)


_PERIODS = ("all", "day")
EACH_OPERATOR = (
    Rules(order="desc", operator="best", periods=_PERIODS),
    Rules(order="asc", operator="latest", periods=_PERIODS),
    Rules(order="desc", operator="sum", periods=_PERIODS),
)
WITH_SUBSCORES = Rules(order="desc", operator="best", periods=_PERIODS, subscores=("asc", "desc"), ranks="competition")


def microseconds(text: str) -> int:
    """An instant as the interface writes it, as those below count it."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Score:
    """One accepted submission; `achieved_at` in microseconds, `line` its index in its request, `job` a UUID's text."""

    job: str
    player: str
    score: int
    achieved_at: int
    name: str | None = None
    region: str | None = None
    metadata: str | None = None
    line: int = 0
    subscores: tuple[int, ...] = field(default=(), compare=False)  # as given: none are zeros


@dataclass(frozen=True, slots=True)
class Standing:
    """A player's score, with the submission that counts: the best, or the newest."""

    player: str
    score: int
    counts: Score
    subscores: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a submission's job says: the period, the standing after and before it, whether it is a better score."""

    period: str
    score: int
    previous: int | None
    improved: bool


class Span(NamedTuple):
    """A period: from `start` (inclusive) to `end` (exclusive), in microseconds; both None for all time."""

    id: str
    start: int | None
    end: int | None


def standings(rules: Rules, scores: Iterable[Score]) -> dict[str, list[Standing]]:
    """Return every period that has standings, `all` among them, each in rank order."""
    tables: dict[str, dict[str, list[Score]]] = {}
    for score in scores:
        for kind in {"all", *rules.periods}:
            table = tables.setdefault(span_at(rules.timezone, kind, score.achieved_at).id, {})
            table.setdefault(score.player, []).append(score)
    return {
        period: ranked(rules, [_fold(rules, player, own) for player, own in table.items()])
        for period, table in tables.items()
    }


def ranked(rules: Rules, table: Iterable[Standing]) -> list[Standing]:
    """Best first; of equal scores and sub-scores the earlier one, then the lower line, then the lower job."""
    return sorted(table, key=lambda row: (*_signed(rules, row), *_when(row.counts)))


def ranks(rules: Rules, table: Sequence[Standing]) -> list[int]:
    """The rank of each of these standings in rank order: how many are before it, or, where ranks are shared, better."""
    if rules.ranks == "ordinal":
        return list(range(1, len(table) + 1))
    values = [(row.score, row.subscores) for row in table]
    return [1 + values.index(value) for value in values]


def in_region(table: Iterable[Standing], region: str) -> list[Standing]:
    """The standings of those whose submission that counts came from the region."""
    return [row for row in table if row.counts.region == region]


def outcomes(rules: Rules, scores: Sequence[Score]) -> dict[str, Outcome]:
    """Apply the scores one by one, in this order; say for each job what it did in the board's first period."""
    found: dict[str, Outcome] = {}
    seen: dict[tuple[str, str], list[Score]] = {}
    for score in scores:
        period = span_at(rules.timezone, rules.periods[0], score.achieved_at).id
        own = seen.setdefault((period, score.player), [])
        before = _fold(rules, score.player, own) if own else None
        own.append(score)
        after = _fold(rules, score.player, own)
        found[score.job] = Outcome(
            period=period,
            score=after.score,
            previous=before.score if before else None,
            improved=before is None or _signed(rules, after) < _signed(rules, before),
        )
    return found


def _fold(rules: Rules, player: str, own: list[Score]) -> Standing:
    if rules.operator == "best":
        best = min(own, key=lambda score: (*_signed(rules, score), *_when(score)))
        return Standing(player, best.score, best, _subscores(rules, best))
    if rules.operator == "latest":
        newest = max(own, key=_when)
        return Standing(player, newest.score, newest, _subscores(rules, newest))
    additions = [score for score in own if score.score != 0 or any(score.subscores)] or own
    sums = tuple(sum(_subscores(rules, score)[n] for score in own) for n in range(len(rules.subscores)))
    return Standing(player, sum(score.score for score in own), max(additions, key=_when), sums)


def _subscores(rules: Rules, row: Score | Standing) -> tuple[int, ...]:
    """All that the board has; a submission that gave none has zeros."""
    return row.subscores or (0,) * len(rules.subscores)


def _when(score: Score) -> tuple[int, int, str]:
    return score.achieved_at, score.line, score.job


def _signed(rules: Rules, row: Score | Standing) -> list[int]:
    pairs = zip((rules.order, *rules.subscores), (row.score, *_subscores(rules, row)), strict=True)
    return [-value if order == "desc" else value for order, value in pairs]


@dataclass
class Table:
    """The scores of one board so far, each job once: a ledger that a test keeps beside the program's."""

    rules: Rules
    scores: dict[str, Score] = field(default_factory=dict)

    def add(self, scores: Iterable[Score]) -> None:
        for score in scores:
            self.scores.setdefault(score.job, score)

    def standings(self) -> dict[str, list[Standing]]:
        return standings(self.rules, self.scores.values())

    def outcomes(self) -> dict[str, Outcome]:
        return outcomes(self.rules, list(self.scores.values()))


# --- Periods ---------------------------------------------------------------------------------------------------------


def span_at(timezone: str, kind: str, at: int) -> Span:
    """Return the period of this kind that contains the instant `at` (microseconds)."""
    return Span("all", None, None) if kind == "all" else span_of(timezone, kind, day_at(timezone, at))


def span_of(timezone: str, kind: str, day: date) -> Span:
    """Return the period of this kind (not `all`) that contains the day."""
    if kind == "day":
        name, first, after = f"{day.year:04}-{day.month:02}-{day.day:02}", day, day + timedelta(days=1)
    elif kind == "week":
        first = _going_back(day, lambda d: d.isoweekday() == 1)
        after = first + timedelta(days=7)
        thursday = first + timedelta(days=3)  # the year of an ISO week is the year of its Thursday
        name = f"{thursday.year:04}-W{(thursday - date(thursday.year, 1, 1)).days // 7 + 1:02}"
    else:
        first = _going_back(day, lambda d: d.day == 1)
        after = next(d for d in (day + timedelta(days=n) for n in range(1, 32)) if d.day == 1)
        name = f"{day.year:04}-{day.month:02}"
    return Span(name, day_start(timezone, first), day_start(timezone, after))


def _going_back(day: date, is_first: Callable[[date], bool]) -> date:
    while not is_first(day):
        day -= timedelta(days=1)
    return day


def day_at(timezone: str, at: int) -> date:
    """The day of an instant: the last one that had begun by then."""
    near = datetime.fromtimestamp(at // SECOND, UTC).date()
    return max(d for d in (near + timedelta(days=n) for n in range(-2, 3)) if day_start(timezone, d) <= at)


@lru_cache(maxsize=100_000)
def day_start(timezone: str, day: date) -> int:
    """The first instant at which clocks show this date or, where it was skipped, a later one: looked for by looking.

    By minutes first, which no clock change since 1970 slips through, then by seconds.
    """
    zone = ZoneInfo(timezone)

    def has_begun(second: int) -> bool:
        return datetime.fromtimestamp(second, zone).date() >= day

    midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    minutes = range(midnight - FARTHEST_ZONE_S, midnight + FARTHEST_ZONE_S, MINUTE_S)
    minute = next(filter(has_begun, minutes))
    return next(filter(has_begun, range(minute - MINUTE_S + 1, minute + 1))) * SECOND
