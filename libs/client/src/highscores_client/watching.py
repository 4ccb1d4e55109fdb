"""`highscores watch`: the top of a board as it changes, with who moved."""

import asyncio

from rich.console import Console
from rich.live import Live
from rich.table import Table

from highscores_client import tables
from highscores_client.client import Client
from highscores_client.errors import UnreachableError
from highscores_client.results import Page

OFFLINE_PAUSE_S = 2.0


async def watch(
    client: Client,
    console: Console,
    board: str,
    *,
    period: str | None,
    region: str | None,
    limit: int,
    interval_s: float,
) -> None:
    """Show the board until the task is cancelled. A service that goes away is waited for, once it has been seen.

    A terminal gets one table that changes in place; a file or pipe gets a table for each change.
    """
    rules = await client.board(board)
    before: dict[str, int] = {}
    shown: Table | None = None
    with Live(console=console, auto_refresh=False) as live:
        while True:
            try:
                async for page in client.changes(
                    board, period=period, region=region, limit=limit, interval_s=interval_s
                ):
                    shown = tables.standings(page, rules, before=before)
                    before = _ranks(page)
                    _show(live, console, shown)
            except UnreachableError as error:
                if shown is None:
                    raise
                shown.caption = f"offline: {error}; trying again"
                _show(live, console, shown)
                await asyncio.sleep(OFFLINE_PAUSE_S)


def _show(live: Live, console: Console, table: Table) -> None:
    if console.is_terminal:
        live.update(table, refresh=True)
    else:
        console.print(table)


def _ranks(page: Page) -> dict[str, int]:
    return {entry.player: entry.rank for entry in page.entries}
