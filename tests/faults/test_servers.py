"""RabbitMQ and PostgreSQL killed, stopped, and in each other's way; the worker stopped."""

import threading
import time

import pytest
from tests.faults.crowd import Crowd
from tests.faults.supervised import Supervised
from tests.servers import SERVERS

pytestmark = pytest.mark.faults

STOPPED_S = 8.0  # longer than any time limit behind a request
LOCKED_S = 4.0  # longer than a statement may wait for a lock


@pytest.mark.parametrize("server", ["rabbitmq", "postgres"])
def test_a_server_is_killed(running: Supervised, scenario: Crowd, server: str) -> None:
    for _ in range(2):
        running.kill(server)
        scenario.run_for(0.5)
        running.start(server)
        scenario.run_for(3.0)


@pytest.mark.parametrize("program", ["rabbitmq", "postgres", "worker"])
def test_a_program_is_stopped_and_goes_on(running: Supervised, scenario: Crowd, program: str) -> None:
    running.freeze(*running.each(program))
    try:
        scenario.run_for(STOPPED_S)
    finally:
        running.thaw(*running.each(program))
    scenario.run_for(2.0)


def test_all_backends_are_terminated_again_and_again(running: Supervised, scenario: Crowd) -> None:
    for _ in range(20):
        running.stack.query(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where backend_type = 'client backend' and pid <> pg_backend_pid()"
        )
        scenario.run_for(0.25)


@pytest.mark.slow
@pytest.mark.parametrize("table", ["submissions", "standings", "boards"])
def test_a_table_is_locked(running: Supervised, scenario: Crowd, table: str) -> None:
    def lock() -> None:
        running.stack.query(f"begin; lock table {table} in access exclusive mode; select pg_sleep({LOCKED_S}); commit")

    locking = threading.Thread(target=lock)
    locking.start()
    scenario.run_for(LOCKED_S + 1)
    locking.join()


@pytest.mark.slow
def test_everything_is_restarted_in_turn(running: Supervised, scenario: Crowd) -> None:
    """A rolling restart: what cannot be answered meanwhile is 503, never lost."""
    for service in running.services:
        running.restart(service)
        scenario.run_for(1.0)
        running.wait_ready()


def test_everything_is_killed_at_once(running: Supervised, scenario: Crowd) -> None:
    """As a power cut does."""
    running.kill(*SERVERS, *running.services)
    time.sleep(0.5)
    running.start(*SERVERS)
    scenario.run_for(3.0)
