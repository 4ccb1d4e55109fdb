"""The command line says which setting is wrong, as the web services do, instead of showing where it was noticed."""

import os
import subprocess
import sys

import pytest

from highscores.process.settings_errors import EXIT_BAD_SETTINGS

TIMEOUT_S = 30
WORKER = [sys.executable, "-c", "from worker.main import main; main()"]


@pytest.mark.parametrize("command", [["run"], ["migrate"], ["keys", "create", "--scope", "read", "--name", "x"]])
def test_a_wrong_setting_is_named_and_not_shown(command: list[str]) -> None:
    environment = os.environ | {"HIGHSCORES_POSTGRES_CA_FILE": "/secret/nowhere.crt"}

    ended = subprocess.run(
        [*WORKER, *command], env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )

    assert ended.returncode == EXIT_BAD_SETTINGS
    assert ended.stderr == "worker: HIGHSCORES_POSTGRES_CA_FILE: Path does not point to a file\n"
