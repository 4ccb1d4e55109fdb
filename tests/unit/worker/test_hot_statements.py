"""Every statement of the hot path names one bucket for each table, so that an engine that distributes the tables by it
sends the statement to one node.
"""

import re
from types import ModuleType

import pytest

from worker.commands import apply, board_locks, sum_limits
from worker.documents import changes
from worker.jobs import ends
from worker.tasks import refold, steps, store

TABLES = "boards|periods|standings|submissions|jobs"
NO_ALIAS = "as|cross|for|group|inner|join|left|limit|on|order|set|union|using|where"

# Each module that a batch, a catch-up of a document or a step of a task goes through: all statements in it are meant.
MODULES: tuple[ModuleType, ...] = (apply, board_locks, sum_limits, changes, ends, refold, steps, store)

STATEMENTS = {
    f"{module.__name__}.{name}": statement
    for module in MODULES
    for name, statement in vars(module).items()
    if name.startswith("_") and name.endswith("_SQL")
}


def scope(code: str, start: int) -> str:
    """Return what follows within the same query: up to the parenthesis that closes it, and without its sub-queries."""
    depth = 0
    found = []
    for character in code[start:]:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            break
        if depth == 0:
            found.append(character)
    return "".join(found)


def unnamed(statement: str) -> list[str]:
    """Return the tables that the statement reads or writes without naming their bucket."""
    code = re.sub(r"--[^\n]*", "", statement)
    found = []
    for match in re.finditer(
        rf"\b(?:from|join|update|using)\s+({TABLES})\b(?:\s+(?:as\s+)?(?!(?:{NO_ALIAS})\b)(\w+))?", code
    ):
        table, alias = match.groups()
        condition = rf"\b{alias}\.bucket = \$1\b" if alias else r"(?<![.\w])bucket = \$1\b"
        if not re.search(condition, scope(code, match.start())):
            found.append(f"{table} {alias or ''}".strip())
    inserts = re.finditer(rf"\binsert into ({TABLES})\b[^(]*\((\w+)[^)]*\)\s*(?:select )?\s*(\S+)", code)
    found += [
        f"into {table}"
        for table, first, value in (match.groups() for match in inserts)
        if first != "bucket" or not value.startswith("$1")
    ]
    return found


@pytest.mark.parametrize("name", STATEMENTS)
def test_each_table_of_a_hot_statement_is_asked_for_one_bucket(name: str) -> None:
    assert unnamed(STATEMENTS[name]) == []


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("select from boards where number = $2", ["boards"]),
        ("select from boards b where b.number = $2 and bucket = $1", ["boards b"]),
        ("select from unnest($2) w join jobs j on j.job = w.job", ["jobs j"]),
        ("select (select version from periods where period = $2) from standings where bucket = $1", ["periods"]),
        ("select from standings where player in (select player from jobs where bucket = $1)", ["standings"]),
        ("insert into jobs (job, bucket) select $2, $1", ["into jobs"]),
        ("update periods set version = 1 where bucket = $2", ["periods"]),
        ("update periods p set version = 1 where p.bucket = $1", []),
    ],
)
def test_a_statement_that_asks_every_node_is_found(statement: str, tables: list[str]) -> None:
    assert unnamed(statement) == tables
