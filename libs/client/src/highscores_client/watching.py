"""`highscores watch`: the top of a board as it changes, with who moved."""

import asyncio

from rich.console import Console
from rich.live import Live

from highscores_client import output, rows, tables
from highscores_client.client import Client
from highscores_client.errors import UnreachableError
from highscores_client.listing import Listing
from highscores_client.results import Page

OFFLINE_PAUSE_S = 2.0


async def watch(
    client: Client,
    board: str,
    *,
    period: str | None,
    region: str | None,
    limit: int,
    interval_s: float,
    as_json: bool,
) -> None:
    """Show the board until the task is cancelled. A service that goes away is waited for, once it has been seen.

    A terminal gets one table that changes in place. A file or pipe gets the rows after each change, and an empty line
    to end them; as JSON each change is one line.
    """
    in_place = output.is_terminal() and not as_json
    rules = await client.board(board)
    before: dict[str, int] = {}
    shown: Listing | None = None
    with Live(console=Console(quiet=not in_place), auto_refresh=False) as live:
        while True:
            try:
                async for page in client.changes(
                    board, period=period, region=region, limit=limit, interval_s=interval_s
                ):
                    shown = tables.standings(page, rules, before=before)
                    before = _ranks(page)
                    if in_place:
                        live.update(shown, refresh=True)
                    else:
                        _print(page, as_json=as_json)
            except UnreachableError as error:
                if shown is None:
                    raise
                shown.caption = f"offline: {error}; trying again"
                live.update(shown, refresh=in_place)
                await asyncio.sleep(OFFLINE_PAUSE_S)


def _print(page: Page, *, as_json: bool) -> None:
    if as_json:
        output.print_json(page)
    else:
        output.print_rows([*rows.standings(page), ()])


def _ranks(page: Page) -> dict[str, int]:
    return {entry.player: entry.rank for entry in page.entries}
