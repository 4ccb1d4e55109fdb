"""Killed in the middle of a crowd: the worker, post_score, Redis, RabbitMQ, PostgreSQL. Nothing is lost or doubled."""

from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from tests import model
from tests.api import connected, fresh
from tests.faults.checks import check
from tests.faults.conftest import heal
from tests.faults.crowd import Crowd, repeatedly
from tests.stack import Stack

pytestmark = pytest.mark.faults


def kill(*names: str) -> Callable[[Stack], None]:
    def act(stack: Stack) -> None:
        stack.kill(*names)
        stack.start(*names)

    return act


def flush(stack: Stack) -> None:
    for server in (stack.private.servers.redis_jobs, stack.private.servers.redis_documents):
        with Redis(port=server.port, password=server.password) as redis:
            redis.flushall()


def hold(name: str) -> Callable[[Stack], None]:
    """Stopped for longer than the crowd's limit, then going on as if nothing had been."""

    def act(stack: Stack) -> None:
        stack.stop(name)
        try:
            repeatedly(1, 4.0, lambda: None)
        finally:
            stack.go_on(name)

    return act


@pytest.mark.parametrize("operator", ["best", "sum"])
@pytest.mark.parametrize(
    ("fault", "times"),
    [
        pytest.param(kill("worker"), 4, id="worker killed"),
        pytest.param(kill("post_score"), 3, id="post_score killed"),
        pytest.param(kill("redis-jobs", "redis-documents"), 3, id="both Redis killed"),
        pytest.param(flush, 6, id="both Redis flushed"),
        pytest.param(kill("rabbitmq"), 1, id="RabbitMQ killed"),
        pytest.param(kill("postgres"), 2, id="PostgreSQL killed"),
        pytest.param(hold("worker"), 1, id="worker stopped"),
        pytest.param(hold("rabbitmq"), 1, id="RabbitMQ stopped"),
        pytest.param(hold("postgres"), 1, id="PostgreSQL stopped"),
        pytest.param(hold("redis-jobs"), 1, id="Redis stopped"),
    ],
)
def test_nothing_is_lost_or_doubled(
    stack: Stack, tmp_path: Path, fault: Callable[[Stack], None], times: int, operator: str
) -> None:
    rules = model.Rules(operator=operator)
    board = fresh("fault")
    with connected(stack.url, stack.keys.admin) as api:
        api.define(board, operator=operator)
        crowd = Crowd(stack.url, stack.keys.submit, board, tmp_path / "ledger.jsonl")

        with crowd.sending():
            repeatedly(times, 1.0, lambda: fault(stack))
            repeatedly(1, 1.0, lambda: heal(stack))

        check(stack, api, crowd, rules)
