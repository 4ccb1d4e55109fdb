"""The names of log events are facts, `subject.verb` in one form, so that alerts and people can look for them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for folder in ("libs/common/src", "services") for path in (ROOT / folder).rglob("*.py"))
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
EVENT = re.compile(r"^[a-z_]+(\.[a-z_]+)+$")
PROCESS = "process"  # stands for what an f-string puts in


def events(source: str) -> Iterator[str]:
    """Yield the event of each line that `_log` writes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and _is_of_log(node.func):
            yield _text(node.args[0])


def _is_of_log(function: ast.expr) -> bool:
    if isinstance(function, ast.IfExp):  # one level or the other
        return _is_of_log(function.body) and _is_of_log(function.orelse)
    return (
        isinstance(function, ast.Attribute)
        and function.attr in LEVELS
        and isinstance(function.value, ast.Name)
        and function.value.id == "_log"
    )


def _text(event: ast.expr) -> str:
    if isinstance(event, ast.Constant):
        return str(event.value)
    if isinstance(event, ast.JoinedStr):
        return "".join(PROCESS if isinstance(part, ast.FormattedValue) else _text(part) for part in event.values)
    return ast.unparse(event)


def test_every_event_is_a_fact() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), event) for path in SOURCES for event in events(path.read_text("utf-8"))
    }
    assert len(found) >= 40
    assert [(path, event) for path, event in sorted(found) if not EVENT.match(event)] == []


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ('_log.info("sweep failed", reason=1)', "sweep failed"),
        ('(_log.error if code else _log.info)(f"{self.process}.stopping")', "process.stopping"),
        ("_log.warning(reason)", "reason"),
    ],
)
def test_events_are_found(line: str, event: str) -> None:
    assert list(events(line)) == [event]
