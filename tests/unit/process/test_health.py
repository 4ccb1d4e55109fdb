"""Health and metrics on their own port."""

import asyncio
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from highscores.process import health
from highscores.process.health import HealthServer
from highscores.process.settings import HealthSettings


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class State:
    def __init__(self) -> None:
        self.ready: str | None = None
        self.settings = HealthSettings(port=free_port())
        self.server = HealthServer(self.settings, ready=lambda: self.ready)

    async def get(self, path: str) -> tuple[int, str]:
        def fetch() -> tuple[int, str]:
            url = f"http://127.0.0.1:{self.settings.port}{path}"
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.read().decode()

        return await asyncio.to_thread(fetch)


@pytest.fixture
async def state() -> Iterator[State]:  # type: ignore[misc]
    state = State()
    state.server.start()
    yield state
    state.server.stop()


async def test_fine_is_200(state: State) -> None:
    assert await state.get("/livez") == (200, "ok\n")
    assert await state.get("/readyz") == (200, "ok\n")


async def test_a_reason_is_503_and_told(state: State) -> None:
    state.ready = "stopping"
    assert await state.get("/readyz") == (503, "stopping\n")
    assert (await state.get("/livez"))[0] == 200


async def test_a_stuck_event_loop_is_not_live(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "HEARTBEAT_LATE_S", -1.0)
    status, reason = await state.get("/livez")
    assert status == 503
    assert "stuck" in reason


async def test_metrics_are_there_and_nothing_else(state: State) -> None:
    status, text = await state.get("/metrics")
    assert status == 200
    assert "# HELP" in text
    assert (await state.get("/other"))[0] == 404


async def test_a_taken_port_is_told(state: State) -> None:
    second = HealthServer(state.settings, ready=lambda: None)
    with pytest.raises(OSError, match="in use"):
        second.start()
