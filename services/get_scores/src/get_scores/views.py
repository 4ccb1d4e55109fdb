"""What the reads answer, as types: for encoding, and for the OpenAPI document."""

from typing import Annotated, Any

import msgspec

from highscores.domain.boards import Board, Operator, Order, Ranks, Submit, SubScore, Visibility
from highscores.domain.fields import Time
from highscores.domain.periods import Period, PeriodKind, current_ids, rfc3339
from highscores.ledger.reads import BoardRecord, PeriodRecord


class PeriodView(msgspec.Struct, frozen=True):
    """A period. `all` has neither start nor end."""

    id: str
    kind: PeriodKind
    start: Time | None
    end: Time | None

    @classmethod
    def of(cls, period: Period) -> "PeriodView":
        return cls(period.id, period.kind, _time(period.start), _time(period.end))


class BoardView(msgspec.Struct, frozen=True):
    """A board: its rules, the ids of its current periods, and what has happened on it so far."""

    board: str
    title: str
    order: Order
    operator: Operator
    subscores: tuple[SubScore, ...]
    ranks: Ranks
    periods: tuple[PeriodKind, ...]
    timezone: str
    seasons: tuple[Any, ...]
    min: int | None
    max: int | None
    unit: str
    regions: bool
    visibility: Visibility
    submit: Submit
    current: dict[PeriodKind, str]
    players: int
    submissions: int
    active_at: Time | None

    @classmethod
    def of(cls, record: BoardRecord, now: int) -> "BoardView":
        rules = {field: getattr(record.rules, field) for field in Board.__struct_fields__}
        return cls(
            board=record.board,
            **rules,
            current=dict(current_ids(record.rules.calendar, record.rules.periods, now)),
            players=record.players,
            submissions=record.submissions,
            active_at=_time(record.active_at),
        )


class BoardList(msgspec.Struct, frozen=True):
    boards: list[BoardView]
    next: str | None


class CountedPeriodView(msgspec.Struct, frozen=True):
    """A period that has standings, and the document that holds them."""

    id: str
    kind: PeriodKind
    start: Time | None
    end: Time | None
    document: str
    players: int

    @classmethod
    def of(cls, board: str, record: PeriodRecord) -> "CountedPeriodView":
        period = record.period
        document = f"{board}:{period.id}"
        return cls(period.id, period.kind, _time(period.start), _time(period.end), document, record.players)


class PeriodList(msgspec.Struct, frozen=True):
    periods: list[CountedPeriodView]
    next: str | None


class EntryView(msgspec.Struct, frozen=True):
    """A row of a page. `subscores` are those that the board names, in its order: [] on a board without.

    On a board with competition ranks, those of equal score and sub-scores have the same `rank`.
    """

    rank: int
    player: str
    name: str | None
    score: int
    subscores: list[int]
    region: str | None
    achieved_at: Time
    metadata: dict[str, Any] | None


class PageView(msgspec.Struct, frozen=True):
    """A page of a document. `next` and `prev` are cursors; `version` grows with each change of the standings.

    `recomputing` is there, and true, while the standings of such periods are computed anew after a change of
    the board's rules.
    """

    document: str
    board: str
    period: PeriodView
    region: str | None
    version: int
    total: int
    entries: list[EntryView]
    next: str | None
    prev: str | None
    recomputing: bool = False


class TargetView(msgspec.Struct, frozen=True):
    """A place that was asked for, and what a player lacks to it.

    `score` is what stands there now, null beyond the end of the board. `gap` is the difference of the score alone,
    never negative: 0 for who stands there or higher, and for who has the same score.
    """

    target: str
    score: int | None
    gap: Annotated[int, msgspec.Meta(ge=0)]


class StandingView(msgspec.Struct, frozen=True, omit_defaults=True):
    """One standing, as an entry of a page has it.

    What only the document knows is null while the document is not in the cache. `targets` are there if they were
    asked for, in that order.
    """

    document: str
    board: str
    period: PeriodView
    version: int | None
    total: int | None
    percentile: float | None
    rank: int | None
    player: str
    name: str | None
    score: int
    subscores: list[int]
    region: str | None
    achieved_at: Time
    metadata: dict[str, Any] | None
    targets: list[TargetView] = []


class RankView(msgspec.Struct, frozen=True):
    """Where a score that nobody has submitted would stand. `total` counts it, so it is one more than stand there."""

    document: str
    board: str
    period: PeriodView
    region: str | None
    version: int
    total: int
    percentile: float
    rank: int
    score: int
    subscores: list[int]


class PlayerView(msgspec.Struct, frozen=True):
    player: str
    standings: list[StandingView]


def _time(at: int | None) -> str | None:
    return None if at is None else rfc3339(at)
