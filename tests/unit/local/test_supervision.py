"""supervisord as this stack sets it up: what ended by itself is started again, with the settings that were given."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.api import eventually

from highscores_local import identity
from highscores_local.errors import StackError
from highscores_local.home import Home
from highscores_local.ports import free_ports
from highscores_local.processes import belonging_to
from highscores_local.program import Program
from highscores_local.supervision import Supervisor

RESTARTED_WITHIN_S = 30.0
ENDED_WITHIN_S = 10.0
AWKWARD = "100% of a 'quoted', spaced;value#1=2"

# Lives for longer than supervisord's startsecs, as a worker does that notices a fault.
MORTAL = """
import json, os, sys, time
print(json.dumps(os.environ["GIVEN"]), flush=True)
time.sleep(1.2)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    home = Home(tmp_path, identity.current())
    home.create()
    yield Supervisor(home, free_ports().supervisor, "password")
    belonging_to(home).ask_to_end(within_s=ENDED_WITHIN_S)


def program(supervisor: Supervisor, code: int = 0, given: str = "x") -> Program:
    file = supervisor.home.write("mortal.py", MORTAL)
    return Program(
        name="mortal",
        argv=(sys.executable, str(file), str(code)),
        directory=supervisor.home.run,
        check=lambda: None,
        environment={"GIVEN": given},
    )


@pytest.mark.parametrize("code", [0, 1, 2])
def test_what_has_ended_by_itself_is_started_again(supervisor: Supervisor, code: int) -> None:
    mortal = program(supervisor, code)
    supervisor.configure([mortal])
    supervisor.launch()
    supervisor.start(mortal)
    first = eventually(lambda: supervisor.states()["mortal"].pid, bool, within_s=RESTARTED_WITHIN_S)

    eventually(
        lambda: supervisor.states()["mortal"].pid, lambda pid: pid not in (0, first), within_s=RESTARTED_WITHIN_S
    )


def test_a_setting_arrives_as_it_was_given(supervisor: Supervisor) -> None:
    mortal = program(supervisor, given=AWKWARD)
    supervisor.configure([mortal])
    supervisor.launch()
    supervisor.start(mortal)

    line = eventually(lambda: supervisor.log_of("mortal").read_text(), bool, within_s=RESTARTED_WITHIN_S)
    assert json.loads(line.splitlines()[0]) == AWKWARD


@pytest.mark.parametrize("given", ['a "quoted" word', "two\nlines", "cut #here", "cut ;here"])
def test_a_setting_that_would_not_arrive_is_refused(supervisor: Supervisor, given: str) -> None:
    with pytest.raises(StackError, match="GIVEN"):
        supervisor.configure([program(supervisor, given=given)])
