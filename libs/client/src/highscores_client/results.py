"""What the service takes and answers, as frozen structs.

Answers are decoded by msgspec straight into these types. A member that this version does not know is ignored, so that
a newer service can add one; a member that is missing or of another type is an error, never a silent None.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec

JobStatus = Literal["queued", "done", "rejected"]
Order = Literal["desc", "asc"]

ERRORS_TOLD = 3  # wrong fields that a line of text names; a refused batch may have thousands


class Submission(msgspec.Struct, frozen=True, omit_defaults=True):
    """One score to submit. `achieved_at` (aware, in the past) needs an admin key; else the server's clock counts.

    `subscores` are all that the board names, in its order, or none.
    """

    board: str
    player: str
    score: int
    name: str | None = None
    region: str | None = None
    metadata: dict[str, Any] | None = None
    achieved_at: datetime | None = None
    subscores: tuple[int, ...] = ()


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field; `pointer` is a JSON Pointer in its URI form, such as `#/scores/3/score`."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True):
    """Problem details (RFC 9457): why a request was refused or a job rejected."""

    type: str = "about:blank"
    title: str = ""
    status: int = 0
    detail: str = ""
    errors: tuple[FieldError, ...] = ()

    def __str__(self) -> str:
        text = f"{self.title}: {self.detail}" if self.detail else self.title
        fields = [f"{error.pointer.removeprefix('#/')} {error.detail}" for error in self.errors[:ERRORS_TOLD]]
        if len(self.errors) > ERRORS_TOLD:
            fields.append(f"and {len(self.errors) - ERRORS_TOLD:,} more")
        return f"{text} ({'; '.join(fields)})" if fields else text


class Acceptance(msgspec.Struct, frozen=True):
    """A command that the queue has confirmed. It takes effect soon after; the job tells."""

    job: str
    status: JobStatus = "queued"


class Job(msgspec.Struct, frozen=True):
    """What became of a command. `accepted_at` is None while nobody has written the command down; `progress` is the part
    of long work that has been done, from 0 to 1, while it is under way."""

    job: str
    command: str
    status: JobStatus
    accepted_at: datetime | None = None
    finished_at: datetime | None = None
    result: dict[str, Any] | None = None
    error: Problem | None = None
    progress: float | None = None

    @property
    def versions(self) -> dict[str, int]:
        """By which version each period shows the score, by the period's id: what to read with to see it."""
        return (self.result or {}).get("versions") or {}


class PeriodSpan(msgspec.Struct, frozen=True):
    """The span that a document counts: `start` inclusive, `end` exclusive, both None for `all`."""

    id: str
    kind: str
    start: datetime | None = None
    end: datetime | None = None
    document: str | None = None
    players: int | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a document: a player's best, latest or summed score there, and the rank it earns."""

    rank: int
    player: str
    score: int
    name: str | None = None
    subscores: tuple[int, ...] = ()
    region: str | None = None
    achieved_at: datetime | None = None
    metadata: dict[str, Any] | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one document in rank order; `next` and `prev` are cursors. `recomputing`: the standings are being
    computed anew after a change of the board's rules."""

    document: str
    board: str
    period: PeriodSpan
    region: str | None = None
    version: int
    total: int
    entries: tuple[Entry, ...]
    next: str | None = None
    prev: str | None = None
    recomputing: bool = False


class Target(msgspec.Struct, frozen=True):
    """A place that was asked for. `score` is what stands there, None beyond the end of the board; `gap` is how far the
    player's own score is from it."""

    target: str
    score: int | None
    gap: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One player's score in one document. Rank and percentile are None where that document is not in the cache.

    `targets` are those that were asked for, in that order.
    """

    document: str
    board: str
    period: PeriodSpan
    player: str
    score: int
    rank: int | None = None
    total: int | None = None
    percentile: float | None = None
    region: str | None = None
    version: int | None = None
    name: str | None = None
    subscores: tuple[int, ...] = ()
    achieved_at: datetime | None = None
    metadata: dict[str, Any] | None = None
    targets: tuple[Target, ...] = ()


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """Where a score that nobody has submitted would stand; `total` counts it."""

    document: str
    board: str
    period: PeriodSpan
    region: str | None = None
    version: int
    total: int
    percentile: float
    rank: int
    score: int
    subscores: tuple[int, ...] = ()


class PlayerStandings(msgspec.Struct, frozen=True):
    """One player's standings on all boards."""

    player: str
    standings: tuple[Standing, ...]


class SubScore(msgspec.Struct, frozen=True):
    """A number that decides between equal scores of a board, in a direction of its own."""

    name: str
    order: Order = "desc"


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """A leaderboard's rules and how much it holds."""

    board: str
    title: str
    order: Order = "desc"
    operator: str = "best"
    subscores: tuple[SubScore, ...] = ()
    ranks: str = "ordinal"
    periods: tuple[str, ...] = ("all",)
    timezone: str = "UTC"
    min: int | None = None
    max: int | None = None
    unit: str = "points"
    regions: bool = False
    visibility: str = "public"
    submit: str = "key"
    current: dict[str, str] = {}
    players: int = 0
    submissions: int = 0
    active_at: datetime | None = None


class BoardPage(msgspec.Struct, frozen=True):
    """Boards, newest first by creation; `next` is a cursor."""

    boards: tuple[Board, ...]
    next: str | None = None


class PeriodPage(msgspec.Struct, frozen=True):
    """A board's periods that have standings, newest first; `next` is a cursor."""

    periods: tuple[PeriodSpan, ...]
    next: str | None = None
