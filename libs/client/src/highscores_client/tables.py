"""Standings, boards and jobs as people read them in a terminal."""

import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime

from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from highscores_client.results import Board, Entry, Job, Page, Rank, Standing

SPAN_NAMES = {"all": "all time", "day": "day", "week": "week", "month": "month"}


def standings(page: Page, rules: Board, *, marked: str | None = None, before: Mapping[str, int] | None = None) -> Table:
    """Return a page of a board with these rules as a table.

    `marked` is a player to stand out; `before` are former ranks, to show who moved.
    """
    heading = f"{page.board} · {SPAN_NAMES.get(page.period.kind, page.period.kind)}"
    if page.period.id != page.period.kind:
        heading += f" {page.period.id}"
    if page.region:
        heading += f" · {page.region}"
    title = Text(printable(heading), style="bold")
    table = Table(title=title, caption=f"{page.total:,} players", box=SIMPLE_HEAD)
    table.add_column("rank", justify="right")
    if before is not None:
        table.add_column("", width=4)
    table.add_column("name", min_width=16)
    table.add_column("player")
    table.add_column(rules.unit, justify="right")
    for subscore in rules.subscores:
        table.add_column(Text(printable(subscore.name)), justify="right")
    if any(entry.region for entry in page.entries):
        table.add_column("region")
    table.add_column("achieved", no_wrap=True)
    for entry in page.entries:
        cells = [Text(f"{entry.rank:,}")]
        if before is not None:
            cells.append(_movement(entry, before))
        cells += [
            Text(printable(entry.name or entry.player)),
            Text(printable(entry.player), style="dim"),
            Text(score(entry.score, rules.unit)),
            *[Text(f"{value:,}") for value in entry.subscores[: len(rules.subscores)]],
        ]
        if len(table.columns) > len(cells) + 1:
            cells.append(Text(printable(entry.region or "")))
        cells.append(Text(moment(entry.achieved_at), style="dim"))
        table.add_row(*cells, style="bold reverse" if entry.player == marked else "")
    if not page.entries:
        table.caption = "nobody here yet"
    if page.recomputing:
        table.caption = f"{table.caption}; being recomputed"
    return table


def _movement(entry: Entry, before: Mapping[str, int]) -> Text:
    if not before:
        return Text("")
    old = before.get(entry.player)
    if old is None:
        return Text("new", style="bold cyan")
    if old > entry.rank:
        return Text(f"▲{old - entry.rank}", style="bold green")
    if old < entry.rank:
        return Text(f"▼{entry.rank - old}", style="red")
    return Text("")


def boards(found: Iterable[Board]) -> Table:
    table = Table(title=Text("boards", style="bold"), box=SIMPLE_HEAD)
    for column in ("board", "title", "rule", "unit", "periods"):
        table.add_column(column, no_wrap=column == "board")
    for column in ("players", "scores"):
        table.add_column(column, justify="right")
    table.add_column("last active")
    for board in found:
        better = "highest" if board.order == "desc" else "lowest"
        table.add_row(
            Text(printable(board.board), style="bold"),
            Text(printable(board.title)),
            f"{better} {board.operator}",
            Text(printable(board.unit)),
            " ".join(board.periods),
            f"{board.players:,}",
            f"{board.submissions:,}",
            Text(moment(board.active_at), style="dim"),
        )
    return table


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
    targets = Table(box=SIMPLE_HEAD)
    targets.add_column("target")
    targets.add_column("stands there", justify="right")
    targets.add_column("lacking", justify="right")
    for target in found.targets:
        there = "nobody" if target.score is None else score(target.score, rules.unit)
        targets.add_row(Text(printable(target.target)), there, score(target.gap, rules.unit))
    return Group(table, targets)


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
        ("progress", None if state.progress is None else f"{state.progress:.0%}"),
        ("accepted", moment(state.accepted_at)),
        ("finished", moment(state.finished_at)),
        *(state.result or {}).items(),
    ]
    if state.error is not None:
        rows.append(("error", str(state.error)))
    return _facts(rows)


def _facts(rows: Iterable[tuple[str, object]]) -> Table:
    """Return names and values side by side, without those that have none."""
    table = Table(show_header=False, box=None)
    table.add_column(style="dim")
    table.add_column()
    for name, value in rows:
        if value not in (None, ""):
            table.add_row(Text(printable(name)), Text(printable(str(value))))
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


def printable(text: str) -> str:
    """Return `text` without what could steer a terminal, whoever the other end may be."""
    return "".join("�" if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    """Tell whether a terminal obeys this character: controls, ends of lines, and what turns the direction of writing.

    Joiners, tags and variation selectors do no harm, and emoji and scripts need them.
    """
    category = unicodedata.category(character)
    turns = category == "Cf" and unicodedata.bidirectional(character) != "BN"
    return turns or category in ("Cc", "Cs", "Zl", "Zp")
