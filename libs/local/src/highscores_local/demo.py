"""Three demo boards and a few thousand scores, through the public API like everybody else's."""

import http.client
import json
import subprocess
import time
from collections.abc import Mapping
from typing import Any

from highscores_local import keys
from highscores_local.errors import StackError
from highscores_local.ports import LOOPBACK
from highscores_local.program import BASE_ENVIRONMENT
from highscores_local.stack import Stack

DONE_FILE = "demo-is-filled"
HTTP_TIMEOUT_S = 15.0
JOB_TIMEOUT_S = 60.0
JOB_WAIT_S = 10
FILL_SCORES = 5000
FILL_SEED = 1
FILL_SINCE = "30d"
FILL_TIMEOUT_S = 300

BOARDS: Mapping[str, Mapping[str, object]] = {
    "arcade": {
        "title": "Arcade",
        "order": "desc",
        "operator": "best",
        "periods": ["all", "day", "week", "month"],
        "unit": "points",
        "regions": True,
    },
    "speedrun": {
        "title": "Speedrun",
        "order": "asc",
        "operator": "best",
        "periods": ["all"],
        "unit": "milliseconds",
        "min": 1,
        "subscores": [{"name": "falls", "order": "asc"}],
        "ranks": "competition",
    },
    "steps": {
        "title": "Steps",
        "order": "desc",
        "operator": "sum",
        "periods": ["all", "day", "week"],
        "unit": "steps",
        "min": 0,
    },
}


def ensure(stack: Stack) -> None:
    """Define and fill the boards unless that was done before; what a person did to them since is left alone."""
    done = stack.home.root / DONE_FILE
    if done.exists():
        return
    assignments = keys.read(stack)
    for board, rules in BOARDS.items():
        define(stack.ports.page, assignments["HIGHSCORES_ADMIN_KEY"], board, rules)
    print(f"  demo boards {', '.join(BOARDS)} are defined; filling them with {FILL_SCORES} scores")
    _fill(stack, assignments["HIGHSCORES_ADMIN_KEY"])
    done.touch()


def define(port: int, key: str, board: str, rules: Mapping[str, object]) -> None:
    """Create the board and wait until that is done."""
    status, answer = _request(port, "PUT", f"/v1/admin/boards/{board}", key, rules)
    if status != http.HTTPStatus.ACCEPTED:
        raise StackError(f"The demo board '{board}' was refused: {status} {answer}")
    deadline = time.monotonic() + JOB_TIMEOUT_S
    while time.monotonic() < deadline:
        status, job = _request(port, "GET", f"/v1/jobs/{answer['job']}?wait={JOB_WAIT_S}", key)
        if status == http.HTTPStatus.OK and job["status"] == "done":
            return
        if status == http.HTTPStatus.OK and job["status"] == "rejected":
            raise StackError(f"The demo board '{board}' was rejected: {job['error']}")
    raise StackError(f"The demo board '{board}' was not defined within {JOB_TIMEOUT_S:.0f} s.")


def _fill(stack: Stack, key: str) -> None:
    """By `highscores datagen`, as a person would; the past needs the admin key."""
    try:
        result = subprocess.run(
            [
                stack.services.command("highscores"),
                "datagen",
                f"--fill={FILL_SCORES}",
                f"--since={FILL_SINCE}",
                f"--boards={','.join(BOARDS)}",
                f"--seed={FILL_SEED}",
                "--wait",
            ],
            env={
                **BASE_ENVIRONMENT,
                "HIGHSCORES_URL": stack.url,
                "HIGHSCORES_ADMIN_KEY": key,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=FILL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Filling the demo boards took longer than {FILL_TIMEOUT_S} s.") from error
    if result.returncode != 0:
        raise StackError(f"The demo boards could not be filled:\n{(result.stdout + result.stderr).strip()[-1500:]}")


def _request(
    port: int, method: str, path: str, key: str, body: Mapping[str, object] | None = None
) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=HTTP_TIMEOUT_S)
    headers = {"Authorization": f"Bearer {key}"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StackError(f"{method} {path}: {error}") from error
    finally:
        connection.close()
