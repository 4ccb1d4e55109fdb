"""The cache in process: one load at a time, bounded, and of use when the source is down."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from get_scores.page_cache import Cache, Limits


class SourceDownError(Exception):
    pass


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Source:
    """Counts its reads; fails while it is down."""

    def __init__(self, value: bytes | None = b"value") -> None:
        self.value = value
        self.reads = 0
        self.down = False

    async def __call__(self) -> bytes | None:
        self.reads += 1
        await asyncio.sleep(0)
        if self.down:
            raise SourceDownError
        return self.value


def cache(clock: Clock, *, entries: int = 10, size: int = 1_000) -> Cache[str, bytes]:
    return Cache(Limits(0.25, 60, entries, size), size=len, faults=(SourceDownError,), clock=clock)


def value(content: bytes) -> Callable[[], Awaitable[bytes]]:
    async def load() -> bytes:
        return content

    return load


async def test_concurrent_misses_share_one_load() -> None:
    source, subject = Source(), cache(Clock())
    assert await asyncio.gather(*(subject.get("key", source) for _ in range(50))) == [b"value"] * 50
    assert source.reads == 1


async def test_fresh_until_it_expires() -> None:
    clock, source = Clock(), Source()
    subject = cache(clock)
    await subject.get("key", source)
    clock.now = 0.249
    assert subject.fresh("key") == b"value"
    clock.now = 0.25
    assert subject.fresh("key") is None
    await subject.get("key", source)
    assert source.reads == 2


async def test_nothing_found_is_not_remembered_and_forgets_what_was() -> None:
    clock, source = Clock(), Source()
    subject = cache(clock)
    await subject.get("key", source)
    clock.now, source.value = 1, None
    assert await subject.get("key", source) is None
    source.down = True
    with pytest.raises(SourceDownError):
        await subject.get("key", source)


async def test_expired_value_stands_in_while_the_source_is_down() -> None:
    clock, source = Clock(), Source()
    subject = cache(clock)
    await subject.get("key", source)
    clock.now, source.down = 60, True
    assert await subject.get("key", source) == b"value"
    assert await subject.get("key", source) == b"value"
    assert source.reads == 2, "the second reader did not wait for the source to fail again"
    clock.now = 60.25
    with pytest.raises(SourceDownError):
        await subject.get("key", source)


async def test_a_fault_without_a_copy_is_every_readers() -> None:
    source, subject = Source(), cache(Clock())
    source.down = True
    outcomes = await asyncio.gather(*(subject.get("key", source) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [SourceDownError] * 3
    assert source.reads == 1


async def test_a_bug_is_not_hidden_by_an_expired_value() -> None:
    clock, source = Clock(), Source()
    subject = cache(clock)
    await subject.get("key", source)
    clock.now = 1

    async def bug() -> bytes:
        raise KeyError

    with pytest.raises(KeyError):
        await subject.get("key", bug)


async def test_a_reader_who_goes_away_takes_nobody_along() -> None:
    source, subject = Source(), cache(Clock())
    first = asyncio.create_task(subject.get("key", source))
    second = asyncio.create_task(subject.get("key", source))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == b"value"
    assert source.reads == 1


async def test_bounded_in_entries() -> None:
    subject = cache(Clock(), entries=3)
    for key in "abcd":
        await subject.get(key, value(b"x"))
    assert [subject.fresh(key) for key in "abcd"] == [None, b"x", b"x", b"x"]


async def test_bounded_in_bytes() -> None:
    subject = cache(Clock(), size=100)
    await subject.get("a", value(b"x" * 60))
    await subject.get("b", value(b"x" * 40))
    assert subject.fresh("a") is not None
    await subject.get("c", value(b"x" * 41))
    assert [subject.fresh(key) is not None for key in "abc"] == [False, True, True]
    await subject.get("d", value(b"x" * 101))
    assert [subject.fresh(key) is not None for key in "abcd"] == [False] * 4


async def test_a_new_value_takes_the_place_of_the_old_ones_bytes() -> None:
    clock = Clock()
    subject = cache(clock, size=100)
    for clock.now in range(10):
        await subject.get("a", value(b"x" * 60))
    await subject.get("b", value(b"x" * 40))
    assert subject.fresh("a") is not None


async def test_what_is_of_no_use_any_more_goes() -> None:
    clock = Clock()
    subject = cache(clock, size=100)
    await subject.get("a", value(b"x"))
    clock.now = 60.25
    await subject.get("b", value(b"x"))
    assert len(subject._entries) == 1
