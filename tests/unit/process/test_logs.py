"""What a process writes to its log when something fails: enough to find the fault, and nothing that a client sent."""

import subprocess
import sys

import msgspec

CANARY = "Canary-7f3a"
PROGRAM = f"""
import asyncio, logging, sys
import asyncpg, structlog
from sqlalchemy.exc import IntegrityError
from highscores.process import logs

CANARY = {CANARY!r}

class Violation(asyncpg.CheckViolationError):
    def __init__(self):
        super().__init__("new row violates a constraint " + CANARY)
        self.detail = "Failing row contains " + CANARY
        self.constraint_name, self.table_name = "score_in_range", "standings"

def violate():
    raise Violation()

def wrapped():
    try:
        violate()
    except Exception as error:
        raise IntegrityError("insert", dict(name=CANARY), error) from error

def failure(function):
    try:
        function()
    except Exception as error:
        return error

async def never_retrieved():
    asyncio.create_task(fail())
    await asyncio.sleep(0.01)
    import gc; gc.collect()

async def fail():
    violate()

logs.configure("info", "test")
log = structlog.get_logger("x")
log.error("given", exc_info=failure(violate))
log.error("chained", exc_info=failure(wrapped))
log.error("keyword", reason=failure(violate))
log.error("group", exc_info=ExceptionGroup(CANARY, [failure(violate)]))
log.error("key", exc_info=failure(lambda: {{}}[CANARY]))
log.error("bug", exc_info=failure(lambda: None + 1))
log.error("away", exc_info=failure(lambda: open(CANARY)))
library = logging.getLogger("some.library")
for call in (
    lambda: library.exception("in a library"),
    lambda: library.error("argument %s", sys.exc_info()[1]),
    lambda: library.error(sys.exc_info()[1]),
    lambda: library.error(f"quoted {{sys.exc_info()[1]}}", exc_info=True),
    lambda: library.error("misfit %d %d", CANARY),
    lambda: logging.getLogger("litestar").exception("litestar"),
):
    try:
        violate()
    except Exception:
        call()
asyncio.run(never_retrieved())
violate()
"""


def test_a_log_shows_what_failed_and_where_and_no_text_of_an_exception() -> None:
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert CANARY not in ended.stdout + ended.stderr
    lines = {line["event"]: line for line in map(msgspec.json.decode, ended.stderr.splitlines())}
    violation = "Violation sqlstate=23514 table=standings constraint=score_in_range"
    for event in ("given", "chained", "group", "in a library", "Task exception was never retrieved", "process.failed"):
        assert violation in lines[event]["exception"], event
        assert ", in violate" in lines[event]["exception"], event
    assert "caused by" in lines["chained"]["exception"]
    assert lines["keyword"]["reason"].endswith(violation)
    assert lines["key"]["exception"].startswith("KeyError\n")
    assert "unsupported operand" in lines["bug"]["exception"]
    assert any(event.startswith("argument ") and event.endswith(violation) for event in lines)
    assert any(event.startswith("quoted ") and event.endswith(violation) for event in lines)
    assert {"log.unformattable", "litestar"} <= lines.keys()
