"""Standings, boards and jobs as people read them in a terminal."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from rich.console import Group
from rich.table import Table
from rich.text import Text

from highscores_client.listing import Column, Listing
from highscores_client.results import Acceptance, Board, Entry, Job, Page, Rank, Standing
from highscores_client.text import member, printable

SPAN_NAMES = {"all": "all time", "day": "day", "week": "week", "month": "month"}


def standings(
    page: Page, rules: Board, *, marked: str | None = None, before: Mapping[str, int] | None = None
) -> Listing:
    """Return a page of a board with these rules as a listing.

    `marked` is a player to stand out; `before` are former ranks, to show who moved.
    """
    moves = before is not None
    regions = any(entry.region for entry in page.entries)
    columns = [
        Column("rank", right=True),
        *[Column("moved")] * moves,
        Column("name", folds=True),
        Column("player", folds=True, style="dim"),
        Column(printable(rules.unit), right=True),
        *(Column(printable(subscore.name), right=True) for subscore in rules.subscores),
        *[Column("region")] * regions,
        Column("achieved", optional=True, style="dim"),
    ]
    rows = [
        [
            Text(f"{entry.rank:,}"),
            *([] if before is None else [_movement(entry, before)]),
            Text(printable(entry.name or entry.player)),
            Text(printable(entry.player)),
            Text(score(entry.score, rules.unit)),
            *_subscores(entry, rules),
            *[Text(printable(entry.region or ""))] * regions,
            Text(moment(entry.achieved_at)),
        ]
        for entry in page.entries
    ]
    places = [index for index, entry in enumerate(page.entries) if entry.player == marked]
    return Listing(_heading(page), columns, rows, caption=_caption(page), marked=places[0] if places else None)


def _heading(page: Page) -> str:
    heading = f"{page.board} · {SPAN_NAMES.get(page.period.kind, page.period.kind)}"
    if page.period.id != page.period.kind:
        heading += f" {page.period.id}"
    if page.region:
        heading += f" · {page.region}"
    return printable(heading)


def _caption(page: Page) -> str:
    caption = f"{page.total:,} {'player' if page.total == 1 else 'players'}" if page.entries else "nobody here yet"
    return f"{caption}; being recomputed" if page.recomputing else caption


def _subscores(entry: Entry, rules: Board) -> list[Text]:
    """As many cells as the board has sub-scores, whatever the entry was made with."""
    values = entry.subscores[: len(rules.subscores)]
    return [Text(f"{value:,}") for value in values] + [Text("")] * (len(rules.subscores) - len(values))


def _movement(entry: Entry, before: Mapping[str, int]) -> Text:
    if not before:
        return Text("")
    old = before.get(entry.player)
    if old is None:
        return Text("new", style="bold cyan")
    if old > entry.rank:
        return Text(f"▲{old - entry.rank:,}", style="bold green")
    if old < entry.rank:
        return Text(f"▼{entry.rank - old:,}", style="red")
    return Text("")


def boards(found: Iterable[Board]) -> Listing:
    columns = [
        Column("board", folds=True, style="bold"),
        Column("title", folds=True),
        Column("rule", folds=True),
        Column("unit", folds=True),
        Column("periods", folds=True),
        Column("players", right=True),
        Column("scores", right=True),
        Column("last active", optional=True, style="dim"),
    ]
    rows = [
        [
            Text(printable(board.board)),
            Text(printable(board.title)),
            Text(f"{'highest' if board.order == 'desc' else 'lowest'} {board.operator}"),
            Text(printable(board.unit)),
            Text(" ".join(board.periods)),
            Text(f"{board.players:,}"),
            Text(f"{board.submissions:,}"),
            Text(moment(board.active_at)),
        ]
        for board in found
    ]
    return Listing("boards", columns, rows, caption="" if rows else "no boards yet")


def acceptance(accepted: Acceptance) -> Text:
    return Text(printable(f"accepted as job {accepted.job}"))


def standing(found: Standing, rules: Board) -> Group:
    """Return one standing of a board with these rules and, if any were asked for, what it lacks to its targets."""
    table = _facts(
        [
            ("player", found.player),
            ("name", found.name),
            *_placed(found, rules),
            ("region", found.region),
            ("achieved", moment(found.achieved_at)),
        ]
    )
    if not found.targets:
        return Group(table)
    columns = [Column("target"), Column("score there", right=True), Column("lacking", right=True)]
    rows = [
        [
            Text(printable(target.target)),
            Text("nobody" if target.score is None else score(target.score, rules.unit)),
            Text(score(target.gap, rules.unit)),
        ]
        for target in found.targets
    ]
    return Group(table, Listing("", columns, rows))


def rank(found: Rank, rules: Board) -> Table:
    """Return where a score would stand on a board with these rules."""
    return _facts(_placed(found, rules))


def _placed(found: Standing | Rank, rules: Board) -> list[tuple[str, str | None]]:
    values = zip(rules.subscores, found.subscores, strict=False)
    return [
        ("rank", None if found.rank is None or found.total is None else f"{found.rank:,} of {found.total:,}"),
        ("percentile", None if found.percentile is None else f"{found.percentile:.1f}"),
        (rules.unit, score(found.score, rules.unit)),
        *[(subscore.name, f"{value:,}") for subscore, value in values],
    ]


def job(state: Job) -> Table:
    rows = [
        ("job", state.job),
        ("command", state.command),
        ("status", state.status),
        ("progress", "" if state.progress is None else f"{state.progress:.0%}"),
        ("accepted", moment(state.accepted_at)),
        ("finished", moment(state.finished_at)),
        *((name, member(value)) for name, value in (state.result or {}).items() if value is not None),
        ("error", "" if state.error is None else str(state.error)),
    ]
    return _facts(rows)


def _facts(rows: Iterable[tuple[str, str | None]]) -> Table:
    """Return names and values side by side, without those that have none."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", overflow="fold")
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(Text(printable(name)), Text(printable(value)))
    return table


def score(value: int, unit: str) -> str:
    """Return a score in the way its unit is read: times as a clock shows them, the rest with thousands apart."""
    if unit != "milliseconds":
        return f"{value:,}"
    seconds, milliseconds = divmod(abs(value), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    clock = f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
    return f"{'-' if value < 0 else ''}{clock}.{milliseconds:03}"


def moment(at: datetime | None) -> str:
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M}"
