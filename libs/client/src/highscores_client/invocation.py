"""How a command runs: settings from options and environment, one event loop, and an exit code that scripts can use."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Annotated, NoReturn

import typer

from highscores_client import output
from highscores_client.client import DEFAULT_URL
from highscores_client.errors import HighscoresError, NotReadyError, ProblemError, UnsendableError
from highscores_client.text import printable

REFUSED, USAGE, UNREACHABLE = 1, 2, 3
UNAUTHORIZED = 401
INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended

SUBMIT_KEY, ADMIN_KEY = "HIGHSCORES_SUBMIT_KEY", "HIGHSCORES_ADMIN_KEY"

UrlOption = Annotated[str, typer.Option("--url", envvar="HIGHSCORES_URL", help="Where the service is.")]
KeyOption = Annotated[
    str | None,
    typer.Option("--key", help=f"The API key. (default: what {SUBMIT_KEY} or {ADMIN_KEY} holds)", show_default=False),
]
PeriodOption = Annotated[
    str | None,
    typer.Option(help="all, day, week, month, or an id such as 2026-11-24. (default: the board's first)"),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
RegionOption = Annotated[str | None, typer.Option(help="Only the players of this region.")]
DEFAULT_SERVICE = DEFAULT_URL


def submit_key(key: str | None) -> str | None:
    """The key to submit with: the one given, else of the environment; the admin key may submit too."""
    return key if key is not None else os.environ.get(SUBMIT_KEY) or admin_key(None)


def admin_key(key: str | None) -> str | None:
    """The key for admin commands, and to read with: it alone sees private boards."""
    return key if key is not None else os.environ.get(ADMIN_KEY) or None


def run(work: Coroutine[None, None, int | None]) -> None:
    """Run a command to its end and exit with its code; an error becomes one readable line on stderr."""
    output.prepare()
    try:
        code = asyncio.run(work)
    except HighscoresError as error:
        fail(told(error), exit_code(error))
    except OSError as error:  # the network's own have become HighscoresErrors
        raise typer.Exit(output.lost(error)) from None
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    raise typer.Exit(code or 0)


def told(error: HighscoresError) -> str:
    """Return the error's text, with what to do about it where that is known."""
    if isinstance(error, ProblemError) and error.status == UNAUTHORIZED:
        return f"{error}: set {SUBMIT_KEY} or {ADMIN_KEY}, or give --key"
    return str(error)


def exit_code(error: HighscoresError) -> int:
    """A refusal is final; a service that cannot answer now is worth another try, so scripts must tell them apart."""
    if isinstance(error, UnsendableError):
        return USAGE
    if isinstance(error, NotReadyError):
        return REFUSED
    if isinstance(error, ProblemError) and error.status < 500:
        return REFUSED
    return UNREACHABLE


def confirmed(question: str) -> bool:
    """Ask on stderr, since stdout is for data."""
    print(f"{printable(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def fail(message: str, code: int) -> NoReturn:
    print(f"highscores: {printable(message)}", file=sys.stderr)
    raise typer.Exit(code)


def usage(message: str) -> NoReturn:
    """End as for any other wrong option: the message in typer's box, exit code 2."""
    raise typer.BadParameter(message)
