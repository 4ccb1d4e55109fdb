"""supervisord keeps the processes of `make up` alive: its settings, its start, and the conversation with it."""

import http.client
import re
import resource
import shlex
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from highscores_local import probe
from highscores_local.errors import StackError
from highscores_local.home import Home
from highscores_local.ports import LOOPBACK
from highscores_local.processes import mark, tail
from highscores_local.program import BASE_ENVIRONMENT, Program

RPC_TIMEOUT_S = 5.0
START_TIMEOUT_S = 10.0
STOP_SLACK_S = 10.0
POLL_INTERVAL_S = 0.05
RPC_USER = "highscores"
OPEN_FILES = 65_536
FAULT_ALREADY_STARTED = 60
FAULT_NOT_RUNNING = 70
BETWEEN_ATTEMPTS = "BACKOFF"
GIVEN_UP = (BETWEEN_ATTEMPTS, "FATAL", "EXITED")

_UNWRITABLE = re.compile(r'["\r\n]|\s[;#]')

DAEMON = """\
[supervisord]
pidfile={run}/supervisord.pid
logfile={log}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
childlogdir={log}
directory={run}
umask=077

[inet_http_server]
port={host}:{port}
username={user}
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

# Nothing starts by itself: the order and the waiting for readiness are ours. What has started is kept alive.
PROGRAM = """\

[program:{name}]
command={command}
directory={directory}
environment={environment}
autostart=false
autorestart=true
startsecs=1
startretries=20
stopsignal={stop_signal}
stopwaitsecs={stop_wait_s}
killasgroup=true
redirect_stderr=true
stdout_logfile={log}/{name}.log
stdout_logfile_maxbytes=20MB
stdout_logfile_backups=1
"""


class _Transport(xmlrpc.client.Transport):
    """The standard transport waits for ever."""

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = RPC_TIMEOUT_S
        return connection


@dataclass(frozen=True, slots=True)
class State:
    """What supervisord says about one program."""

    name: str
    state: str
    pid: int
    started: int

    @property
    def is_up(self) -> bool:
        """Whether there is a process; whether it is ready is another question."""
        return self.state in ("STARTING", "RUNNING")


@dataclass(frozen=True, slots=True)
class Supervisor:
    home: Home
    port: int
    password: str

    def configure(self, programs: Iterable[Program]) -> None:
        text = DAEMON.format(
            run=_escape("the path of the clone", str(self.home.run)),
            log=_escape("the path of the clone", str(self.home.log)),
            host=LOOPBACK,
            port=self.port,
            user=RPC_USER,
            password=self.password,
        )
        self.home.write("supervisord.conf", text + "".join(self._section(program) for program in programs))

    def launch(self) -> None:
        """Start supervisord as the home's user; everything it starts inherits that user and its lack of privileges."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft < OPEN_FILES:
            resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES if hard < 0 else min(hard, OPEN_FILES), hard))
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.home.conf / "supervisord.conf")]
        result = subprocess.run(
            self.home.user.wrap(command),
            cwd=self.home.run,
            env={**BASE_ENVIRONMENT, **mark(self.home), "HOME": str(self.home.run)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_TIMEOUT_S,
            check=False,
        )
        if result.returncode != 0:
            raise StackError(f"supervisord did not start: {(result.stderr or result.stdout).strip()}")
        probe.wait("supervisord", lambda: None if self.is_alive() else "no answer", START_TIMEOUT_S)

    def is_alive(self) -> bool:
        try:
            self._call("supervisor.getState")
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError):
            return False
        return True

    def pid(self) -> int:
        return int(self._call("supervisor.getPID"))

    def states(self) -> dict[str, State]:
        answers = cast("list[dict[str, Any]]", self._call("supervisor.getAllProcessInfo"))
        return {
            answer["name"]: State(answer["name"], answer["statename"], answer["pid"], answer["start"])
            for answer in answers
        }

    def start(self, program: Program) -> None:
        """Begin to start it; one that is up is left alone, one that waits for its next attempt makes it now."""
        if self.states()[program.name].state == BETWEEN_ATTEMPTS:
            self._call("supervisor.stopProcess", program.name, ignore=FAULT_NOT_RUNNING)
        self._call("supervisor.startProcess", program.name, False, ignore=FAULT_ALREADY_STARTED)

    def wait_ready(self, program: Program) -> None:
        probe.wait(program.name, program.check, program.ready_within_s, give_up=lambda: self._given_up(program))

    def stop(self, names: Iterable[str], within_s: float) -> None:
        """Stop all of them at once, and wait: supervisord itself kills what overstays its own stop_wait_s."""
        names = set(names)
        for name in names:
            self._call("supervisor.stopProcess", name, False, ignore=FAULT_NOT_RUNNING)
        deadline = time.monotonic() + within_s + STOP_SLACK_S
        while alive := {state.name for state in self.states().values() if state.name in names and state.pid}:
            if time.monotonic() > deadline:
                raise StackError(f"{', '.join(sorted(alive))} did not stop within {within_s:.0f} s.")
            time.sleep(POLL_INTERVAL_S)

    def shutdown(self) -> None:
        self._call("supervisor.shutdown")

    def log_of(self, name: str) -> Path:
        return self.home.log / f"{name}.log"

    def _given_up(self, program: Program) -> str | None:
        state = self.states()[program.name].state
        if state not in GIVEN_UP:
            return None
        log = self.log_of(program.name)
        return f"it does not stay up ({state}); the end of {log}:\n{tail(log)}"

    def _section(self, program: Program) -> str:
        return PROGRAM.format(
            name=program.name,
            command=_escape("the path of the clone", shlex.join(program.argv)),
            directory=_escape("the path of the clone", str(program.directory)),
            environment=",".join(f'{name}="{_escape(name, value)}"' for name, value in program.environment.items()),
            stop_signal=program.stop_signal,
            stop_wait_s=program.stop_wait_s,
            log=_escape("the path of the clone", str(self.home.log)),
        )

    def _call(self, method: str, *arguments: str | bool, ignore: int | None = None) -> Any:
        url = f"http://{RPC_USER}:{self.password}@{LOOPBACK}:{self.port}/RPC2"
        with xmlrpc.client.ServerProxy(url, transport=_Transport()) as proxy:
            try:
                return getattr(proxy, method)(*arguments)
            except xmlrpc.client.Fault as fault:
                if fault.faultCode == ignore:
                    return None
                raise StackError(f"supervisord: {fault.faultString}") from fault


def _escape(name: str, value: str) -> str:
    """supervisord reads % as the start of a variable; raise StackError for what its file cannot hold at all."""
    if _UNWRITABLE.search(value):
        raise StackError(
            f'supervisord cannot pass {name} on: it holds ", a line break, or a comment (blank and ; or #).'
        )
    return value.replace("%", "%%")
