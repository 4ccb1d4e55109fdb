"""`highscores datagen`: its options."""

import re
import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from highscores_client.datagen import times
from highscores_client.datagen.phases import FILL_CONCURRENCY, LIVE_CONCURRENCY, Plan, play
from highscores_client.invocation import (
    ADMIN_KEY,
    DEFAULT_SERVICE,
    KeyOption,
    UrlOption,
    admin_key,
    run,
    submit_key,
    usage,
)

DEFAULT_RATE = 10.0  # submissions a second
DEFAULT_PLAYERS = 2_000
BATCH_MAX = 1_000
CONCURRENCY_MAX = 256

_RUN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def datagen(
    rate: Annotated[
        float | None,
        typer.Option(min=0.001, max=100_000, help=f"Submissions a second on average. (default: {DEFAULT_RATE:g})"),
    ] = None,
    players: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many players there are.")] = DEFAULT_PLAYERS,
    duration: Annotated[
        str | None, typer.Option("--for", help="How long: 30s, 5m, 1h30m. (default: until Ctrl-C)")
    ] = None,
    boards: Annotated[
        list[str] | None, typer.Option(help="Board ids, comma separated or repeated. (default: all public boards)")
    ] = None,
    fill: Annotated[
        int | None, typer.Option(min=1, help="Submit so many scores in bulk; live traffic only if --rate or --for ask.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Spread the fill over the past, from so long ago (30d) or a time. Needs an admin key."),
    ] = None,
    until: Annotated[str | None, typer.Option(help="Where the past of --since ends. (default: now)")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until every job of the fill has ended.")] = False,
    batch: Annotated[int, typer.Option(min=1, max=BATCH_MAX, help="Scores in one request of the fill.")] = 500,
    steady: Annotated[bool, typer.Option("--steady", help="The same rate at all hours of the day.")] = False,
    seed: Annotated[
        int | None, typer.Option(help="Repeat the same players and plays. (default: same players, new plays)")
    ] = None,
    run_id: Annotated[
        str | None, typer.Option(help="Repeat a run's idempotency keys too, so that nothing counts twice.")
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=CONCURRENCY_MAX,
            help=f"Requests in flight. (default: {LIVE_CONCURRENCY}, in a fill {FILL_CONCURRENCY})",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON, a line for each phase.")] = False,
    url: UrlOption = DEFAULT_SERVICE,
    key: KeyOption = None,
) -> None:
    """Play as a believable crowd would: live at random intervals, or in bulk, also in the past."""
    if fill is None and (since or wait):
        usage("--since and --wait go with --fill")
    if until is not None and since is None:
        usage("--until goes with --since")
    if run_id is not None and not _RUN_ID.fullmatch(run_id):
        usage("--run-id takes 1 to 64 letters, digits, '.', '_' or '-'")
    now = datetime.now(UTC)
    try:
        live_s = None if duration is None else times.duration(duration).total_seconds()
        since_s = None if since is None else times.instant(since, now).timestamp()
        until_s = now.timestamp() if until is None else times.instant(until, now).timestamp()
    except ValueError as error:
        usage(str(error))
    if since_s is not None and since_s < 0:
        usage("--since must not be before 1970")
    if since_s is not None and not since_s < until_s <= now.timestamp():
        usage("--since must be before --until, and both in the past")
    used_key = admin_key(key) if since is not None else submit_key(key)
    if since is not None and used_key is None:
        usage(f"--since needs an admin key: set {ADMIN_KEY} or give --key")
    plan = Plan(
        url=url,
        key=used_key,
        run_id=run_id or secrets.token_hex(5),
        seed=seed,
        players=players,
        boards=_named(boards),
        fill=fill or 0,
        batch=batch,
        since_s=since_s,
        until_s=until_s,
        wait=wait,
        live=fill is None or rate is not None or live_s is not None,
        live_s=live_s,
        rate=rate or DEFAULT_RATE,
        steady=steady,
        concurrency=concurrency,
        as_json=as_json,
    )
    run(play(plan))


def _named(given: list[str] | None) -> tuple[str, ...]:
    """Return the boards that --boards names. To name none is a slip, such as an empty variable, no wish for all."""
    names = tuple(board.strip() for text in given or () for board in text.split(",") if board.strip())
    if given and not names:
        usage("--boards names no board; leave it out to play on all public ones")
    return names
