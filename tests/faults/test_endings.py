"""Who is told to stop is gone within its bound, though its libraries wait for a server that answers nothing."""

import json
import signal
import time
from typing import Any

import pytest
from tests.faults.crowd import Crowd
from tests.faults.supervised import Supervised

from highscores.process.lifecycle import CLOSE_LIMIT_S
from highscores.web.server import DRAIN_LIMIT_S, NOTICE_S
from worker.run import DRAIN_LIMIT_S as WORKER_DRAIN_LIMIT_S

pytestmark = pytest.mark.faults

SLACK_S = 2.0  # of a busy machine
BOUNDS_S = {
    "worker": WORKER_DRAIN_LIMIT_S + CLOSE_LIMIT_S,
    "post_score": NOTICE_S + DRAIN_LIMIT_S + CLOSE_LIMIT_S,
    "get_scores": NOTICE_S + DRAIN_LIMIT_S + CLOSE_LIMIT_S,
    "get_jobs": NOTICE_S + DRAIN_LIMIT_S + CLOSE_LIMIT_S,
}


def exits(running: Supervised, name: str) -> list[dict[str, Any]]:
    """What the process has said of its ends, from the first on."""
    return [json.loads(line) for line in running.stack.private.log(name).splitlines() if ".exiting" in line]


@pytest.mark.parametrize(
    ("service", "server"),
    [
        ("worker", "rabbitmq"),
        ("post_score", "rabbitmq"),
        pytest.param("get_scores", "rabbitmq", marks=pytest.mark.slow),
        pytest.param("worker", "postgres", marks=pytest.mark.slow),
        pytest.param("get_jobs", "postgres", marks=pytest.mark.slow),
        pytest.param("worker", "redis-documents", marks=pytest.mark.slow),
    ],
)
def test_it_ends_in_time_while_a_server_is_frozen(
    running: Supervised, scenario: Crowd, service: str, server: str
) -> None:
    said = len(exits(running, service))
    process = running.stack.private.runner.running[service]
    running.freeze(server)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)

    assert process.wait(BOUNDS_S[service] + SLACK_S) == 0
    print(f"{service} ended after {time.monotonic() - began:.1f} s")
    [exiting] = exits(running, service)[said:]
    assert (exiting["reason"], exiting["code"]) == ("SIGTERM", 0)
    running.thaw(server)
