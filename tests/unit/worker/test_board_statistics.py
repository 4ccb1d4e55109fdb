"""Statistics that cannot be taken are taken later, and harm nobody."""

import asyncio

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs
from tests.eventually import eventually

from highscores.ledger.engine import create_engine
from highscores.process.settings import PostgresSettings
from worker.ledger import board_statistics
from worker.ledger.board_statistics import BoardStatistics

NOBODY = 1  # a port on which nobody listens


async def test_it_goes_on_trying_while_postgresql_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board_statistics, "INTERVAL_S", 0.0)
    engine = create_engine(PostgresSettings(port=NOBODY, password=SecretStr("x")), pool_size=1)

    with capture_logs() as lines:
        running = asyncio.create_task(BoardStatistics(engine).run())

        async def was_tried_again() -> bool:
            return len(lines) > 1 or running.done()

        await eventually(was_tried_again)
    running.cancel()
    ended = await asyncio.gather(running, return_exceptions=True)

    assert [type(each) for each in ended] == [asyncio.CancelledError]
    assert {(line["event"], line["reason"]) for line in lines} == {
        ("board_statistics.failed", "ConnectionRefusedError")
    }
