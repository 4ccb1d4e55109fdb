import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from highscores_local import identity
from highscores_local.home import Home
from highscores_local.processes import Family, belonging_to, mark, memory_bytes, tail, tree

WAIT_S = 5.0
SLEEP = ("sleep", "60")
DEAF = (
    sys.executable,
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)",
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path, identity.current())
    home.create()
    return home


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait(timeout=WAIT_S)


def pids(family: Family) -> set[int]:
    return {process.pid for process in family.members}


def test_a_tree_holds_grandchildren(processes: list[subprocess.Popen[bytes]]) -> None:
    parent = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE)
    processes.append(parent)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())

    family = tree(parent.pid)

    assert {parent.pid, child} <= pids(family)
    assert memory_bytes(family) > 0
    family.kill_survivors(within_s=0)
    assert family.survivors() == []


def test_a_process_belongs_to_a_stack_by_its_mark_or_by_where_it_works(
    home: Home, processes: list[subprocess.Popen[bytes]]
) -> None:
    marked = subprocess.Popen(SLEEP, env={**os.environ, **mark(home)}, cwd="/")
    inside = subprocess.Popen(SLEEP, cwd=home.data)
    stranger = subprocess.Popen(SLEEP, cwd=home.log)
    processes += [marked, inside, stranger]

    assert pids(belonging_to(home)) == {marked.pid, inside.pid}


def test_one_that_does_not_heed_sigterm_is_killed_and_named(
    home: Home, processes: list[subprocess.Popen[bytes]]
) -> None:
    deaf = subprocess.Popen(DEAF, cwd=home.run, stdout=subprocess.PIPE)
    willing = subprocess.Popen(SLEEP, cwd=home.run)
    processes += [deaf, willing]
    assert deaf.stdout is not None
    deaf.stdout.readline()

    killed = belonging_to(home).ask_to_end(within_s=0.5)

    assert [process.pid for process in killed] == [deaf.pid]
    assert belonging_to(home).survivors() == []


def test_a_tail_is_the_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_text("".join(f"{number}\n" for number in range(10_000)), encoding="utf-8")

    assert tail(log, lines=2) == "9998\n9999"
    assert "does not exist" in tail(tmp_path / "y.log")
