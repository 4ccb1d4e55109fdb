"""The programs that read charts, from the PATH; `make charts` puts them there."""

import shutil
import subprocess
from pathlib import Path

import pytest

TIMEOUT_S = 120
LINK_WARNING = "found symbolic link in path"  # Helm says so of each subchart, each time


def run(program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it to its end, whatever its exit code; a program that is not there fails the test."""
    path = shutil.which(program)
    if path is None:
        pytest.fail(f"{program} is not on the PATH: `make charts` installs it", pytrace=False)
    done = subprocess.run([path, *map(str, arguments)], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    done.stderr = "".join(line for line in done.stderr.splitlines(keepends=True) if LINK_WARNING not in line)
    return done


def succeed(program: str, *arguments: str | Path) -> str:
    """What it writes; a failure of it is the test's."""
    done = run(program, *arguments)
    if done.returncode != 0:
        pytest.fail(f"{program} {' '.join(map(str, arguments))}\n{done.stdout}{done.stderr}", pytrace=False)
    return done.stdout
