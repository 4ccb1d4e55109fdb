"""The two API keys of the local stack: made once, stored by their hash in the database, kept in .local/keys.env."""

import secrets
import subprocess
from pathlib import Path

from highscores_local import postgres
from highscores_local.errors import StackError
from highscores_local.secrets_file import read_assignments, write_assignments
from highscores_local.stack import Stack

KEYS_FILE = "keys.env"
KEY_PREFIX = "hs_"  # as the worker makes them: tools that look for leaked secrets know it by this
KEY_BYTES = 32
ENSURE_TIMEOUT_S = 30
KEYS = {"admin": "HIGHSCORES_ADMIN_KEY", "submit": "HIGHSCORES_SUBMIT_KEY"}


def file(stack: Stack) -> Path:
    return stack.home.root / KEYS_FILE


def read(stack: Stack) -> dict[str, str]:
    return read_assignments(file(stack))


def exist(stack: Stack) -> bool:
    assignments = read(stack)
    return all(name in assignments for name in KEYS.values()) and assignments.get("HIGHSCORES_URL") == stack.url


def ensure(stack: Stack) -> None:
    """Make the keys known to the database; a key in the file stays what it is."""
    before = read(stack)
    made = {name: before.get(name) or KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES) for name in KEYS.values()}
    for scope, name in KEYS.items():
        _store(stack, scope, made[name])
    write_assignments(file(stack), {"HIGHSCORES_URL": stack.url, **made}, exported=True)
    print(f"  keys are in {file(stack)}")


def _store(stack: Stack, scope: str, key: str) -> None:
    """The key goes by the environment, which only its owner can read, never as an argument."""
    try:
        result = subprocess.run(
            stack.home.user.wrap(
                [stack.services.command("worker"), "keys", "ensure", "--scope", scope, "--name", f"local-{scope}"]
            ),
            cwd=stack.home.run,
            env={**stack.services.environment(postgres.OWNER), "HIGHSCORES_KEY": key},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ENSURE_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(f"Storing the {scope} key took longer than {ENSURE_TIMEOUT_S} s.") from error
    if result.returncode != 0:
        raise StackError(f"The {scope} key could not be stored: {result.stderr.strip()[-600:]}")
