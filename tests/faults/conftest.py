"""A stack of its own for what breaks it, and the frame of each test: load, the fault, the healing, the verdict."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.crowd import Crowd, crowd
from tests.faults.supervised import Supervised, supervised_stack
from tests.faults.verdict import judge, summary

BEFORE_S = 1.0  # of peace, before the fault
AFTER_S = 1.5  # and after it has healed


@pytest.fixture(scope="session")
def running(request: pytest.FixtureRequest) -> Iterator[Supervised]:
    with supervised_stack(workers=request.config.getoption("--workers")) as supervised:
        yield supervised


@pytest.fixture
def scenario(running: Supervised, tmp_path: Path) -> Iterator[Crowd]:
    """People at work. The test breaks things and mends them; afterwards all must be as the people's ledger says."""
    with crowd(running.stack, tmp_path) as people:
        people.run_for(BEFORE_S)
        try:
            yield people
        finally:
            running.heal()
        people.run_for(AFTER_S)
    print(summary(people))
    try:
        judge(running, people)
    finally:
        if people.dead_letters:
            running.stack.query("delete from dead_letters")
