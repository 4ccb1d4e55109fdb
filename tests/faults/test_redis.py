"""Redis stopped, out of memory, read-only: documents and job states come back by themselves."""

import pytest
from tests.faults.crowd import Crowd
from tests.faults.supervised import Supervised

pytestmark = pytest.mark.faults

STOPPED_S = 5.0
REFUSING_S = 3.0
ROLES = ["redis-jobs", "redis-documents"]


@pytest.mark.parametrize("role", ROLES)
def test_it_is_stopped_and_goes_on(running: Supervised, scenario: Crowd, role: str) -> None:
    running.freeze(role)
    scenario.run_for(STOPPED_S)
    running.thaw(role)
    scenario.run_for(1.0)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_it_is_out_of_memory(running: Supervised, scenario: Crowd, role: str) -> None:
    before = running.redis(role, "CONFIG", "GET", "maxmemory", "maxmemory-policy")
    assert isinstance(before, dict | list)
    settings = before if isinstance(before, dict) else dict(zip(before[::2], before[1::2], strict=True))
    running.redis(role, "CONFIG", "SET", "maxmemory", "1", "maxmemory-policy", "noeviction")
    try:
        scenario.run_for(REFUSING_S)
    finally:
        running.redis(role, "CONFIG", "SET", *(text for pair in settings.items() for text in pair))


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_it_evicts_parts_of_documents(running: Supervised, scenario: Crowd, role: str) -> None:
    """Any key may vanish, one of a document's three as well."""
    for _ in range(25):
        key = running.redis(role, "RANDOMKEY")
        if key is not None:
            running.redis(role, "DEL", key)  # type: ignore[arg-type]
        scenario.run_for(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_it_is_read_only(running: Supervised, scenario: Crowd, role: str) -> None:
    """As a replica that was promoted the wrong way: a replica of nobody that answers."""
    running.redis(role, "REPLICAOF", "127.0.0.1", "1")
    try:
        scenario.run_for(REFUSING_S)
    finally:
        running.redis(role, "REPLICAOF", "NO", "ONE")
