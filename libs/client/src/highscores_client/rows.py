"""Answers as rows of plain values, for scripts. Their columns never move: what a board may have more comes last."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from highscores_client.results import Acceptance, Board, Job, Page, Rank, Standing
from highscores_client.text import member

Cell = str | int | float | datetime | None
Row = tuple[Cell, ...]


def standings(page: Page) -> Iterator[Row]:
    """Yield rank, player, score, name, region, time, then the sub-scores."""
    for entry in page.entries:
        place = (entry.rank, entry.player, entry.score)
        yield (*place, entry.name, entry.region, entry.achieved_at, *entry.subscores)


def standing(found: Standing, rules: Board) -> list[Row]:
    """Return name and value of what is known; then a line for each sub-score (`subscore`, its name, value) and for each
    target (`target`, which, the score there, what is lacking)."""
    named: list[Row] = [
        ("player", found.player),
        ("name", found.name),
        *_placed(found),
        ("region", found.region),
        ("achieved_at", found.achieved_at),
    ]
    targets = [("target", target.target, target.score, target.gap) for target in found.targets]
    return [*_known(named), *_subscores(found, rules), *targets]


def rank(found: Rank, rules: Board) -> list[Row]:
    """Return the same of a score that nobody has submitted."""
    return [*_known(_placed(found)), *_subscores(found, rules)]


def _placed(found: Standing | Rank) -> list[Row]:
    return [
        ("rank", found.rank),
        ("total", found.total),
        ("percentile", found.percentile),
        ("score", found.score),
    ]


def _subscores(found: Standing | Rank, rules: Board) -> Iterator[Row]:
    for subscore, value in zip(rules.subscores, found.subscores, strict=False):
        yield ("subscore", subscore.name, value)


def _known(named: Iterable[Row]) -> list[Row]:
    return [row for row in named if row[1] is not None]


def boards(found: Iterable[Board]) -> Iterator[Row]:
    """Yield id, players, submissions, title, order, operator, unit, periods (by commas), time of the last activity."""
    for board in found:
        rules = (board.title, board.order, board.operator, board.unit, ",".join(board.periods))
        yield (board.board, board.players, board.submissions, *rules, board.active_at)


def acceptance(accepted: Acceptance) -> list[Row]:
    return [("job", accepted.job), ("status", accepted.status)]


def job(state: Job) -> list[Row]:
    """Return names and values of what is known of the job, its result included."""
    named: list[Row] = [
        ("job", state.job),
        ("status", state.status),
        ("command", state.command),
        ("progress", state.progress),
        ("accepted_at", state.accepted_at),
        ("finished_at", state.finished_at),
        *((name, member(value)) for name, value in (state.result or {}).items() if value is not None),
        ("error", None if state.error is None else str(state.error)),
    ]
    return _known(named)
