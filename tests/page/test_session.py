"""What the README tells a newcomer to type, as printed; and a crowd of players, recomputed independently."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests import model
from tests.api import Api, fresh
from tests.servers import REPOSITORY
from tests.stack import Stack, of_board

from highscores_local.secrets_file import write_assignments

pytestmark = pytest.mark.page

COMMAND_TIMEOUT_S = 120
CROWD = 20_000
HIGHSCORES = str(Path(sys.executable).with_name("highscores"))


@pytest.fixture(scope="module")
def sessions() -> list[str]:
    """What the README tells a newcomer to type: with curl, and with the command line."""
    return re.findall(r"```bash\n(.*?)```", (REPOSITORY / "README.md").read_text(), re.DOTALL)


@pytest.fixture
def home(stack: Stack, tmp_path: Path) -> Path:
    """What `make up` leaves in the folder of the repository."""
    keys = {
        "HIGHSCORES_URL": stack.url,
        "HIGHSCORES_ADMIN_KEY": stack.keys.admin,
        "HIGHSCORES_SUBMIT_KEY": stack.keys.submit,
    }
    (tmp_path / ".local").mkdir()
    write_assignments(tmp_path / ".local/keys.env", keys, exported=True)
    (tmp_path / ".venv").symlink_to(Path(sys.executable).parent.parent)
    return tmp_path


def test_the_session_with_the_command_line_in_the_readme_works_as_printed(home: Path, sessions: list[str]) -> None:
    clean = {"PATH": os.environ["PATH"], "HOME": str(home)}

    ran = _run(["bash", "-euc", sessions[1]], cwd=home, env=clean)

    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert lines.count("status\tdone") == 2
    assert [line.split("\t")[0] for line in lines[-4:-1]] == ["1", "2", "3"]
    around = json.loads(lines[-1])
    assert "judit" in [entry["player"] for entry in around["entries"]]
    assert around["total"] > 1


def test_the_session_with_curl_in_the_readme_works_as_printed(home: Path, sessions: list[str]) -> None:
    assert "--json" not in sessions[0], "curl has it from 7.82, and Ubuntu 22.04 has 7.81"

    ran = _run(["bash", "-euc", sessions[0]], cwd=home)

    assert ran.returncode == 0, ran.stderr
    defined, submitted, batch, week, around, standing = _documents(ran.stdout)
    assert defined["result"] == {"board": "tetris"}
    versions = submitted["result"].pop("versions")
    assert submitted["result"] == {"document": "tetris:all", "improved": True, "score": 999999, "previous": None} | {
        "rank": None,
        "total": None,
    }
    assert len(batch["jobs"]) == 2
    assert [entry["player"] for entry in week["entries"]] == ["alexey", "vadim", "dmitry"]
    assert [entry["rank"] for entry in around["entries"]] == [1, 2, 3]
    assert (standing["rank"], standing["percentile"]) == (1, 100.0)
    assert standing["version"] >= versions["all"]


@pytest.mark.parametrize(
    ("operator", "order", "unit"),
    [("best", "desc", "points"), ("best", "asc", "milliseconds"), ("sum", "desc", "steps")],
)
def test_standings_of_a_crowd_equal_an_independent_recomputation(
    stack: Stack, admin: Api, operator: str, order: str, unit: str
) -> None:
    board = fresh("crowd")
    rules = model.Rules(operator=operator, order=order, periods=("all", "week"), timezone="America/New_York")
    admin.define(board, operator=operator, order=order, unit=unit, periods=["all", "week"], timezone=rules.timezone)

    options = {"--boards": board, "--fill": CROWD, "--since": "20d", "--seed": 5, "--players": 2_000}
    ran = _run(
        [HIGHSCORES, "datagen", "--wait", *(str(part) for option in options.items() for part in option)],
        env={"PATH": os.environ["PATH"], "HIGHSCORES_URL": stack.url, "HIGHSCORES_ADMIN_KEY": stack.keys.admin},
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr
    ledger = [
        model.Score(job, player, int(score), int(achieved_at), line=int(line))
        for job, player, score, achieved_at, line in (
            line.split("|")
            for line in stack.query(
                f"select job, player, score, achieved_at, line from submissions where {of_board(board)}"
            ).splitlines()
        )
    ]
    assert len(ledger) == CROWD
    for period, expected in model.standings(rules, ledger).items():
        admin.current(board, len(expected), period=period)
        found = admin.all_entries(board, period=period)
        assert [(entry["rank"], entry["player"], entry["score"]) for entry in found] == [
            (rank, row.player, row.score) for rank, row in enumerate(expected, 1)
        ]


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, **options)


def _documents(text: str) -> list[dict[str, Any]]:
    """JSON texts that follow each other, with nothing or white space between them."""
    decoder = json.JSONDecoder()
    found = []
    while text := text.lstrip():
        document, end = decoder.raw_decode(text)
        found.append(document)
        text = text[end:]
    return found
