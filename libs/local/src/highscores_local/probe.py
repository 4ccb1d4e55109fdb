"""Is it ready? Each probe answers None for yes and a short reason for no, within a second, and never raises."""

import base64
import http.client
import socket
import time
from collections.abc import Callable

from highscores_local.errors import StackError
from highscores_local.ports import LOOPBACK

PROBE_TIMEOUT_S = 1.0
POLL_INTERVAL_S = 0.05
LARGEST_ANSWER_BYTES = 4096

Check = Callable[[], str | None]


def tcp(port: int) -> str | None:
    """Whether anything accepts a connection."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PROBE_TIMEOUT_S):
            return None
    except OSError as error:
        return f"port {port}: {error}"


def conversation(port: int, question: bytes, expected: bytes) -> str | None:
    """Whether the answer to `question` starts with `expected`."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=PROBE_TIMEOUT_S) as connection:
            connection.sendall(question)
            answer = b""
            while len(answer) < len(expected) and expected.startswith(answer):
                received = connection.recv(len(expected) - len(answer))
                if not received:
                    break
                answer += received
    except OSError as error:
        return f"port {port}: {error}"
    return None if answer == expected else f"port {port} answered {answer!r}"


def http_ok(port: int, path: str, user: str | None = None, password: str = "") -> str | None:
    """Whether GET `path` answers 200."""
    headers = {}
    if user is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=PROBE_TIMEOUT_S)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        body = response.read(LARGEST_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        return f"port {port}: {error}"
    finally:
        connection.close()
    return None if response.status == http.HTTPStatus.OK else f"port {port}{path}: {response.status} {body[:200]!r}"


def wait(name: str, check: Check, within_s: float, give_up: Check = lambda: None) -> None:
    """Return as soon as `check` says yes; StackError after `within_s`, or at once when `give_up` has a reason."""
    deadline = time.monotonic() + within_s
    while (reason := check()) is not None:
        hopeless = give_up()
        if hopeless is not None:
            raise StackError(f"{name} failed: {hopeless}")
        if time.monotonic() >= deadline:
            raise StackError(f"{name} was not ready after {within_s:.0f} s: {reason}")
        time.sleep(POLL_INTERVAL_S)
