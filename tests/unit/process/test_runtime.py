"""A process that has decided to stop is gone within a bound, whatever its tasks and libraries do, and says why."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

DRAIN_LIMIT_S = 0.5
CLOSE_LIMIT_S = 0.5
GONE_WITHIN_S = 8.0  # both limits, the last line of log, and a machine that is busy
STARTED_WITHIN_S = 30.0

PROGRAM = """
import asyncio, os, sys, threading, time
from highscores.process import lifecycle as lifecycle_module, runtime
lifecycle_module.CLOSE_LIMIT_S = {close_limit_s}
lifecycle_module.CANCEL_LIMIT_S = 0.1

async def swallow():
    while True:
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            pass

async def fail():
    raise ValueError("secret")

async def fail_among_others():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fail())

async def be_cancelled_by_a_library():
    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 0)
    raise asyncio.CancelledError

async def give_a_reason():
    return "no-deliveries"

async def work(lifecycle):
    started = lambda: print("started", flush=True)
    {work}

runtime.run("tester", work, drain_limit_s={drain_limit_s})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def program(work: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    text = PROGRAM.format(work=work, close_limit_s=CLOSE_LIMIT_S, drain_limit_s=DRAIN_LIMIT_S)
    process = subprocess.Popen(
        [sys.executable, "-c", text],
        env={**os.environ, "HIGHSCORES_HEALTH_PORT": str(free_port()), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_started(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"


def ended(process: subprocess.Popen[str], within_s: float = GONE_WITHIN_S) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a process that must be gone soon, and its lines of log."""
    _, errors = process.communicate(timeout=within_s)
    assert "secret" not in errors
    return process.returncode, [json.loads(line) for line in errors.splitlines()]


def of(lines: list[dict[str, Any]], event: str) -> dict[str, Any]:
    [line] = [line for line in lines if line["event"] == event]
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_who_was_told_to_stop_ends_with_0(number: signal.Signals) -> None:
    with program("started(); await lifecycle.stopping.wait()") as process:
        wait_started(process)
        process.send_signal(number)
        code, lines = ended(process)

    assert code == 0
    assert of(lines, "tester.stopping")["reason"] == number.name
    exiting = of(lines, "tester.exiting")
    assert (exiting["reason"], exiting["code"], exiting["forced"]) == (number.name, 0, False)


SWALLOWING = {
    "a task of a library": "left = asyncio.create_task(swallow()); started(); await lifecycle.stopping.wait()",
    "background work": "lifecycle.run_beside(swallow(), 'beside'); started(); await lifecycle.stopping.wait()",
    "the work itself": "started(); await swallow()",
    "the closing of the work": "started(); await lifecycle.stopping.wait(); lifecycle.drained(); await swallow()",
    "a thread": "threading.Thread(target=time.sleep, args=(60,)).start(); started(); await lifecycle.stopping.wait()",
    "the event loop": "started(); await lifecycle.stopping.wait(); time.sleep(60)",
    "an executor": (
        "work = asyncio.get_running_loop().run_in_executor(None, time.sleep, 60); started();"
        " await lifecycle.stopping.wait()"
    ),
}


@pytest.mark.parametrize("work", SWALLOWING.values(), ids=SWALLOWING)
def test_who_cannot_end_is_ended(work: str) -> None:
    with program(work) as process:
        wait_started(process)
        process.send_signal(signal.SIGTERM)
        code, lines = ended(process)

    assert code == 0
    exiting = [line for line in lines if line["event"] == "tester.exiting"][-1]
    assert (exiting["reason"], exiting["code"], exiting["forced"]) == ("SIGTERM", 0, True)


def test_who_would_not_end_is_named() -> None:
    with program(SWALLOWING["a task of a library"]) as process:
        wait_started(process)
        process.send_signal(signal.SIGTERM)
        _, lines = ended(process)

    assert of(lines, "tester.exiting")["tasks"] == ["swallow"]


def test_it_ends_though_nobody_reads_its_log() -> None:
    work = "os.set_blocking(2, True); started(); await lifecycle.stopping.wait(); sys.stderr.write('x' * 1_000_000)"
    with program(work) as process:
        wait_started(process)
        process.send_signal(signal.SIGTERM)

        assert process.wait(GONE_WITHIN_S) == 0


FAILURES = {
    "task-failed": "lifecycle.run_beside(fail(), 'sweeper')",
    "task-cancelled": "lifecycle.run_beside(be_cancelled_by_a_library(), 'sweeper')",
    "no-deliveries": "lifecycle.run_beside(give_a_reason(), 'sweeper')",
}


@pytest.mark.parametrize(("reason", "work"), FAILURES.items(), ids=FAILURES)
def test_background_work_that_ends_ends_the_process(reason: str, work: str) -> None:
    with program(f"{work}; await lifecycle.stopping.wait()") as process:
        code, lines = ended(process, within_s=STARTED_WITHIN_S)

    assert code == 1
    stopping = of(lines, "tester.stopping")
    assert (stopping["reason"], stopping["task"], stopping["level"]) == (reason, "sweeper", "error")
    assert (of(lines, "tester.exiting")["reason"], of(lines, "tester.exiting")["forced"]) == (reason, False)


@pytest.mark.parametrize("failing", ["fail()", "fail_among_others()"])
def test_a_failure_is_told_by_its_type_and_place(failing: str) -> None:
    with program(f"lifecycle.run_beside({failing}, 'sweeper'); await lifecycle.stopping.wait()") as process:
        _, lines = ended(process, within_s=STARTED_WITHIN_S)

    stopping = of(lines, "tester.stopping")
    assert stopping["error"] == "ValueError"
    assert stopping["frames"][-1].endswith(" fail")


WORK_THAT_ENDS = {
    "failed": "await fail()",
    "failed ": "raise asyncio.CancelledError",
    "ended": "pass",
}


@pytest.mark.parametrize(("reason", "work"), WORK_THAT_ENDS.items())
def test_work_that_ends_by_itself_is_a_failure(reason: str, work: str) -> None:
    with program(work) as process:
        code, lines = ended(process, within_s=STARTED_WITHIN_S)

    assert code == 1
    assert of(lines, "tester.exiting")["reason"] == reason.strip()


def test_what_fails_while_it_stops_is_told_and_changes_nothing() -> None:
    with program("started(); await lifecycle.stopping.wait(); await fail()") as process:
        wait_started(process)
        process.send_signal(signal.SIGTERM)
        code, lines = ended(process)

    assert code == 0
    assert of(lines, "tester.failed_while_stopping")["error"] == "ValueError"
    assert of(lines, "tester.exiting")["reason"] == "SIGTERM"


def test_background_work_may_be_done() -> None:
    with program("lifecycle.run_beside(asyncio.sleep(0), 'x'); started(); await lifecycle.stopping.wait()") as process:
        wait_started(process)
        time.sleep(0.2)

        assert process.poll() is None


def test_a_port_of_another_program_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with program("await lifecycle.stopping.wait()", HIGHSCORES_HEALTH_PORT=str(port)) as process:
            code, lines = ended(process, within_s=STARTED_WITHIN_S)

    assert code == 1
    stopping = of(lines, "tester.stopping")
    assert (stopping["reason"], stopping["port"]) == ("cannot-listen", port)
