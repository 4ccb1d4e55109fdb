"""The read-through cache: one load for many, old values while the source is down, and no stale load remembered."""

import asyncio

import pytest

from highscores.domain.unavailable import UnavailableError
from highscores.web import read_through_cache
from highscores.web.read_through_cache import ReadThroughCache


class Source:
    def __init__(self) -> None:
        self.values: dict[str, int] = {}
        self.loads = 0
        self.error: Exception | None = None
        self.unreadable: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, key: str) -> int | None:
        self.loads += 1
        value = self.values.get(key)
        await self.gate.wait()
        if self.error:
            raise self.error
        if key in self.unreadable:
            raise ValueError(key)
        return value


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set by the test."""
    time = [100.0]
    monkeypatch.setattr("highscores.web.read_through_cache.time.monotonic", lambda: time[0])
    return time


def make(source: Source, max_entries: int = 10) -> ReadThroughCache[str, int]:
    return ReadThroughCache(
        source,
        is_outage=lambda error: isinstance(error, OSError),
        present_s=2.0,
        absent_s=0.5,
        max_entries=max_entries,
    )


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_value_is_loaded_once_for_all_who_ask(source: Source) -> None:
    source.values["a"] = 1
    source.gate.clear()
    cached = make(source)
    asking = [asyncio.create_task(cached.get("a")) for _ in range(5)]
    await settle()
    source.gate.set()
    assert await asyncio.gather(*asking) == [1] * 5
    assert await cached.get("a") == 1
    assert source.loads == 1


async def test_a_value_past_half_its_time_is_served_and_loaded_behind(source: Source, now: list[float]) -> None:
    source.values["a"] = 1
    cached = make(source)
    await cached.get("a")
    source.values["a"] = 2
    now[0] += 1.5
    assert await cached.get("a") == 1
    await settle()
    assert await cached.get("a") == 2
    assert source.loads == 2


async def test_an_absent_value_is_remembered_for_a_shorter_time(source: Source, now: list[float]) -> None:
    cached = make(source)
    assert await cached.get("a") is None
    source.values["a"] = 1
    assert await cached.get("a") is None
    now[0] += 0.6
    assert await cached.get("a") == 1


async def test_an_invalidated_value_is_loaded_anew(source: Source) -> None:
    source.values["a"] = 1
    cached = make(source)
    await cached.get("a")
    source.values["a"] = 2
    cached.invalidate("a")
    assert await cached.get("a") == 2


async def test_an_invalidation_during_a_load_makes_it_unremembered(source: Source) -> None:
    source.values["a"] = 1
    source.gate.clear()
    cached = make(source)
    asking = asyncio.create_task(cached.get("a"))
    await settle()
    source.values["a"] = 2
    cached.invalidate("a")
    source.gate.set()
    assert await asking == 1
    assert await cached.get("a") == 2


async def test_while_the_source_is_down_the_old_value_counts(source: Source, now: list[float]) -> None:
    source.values["a"] = 1
    cached = make(source)
    await cached.get("a")
    source.error = OSError()
    now[0] += 3600
    assert await cached.get("a") == 1
    assert source.loads == 2
    assert await cached.get("a") == 1
    assert source.loads == 2, "a source that is down is not asked with each request"
    now[0] += 1.1
    assert await cached.get("a") == 1
    assert source.loads == 3


async def test_with_nothing_to_remember_a_source_that_is_down_is_told(source: Source) -> None:
    source.error = OSError()
    cached = make(source)
    with pytest.raises(UnavailableError):
        await cached.get("a")
    with pytest.raises(UnavailableError):
        await cached.get("b")
    assert source.loads == 1


async def test_a_key_that_cannot_be_read_is_unavailable_alone(source: Source, now: list[float]) -> None:
    source.values = {"a": 1, "b": 2}
    source.unreadable.add("a")
    cached = make(source)
    with pytest.raises(UnavailableError):
        await cached.get("a")
    assert await cached.get("b") == 2
    with pytest.raises(UnavailableError):
        await cached.get("a")
    assert source.loads == 2, "what failed is not asked for with each request"
    source.unreadable.clear()
    now[0] += 1.1
    assert await cached.get("a") == 1


async def test_what_can_no_longer_be_read_is_not_served_from_memory(source: Source, now: list[float]) -> None:
    source.values["a"] = 1
    cached = make(source)
    await cached.get("a")
    source.unreadable.add("a")
    now[0] += 3600
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await cached.get("a")
    source.unreadable.clear()
    cached.invalidate("a")
    assert await cached.get("a") == 1


async def test_keys_that_failed_are_bounded(source: Source) -> None:
    source.unreadable = {"a", "b", "c"}
    cached = make(source, max_entries=2)
    for key in ("a", "b", "c", "a"):
        with pytest.raises(UnavailableError):
            await cached.get(key)
    assert source.loads == 4


async def test_one_who_gives_up_does_not_end_the_load_of_the_others(source: Source) -> None:
    source.values["a"] = 1
    source.gate.clear()
    cached = make(source)
    first, second = asyncio.create_task(cached.get("a")), asyncio.create_task(cached.get("a"))
    await settle()
    first.cancel()
    await settle()
    source.gate.set()
    assert await second == 1
    assert source.loads == 1


async def test_loads_are_bounded(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_through_cache, "MAX_LOADS", 2)
    source.gate.clear()
    cached = make(source)
    asking = [asyncio.create_task(cached.get(key)) for key in ("a", "b")]
    await settle()
    with pytest.raises(UnavailableError):
        await cached.get("c")
    source.gate.set()
    assert await asyncio.gather(*asking) == [None, None]


async def test_entries_are_bounded(source: Source) -> None:
    source.values = {"a": 1, "b": 2, "c": 3}
    cached = make(source, max_entries=2)
    for key in ("a", "b", "c", "a"):
        await cached.get(key)
    assert source.loads == 4
