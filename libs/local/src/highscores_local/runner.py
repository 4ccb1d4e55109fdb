"""Runs programs as plain child processes: for tests, which want to kill, stop and restart them at will."""

import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from highscores_local import probe
from highscores_local.errors import StackError
from highscores_local.home import Home
from highscores_local.processes import mark, tail, tree
from highscores_local.program import BASE_ENVIRONMENT, Program

KILL_WAIT_S = 5.0


@dataclass(slots=True)
class Runner:
    """Starts programs as the home's user, each in a session of its own with its output in the home's log directory."""

    home: Home
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, program: Program) -> int:
        """Start without waiting for readiness; the process id is that of the program itself."""
        if self.is_running(program):
            raise StackError(f"{program.name} runs already")
        with self.log_of(program).open("ab") as log:
            process = subprocess.Popen(
                self.home.user.wrap(program.argv),
                cwd=program.directory,
                env={**BASE_ENVIRONMENT, **mark(self.home), **program.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[program.name] = process
        return process.pid

    def wait_ready(self, program: Program) -> None:
        probe.wait(program.name, program.check, program.ready_within_s, give_up=lambda: self._reason_if_ended(program))

    def stop(self, program: Program) -> None:
        """Ask, wait as long as the program may take, then kill it and whatever it left behind."""
        process = self.running.pop(program.name, None)
        if process is None:
            return
        family = tree(process.pid)
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.Signals[f"SIG{program.stop_signal}"])
            try:
                process.wait(timeout=program.stop_wait_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=KILL_WAIT_S)
        family.kill_survivors(within_s=KILL_WAIT_S)

    def kill(self, program: Program) -> None:
        """kill -9 of the program and its children, as a power cut would."""
        process = self.running.pop(program.name)
        family = tree(process.pid)
        process.kill()
        process.wait(timeout=KILL_WAIT_S)
        family.kill_survivors(within_s=KILL_WAIT_S)

    def signal(self, program: Program, number: signal.Signals) -> None:
        """Send `number` (SIGSTOP, SIGCONT) to the program and all its children."""
        for pid in tree(self.running[program.name].pid).pids():
            os.kill(pid, number)

    def is_running(self, program: Program) -> bool:
        process = self.running.get(program.name)
        return process is not None and process.poll() is None

    def kill_all(self, programs: Iterable[Program]) -> None:
        """End whatever runs without ceremony: nobody will want its data."""
        for program in programs:
            if program.name in self.running:
                self.kill(program)

    def log_of(self, program: Program) -> Path:
        return self.home.log / f"{program.name}.log"

    def _reason_if_ended(self, program: Program) -> str | None:
        code = self.running[program.name].poll()
        if code is None:
            return None
        time.sleep(probe.POLL_INTERVAL_S)
        return f"it ended with {code}; the end of its log:\n{tail(self.log_of(program))}"
