"""Where the data of a command go: a table for a terminal, tab-separated lines for a pipe or a file, or JSON."""

import codecs
import json
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from rich.console import Console, RenderableType

from highscores_client.rows import Cell, Row
from highscores_client.text import printable

OUTPUT_LOST = 4
PIPE_CLOSED = 141  # what shells report for a program that wrote into a pipe whose reader has left


def prepare() -> None:
    """Make the standard output take every character, whatever the locale's encoding.

    A terminal shows a question mark for what it lacks. A pipe or file gets an escape, so that two names that differ
    still do.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace" if is_terminal() else "backslashreplace")


def is_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def show(answer: msgspec.Struct, table: RenderableType, rows: Iterable[Row], *, as_json: bool) -> None:
    """Print an answer: as JSON, or as the table or the rows that it makes."""
    if as_json:
        print_json(answer)
    elif is_terminal():
        Console().print(table)
    else:
        print_rows(rows)


def print_json(answer: msgspec.Struct) -> None:
    """Print the answer on one line, with escapes where the output cannot hold what is not ASCII."""
    text = json.dumps(msgspec.to_builtins(answer), ensure_ascii=not _is_utf8(), separators=(",", ":"))
    print(text, flush=True)


def print_rows(rows: Iterable[Row]) -> None:
    """Print each row on one line, with tabs between its cells: numbers as they are, times as RFC 3339 in UTC."""
    for row in rows:
        print("\t".join(_plain(cell) for cell in row))
    flush()


def flush() -> None:
    """Write what is held back, so that a failure shows while it can still be told."""
    if sys.stdout is not None:
        sys.stdout.flush()


def lost(error: OSError) -> int:
    """Give up the standard output, which has failed, and return the exit code. A reader that has left knows why."""
    if not isinstance(error, BrokenPipeError):
        with suppress(OSError):  # the errors may go to the same full disk
            print(f"highscores: the output cannot be written: {error.strerror}", file=sys.stderr)
    # The interpreter writes what is left at its end; it must not fail again.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return PIPE_CLOSED if isinstance(error, BrokenPipeError) else OUTPUT_LOST


def _is_utf8() -> bool:
    return sys.stdout is not None and codecs.lookup(sys.stdout.encoding).name == "utf-8"


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return printable(str(cell))
