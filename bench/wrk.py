"""wrk, the load generator: one thread, so that it never takes more than one core from what it measures."""

import resource
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from highscores_local import binaries, machine

SCRIPTS = Path(__file__).parent / "lua"
CONNECTIONS = 64
REQUEST_TIMEOUT_S = 10
SLACK_S = 20.0  # for the last answers, beyond the length of the run
UNTIL_STOPPED_S = 300


class WrkError(Exception):
    """The generator could not do its work; the text is what it said."""


class Load(msgspec.Struct, frozen=True):
    """What one run saw. `refused` are answers of 400 and above, `broken` those that never came."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int

    @property
    def rate(self) -> float:
        """Answers of success per second."""
        return (self.requests - self.refused) / self.seconds


class _Report(msgspec.Struct):
    requests: int
    microseconds: int
    p50: int
    p99: int
    refused: int
    broken: int


def install(repository: Path) -> None:
    """Install wrk, if it is missing, by the rules of all our packages; raise StackError when that cannot be done."""
    machine.install(repository, [] if binaries.find("wrk") else ["wrk"])


class Wrk:
    """Close it, so that no generator outlives a measurement that failed.

    `cpu_s` is the processor time that all runs have taken until now.
    """

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self._running: set[RunningLoad] = set()
        self._program = str(binaries.require(binaries.find("wrk"), "wrk"))

    def run(
        self,
        url: str,
        script: str,
        *arguments: object,
        seconds: float,
        headers: Mapping[str, str] | None = None,
        connections: int = CONNECTIONS,
    ) -> Load:
        return self.start(url, script, *arguments, seconds=seconds, headers=headers, connections=connections).result()

    def start(
        self,
        url: str,
        script: str,
        *arguments: object,
        seconds: float = UNTIL_STOPPED_S,
        headers: Mapping[str, str] | None = None,
        connections: int = CONNECTIONS,
    ) -> "RunningLoad":
        """Begin a run beside other work; `script` is one of bench/lua, which says what `arguments` it takes."""
        process = subprocess.Popen(
            [
                self._program,
                "--threads=1",
                f"--connections={connections}",
                f"--duration={max(1, round(seconds))}s",
                f"--timeout={REQUEST_TIMEOUT_S}s",
                f"--script={script}.lua",
                *(f"--header={name}: {value}" for name, value in (headers or {}).items()),
                url,
                "--",
                *map(str, arguments),
            ],
            cwd=SCRIPTS,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        running = RunningLoad(self, process, seconds)
        self._running.add(running)
        return running

    def close(self) -> None:
        for running in list(self._running):
            running.kill()

    def ended(self, load: "RunningLoad", cpu_s: float) -> None:
        self._running.discard(load)
        self.cpu_s += cpu_s


class RunningLoad:
    def __init__(self, wrk: Wrk, process: subprocess.Popen[str], seconds: float) -> None:
        self._wrk = wrk
        self._process = process
        self._seconds = seconds

    def stop(self) -> Load:
        """End it now and return what it saw until now."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        return self.result()

    def result(self) -> Load:
        """Wait for its end and return what it saw; raise WrkError when it saw nothing."""
        before = _children_cpu_s()
        try:
            output, _ = self._process.communicate(timeout=self._seconds + SLACK_S)
        except BaseException:
            self.kill()
            raise
        self._wrk.ended(self, _children_cpu_s() - before)
        return _read(output)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._wrk.ended(self, cpu_s=0.0)


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(output: str) -> Load:
    lines = [line for line in output.splitlines() if line.startswith("{")]
    if not lines:
        raise WrkError(output.strip())
    report = msgspec.json.decode(lines[-1], type=_Report)
    if report.requests == 0:
        raise WrkError(f"no request was answered:\n{output.strip()}")
    return Load(
        requests=report.requests,
        seconds=report.microseconds / 1e6,
        p50_ms=report.p50 / 1e3,
        p99_ms=report.p99 / 1e3,
        refused=report.refused,
        broken=report.broken,
    )
