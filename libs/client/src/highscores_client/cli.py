"""The `highscores` command line; docs/cli.md says what it prints, and with which exit codes it ends."""

from typing import Annotated, Any

import msgspec
import typer

from highscores_client import output, rows, tables, watching
from highscores_client.client import Client
from highscores_client.datagen.command import datagen
from highscores_client.errors import ProblemError
from highscores_client.invocation import (
    DEFAULT_SERVICE,
    REFUSED,
    JsonOption,
    KeyOption,
    PeriodOption,
    RegionOption,
    UrlOption,
    admin_key,
    confirmed,
    fail,
    run,
    submit_key,
    usage,
)
from highscores_client.results import Acceptance, BoardPage, Job

app = typer.Typer(
    help="Submit scores to a highscores service and read its leaderboards.",
    epilog="Exit codes: 0 fine, 1 refused, 2 wrong usage, 3 the service cannot be reached, 4 the output cannot be "
    "written.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
boards_app = typer.Typer(help="List, define and delete boards.", invoke_without_command=True)
app.add_typer(boards_app, name="boards")
app.command()(datagen)

BoardArgument = Annotated[str, typer.Argument(metavar="BOARD", help="The board's id.", show_default=False)]
PlayerArgument = Annotated[
    str, typer.Argument(metavar="PLAYER", help="The player's id. Behind `--` if it begins with -.", show_default=False)
]
SubscoreOption = Annotated[
    list[int] | None, typer.Option(help="A sub-score; once for each of the board's, in its order.")
]
LimitOption = Annotated[int, typer.Option(min=1, max=100, help="How many rows.")]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait until the job has ended, and show it.")]


def _client(url: str, key: str | None) -> Client:
    try:
        return Client(url, key)
    except ValueError as error:
        usage(str(error))


# A negative score would otherwise be taken for an option.
@app.command(context_settings={"ignore_unknown_options": True})
def submit(
    board: BoardArgument,
    player: PlayerArgument,
    score: Annotated[int, typer.Argument(metavar="SCORE", help="A whole number.", show_default=False)],
    name: Annotated[str | None, typer.Option(help="The name to show.")] = None,
    region: Annotated[str | None, typer.Option(help="The player's region.")] = None,
    subscore: SubscoreOption = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Submit a score."""

    async def work() -> int:
        async with _client(url, submit_key(key)) as client:
            accepted = await client.submit(board, player, score, subscores=subscore or (), name=name, region=region)
            return await _follow(client, accepted, wait=wait, as_json=as_json)

    run(work())


@app.command()
def top(
    board: BoardArgument,
    period: PeriodOption = None,
    region: RegionOption = None,
    limit: LimitOption = 25,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Show the top of a board."""

    async def work() -> None:
        async with _client(url, admin_key(key)) as client:
            rules = await client.board(board)
            page = await client.standings(board, period=period, region=region, limit=limit)
            output.show(page, tables.standings(page, rules), rows.standings(page), as_json=as_json)

    run(work())


@app.command()
def around(
    board: BoardArgument,
    player: PlayerArgument,
    period: PeriodOption = None,
    region: RegionOption = None,
    limit: LimitOption = 11,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Show a player and those just above and below."""

    async def work() -> None:
        async with _client(url, admin_key(key)) as client:
            rules = await client.board(board)
            page = await client.around(board, player, period=period, region=region, limit=limit)
            table = tables.standings(page, rules, marked=player)
            output.show(page, table, rows.standings(page), as_json=as_json)

    run(work())


@app.command()
def standing(
    board: BoardArgument,
    player: PlayerArgument,
    targets: Annotated[
        str | None, typer.Option(help="What is lacking to these places: up to ten, such as 1,10,percent:5.")
    ] = None,
    period: PeriodOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Show one player's rank, and what is lacking to other places."""

    async def work() -> None:
        async with _client(url, admin_key(key)) as client:
            rules = await client.board(board)
            wanted = targets.split(",") if targets else ()
            found = await client.standing(board, player, targets=wanted, period=period, region=region)
            output.show(found, tables.standing(found, rules), rows.standing(found, rules), as_json=as_json)

    run(work())


@app.command()
def rank(
    board: BoardArgument,
    score: Annotated[int, typer.Option(help="A whole number.", show_default=False)],
    subscore: SubscoreOption = None,
    period: PeriodOption = None,
    region: RegionOption = None,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Show the rank that a new player's score would take now, without submitting it."""

    async def work() -> None:
        async with _client(url, admin_key(key)) as client:
            rules = await client.board(board)
            found = await client.rank(board, score, subscores=subscore or (), period=period, region=region)
            output.show(found, tables.rank(found, rules), rows.rank(found, rules), as_json=as_json)

    run(work())


@app.command()
def watch(
    board: BoardArgument,
    period: PeriodOption = None,
    region: RegionOption = None,
    limit: LimitOption = 20,
    interval: Annotated[float, typer.Option(min=0.2, max=3600, help="Seconds between polls.")] = 1.0,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Show the top of a board as it changes, until Ctrl-C."""

    async def work() -> None:
        async with _client(url, admin_key(key)) as client:
            await watching.watch(
                client, board, period=period, region=region, limit=limit, interval_s=interval, as_json=as_json
            )

    run(work())


@app.command()
def job(
    job: Annotated[str, typer.Argument(metavar="JOB", help="The job's id.", show_default=False)],
    wait: WaitOption = False,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Show what became of a command."""

    async def work() -> int:
        async with _client(url, submit_key(key)) as client:
            return _told(await client.ended(job) if wait else await client.job(job), as_json=as_json)

    run(work())


@boards_app.callback()
def list_boards(
    context: typer.Context,
    active: Annotated[bool, typer.Option("--active", help="Only the 100 with the newest activity, by that.")] = False,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """List the boards, the newest first, or define or delete one."""
    if context.invoked_subcommand is not None:
        return

    async def work() -> None:
        async with _client(url, admin_key(key)) as client:
            found = await client.active_boards() if active else [board async for board in client.all_boards()]
            output.show(BoardPage(tuple(found)), tables.boards(found), rows.boards(found), as_json=as_json)

    run(work())


@boards_app.command()
def define(
    board: BoardArgument,
    file: Annotated[typer.FileBinaryRead, typer.Option(help="The board as JSON; - is standard input.")],
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Create a board, or change its rules, and wait until that is done."""
    definition = _definition(file.read())

    async def work() -> int:
        async with _client(url, admin_key(key)) as client:
            return await _follow(client, await client.define_board(board, definition), wait=True, as_json=as_json)

    run(work())


@boards_app.command()
def delete(
    board: BoardArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonOption = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Delete a board with its standings and submissions, and wait until that is done."""
    if not yes and not confirmed(f"Delete {board} with all its standings and submissions?"):
        fail("nothing was deleted", REFUSED)

    async def work() -> int:
        async with _client(url, admin_key(key)) as client:
            return await _follow(client, await client.delete_board(board), wait=True, as_json=as_json)

    run(work())


def _definition(text: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        usage(f"the file does not hold a board as a JSON object: {error}")


async def _follow(client: Client, accepted: Acceptance, *, wait: bool, as_json: bool) -> int:
    if wait:
        return _told(await client.ended(accepted.job), as_json=as_json)
    output.show(accepted, tables.acceptance(accepted), rows.acceptance(accepted), as_json=as_json)
    return 0


def _told(state: Job, *, as_json: bool) -> int:
    """Show a job; one that was rejected is a refusal, told as the direct one is."""
    output.show(state, tables.job(state), rows.job(state), as_json=as_json)
    if state.error is not None:
        raise ProblemError(state.error)
    return REFUSED if state.status == "rejected" else 0


def main() -> None:
    """Run the command line. Help and wrong usage are typer's to print, and may meet a full disk or closed pipe too."""
    output.prepare()
    try:
        try:
            app()
        finally:
            output.flush()
    except OSError as error:
        raise SystemExit(output.lost(error)) from None
