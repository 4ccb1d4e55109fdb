"""Look-ups of versions in the ledger: one at a time, and none that began before the question."""

import asyncio
from typing import Any

import pytest

from get_scores import period_versions
from get_scores.period_versions import PeriodVersions
from highscores.domain.unavailable import UnavailableError
from highscores.ledger import reads

PERIOD = (0, 7, "all")


class FakeLedger:
    """Each look-up waits until it is let go on, and answers with the version of its beginning."""

    def __init__(self) -> None:
        self.version = 10
        self.goes_on: list[asyncio.Event] = []

    async def find(self, _engine: Any, *_key: Any) -> int:
        version = self.version
        self.goes_on.append(asyncio.Event())
        await self.goes_on[-1].wait()
        return version


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> FakeLedger:
    fake = FakeLedger()
    monkeypatch.setattr(reads, "find_period_version", fake.find)
    return fake


async def _until(condition: Any) -> None:
    async with asyncio.timeout(1):
        while not condition():  # noqa: ASYNC110 - there is nothing that would set an event
            await asyncio.sleep(0)


async def test_a_look_up_that_began_before_the_question_does_not_answer_it(ledger: FakeLedger) -> None:
    """The change may have come between the two: the version would be told as one that does not exist."""
    versions = PeriodVersions(None)  # type: ignore[arg-type]
    earlier = asyncio.create_task(versions.is_beyond(11, *PERIOD))
    await _until(lambda: len(ledger.goes_on) == 1)
    ledger.version = 11
    later = [asyncio.create_task(versions.is_beyond(11, *PERIOD)) for _ in range(3)]
    await asyncio.sleep(0)

    ledger.goes_on[0].set()
    await _until(lambda: len(ledger.goes_on) == 2)
    ledger.goes_on[1].set()

    assert await earlier is True
    assert await asyncio.gather(*later) == [False] * 3
    assert len(ledger.goes_on) == 2


async def test_what_postgresql_cannot_tell_may_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any) -> int:
        raise UnavailableError("postgresql")

    monkeypatch.setattr(period_versions, "ask", fail)
    monkeypatch.setattr(reads, "find_period_version", lambda *_: None)

    assert await PeriodVersions(None).is_beyond(11, *PERIOD) is False  # type: ignore[arg-type]
