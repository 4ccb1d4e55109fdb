"""What a log may say of an error: its type, its SQLSTATE, where it arose. Never its text, which may hold data."""

import traceback
from pathlib import PurePath
from typing import Any

FRAMES_MAX = 8  # the innermost ones, of each error
PATH_PARTS = 2  # a package and a module: where they are installed says nothing


def facts_of(error: BaseException) -> dict[str, Any]:
    """Return the fields of a log line about `error`; of a group of errors, those of the first one in it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    facts: dict[str, Any] = {"error": type(error).__name__, "frames": _frames(error)}
    if (state := getattr(getattr(error, "orig", None) or error, "sqlstate", None)) is not None:
        facts["sqlstate"] = state
    if (cause := error.__cause__) is not None:
        facts["cause"] = type(cause).__name__
    return facts


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    return [f"{'/'.join(PurePath(frame.filename).parts[-PATH_PARTS:])}:{frame.lineno} {frame.name}" for frame in frames]
