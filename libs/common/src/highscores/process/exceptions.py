"""Exceptions as logs may show them: what they are and where they came from, without what a client sent.

The text of an exception is written by whoever raises it: PostgreSQL quotes the row that breaks a constraint, a decoder
the value that it cannot read. So only texts that Python itself writes about a program are shown.
"""

import traceback
from collections.abc import Iterator

MAX_CHAINED = 8
MAX_FRAMES = 30  # the innermost

# Python's own words about a mistake in the program. A subclass may say anything, so the type is the very one.
_SHOWN = (TypeError, AttributeError, NameError, ImportError, ModuleNotFoundError, RuntimeError, NotImplementedError)


def summary(error: BaseException) -> str:
    """One line: the type; of a server's error its SQLSTATE and what it names; of the system's its own text."""
    kind = type(error)
    words = [f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")]
    for attribute, name in (("sqlstate", "sqlstate"), ("table_name", "table"), ("constraint_name", "constraint")):
        value = getattr(error, attribute, None)
        if isinstance(value, str) and value:
            words.append(f"{name}={value}")
    if isinstance(error, OSError) and error.strerror and not error.filename:
        words.append(error.strerror)
    elif kind in _SHOWN:
        words.append(str(error))
    return " ".join(words)


def render(error: BaseException) -> str:
    """The exception and those that it came from, each with its frames."""
    return "\n".join(_lines(error))


def _lines(error: BaseException) -> Iterator[str]:
    seen: list[BaseException] = []
    waiting: list[tuple[str, BaseException]] = [("", error)]
    while waiting and len(seen) < MAX_CHAINED:
        relation, each = waiting.pop(0)
        if any(each is other for other in seen):
            continue
        seen.append(each)
        yield relation + summary(each)
        frames = traceback.extract_tb(each.__traceback__)
        for frame in frames[-MAX_FRAMES:]:
            yield f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}'
            if frame.line:
                yield f"    {frame.line}"
        if each.__cause__ is not None:
            waiting.append(("caused by ", each.__cause__))
        elif each.__context__ is not None and not each.__suppress_context__:
            waiting.append(("while handling ", each.__context__))
        if isinstance(each, BaseExceptionGroup):
            waiting += [("one of them ", member) for member in each.exceptions]
