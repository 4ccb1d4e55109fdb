"""Pages as JSON, put together from the fragments that Redis holds: no entry is decoded or encoded on the way."""

from collections.abc import Iterable, Sequence

import msgspec

from get_scores.query import Hypothetical
from get_scores.views import PeriodView, RankView, TargetView
from highscores.documents.cursor import Cursor
from highscores.documents.store import Page, Prospect, Ranked, RankedEntry, Standing
from highscores.domain.boards import Order
from highscores.domain.documents import DocumentId
from highscores.domain.periods import Period
from highscores.domain.ranking import sign

_encode = msgspec.json.Encoder().encode


class _PageHead(msgspec.Struct, frozen=True):
    document: str
    board: str
    period: PeriodView
    region: str | None
    version: int
    total: int
    recomputing: bool | msgspec.UnsetType


class _StandingHead(msgspec.Struct, frozen=True):
    """The region is the entry's own: that of the document, if it has one, is the same."""

    document: str
    board: str
    period: PeriodView
    version: int
    total: int
    percentile: float
    targets: list[TargetView] | msgspec.UnsetType


def page(document: DocumentId, period: Period, found: Page, *, recomputing: bool) -> bytes:
    """Return a page of consecutive entries; it says so while its standings are computed anew."""
    return _page(_head(document, period, found, recomputing=recomputing), found.entries, found.next, found.prev)


def named(document: DocumentId, period: Period, found: Ranked, *, recomputing: bool) -> bytes:
    """Return the same page of players who stand anywhere: it has no next and no previous one."""
    return _page(_head(document, period, found, recomputing=recomputing), found.entries, None, None)


def standing(
    document: DocumentId, period: Period, found: Standing, targets: Sequence[str] = (), order: Order = "desc"
) -> bytes:
    """Return one standing, with what it lacks to the targets if there are any; `order` is that of the board."""
    rank, entry = found.entry
    head = _StandingHead(
        str(document),
        document.board,
        PeriodView.of(period),
        found.version,
        found.total,
        percentile(rank, found.total),
        [
            _target(target, sign(order), found.score, there)
            for target, there in zip(targets, found.target_scores, strict=True)
        ]
        or msgspec.UNSET,
    )
    return b'%b,"rank":%d,%b' % (_encode(head)[:-1], rank, entry)


def rank(document: DocumentId, period: Period, found: Prospect, asked: Hypothetical) -> bytes:
    """Return the rank of a score that nobody has submitted, as if it stood there: the total counts it."""
    total = found.total + 1
    return _encode(
        RankView(
            str(document),
            document.board,
            PeriodView.of(period),
            document.region,
            found.version,
            total,
            percentile(found.rank, total),
            found.rank,
            asked.score,
            list(asked.subscores),
        )
    )


def percentile(rank: int, total: int) -> float:
    """How many of a hundred this rank is at least as good as; the first has 100."""
    return 100 * (total - rank + 1) / total


def _target(target: str, direction: int, own: int, there: int | None) -> TargetView:
    """Scores are as Redis ranks them, the lower the better: who has as good a one as stands there lacks nothing."""
    if there is None:
        return TargetView(target, None, 0)
    return TargetView(target, direction * there, max(0, own - there))


def _head(document: DocumentId, period: Period, found: Page | Ranked, *, recomputing: bool) -> _PageHead:
    return _PageHead(
        str(document),
        document.board,
        PeriodView.of(period),
        document.region,
        found.version,
        found.total,
        recomputing or msgspec.UNSET,
    )


def _page(head: _PageHead, entries: Iterable[RankedEntry], following: Cursor | None, previous: Cursor | None) -> bytes:
    return b'%b,"entries":[%b],"next":%b,"prev":%b}' % (
        _encode(head)[:-1],
        b",".join([b'{"rank":%d,%b' % ranked for ranked in entries]),
        _encode(following.encode() if following else None),
        _encode(previous.encode() if previous else None),
    )
