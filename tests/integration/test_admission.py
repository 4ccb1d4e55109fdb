"""Admission on a real Redis: buckets, and keys with their content."""

import asyncio
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from post_score.admission import KEEP_FINGERPRINTS_S, Admission, Ask, Limit, digest

pytestmark = pytest.mark.integration

PLENTY = Limit(1_000, 1_000)
SLOW = Limit(0.5, 3)


@pytest.fixture
def caller() -> str:
    return f"key-{uuid4().hex}"


@pytest.fixture
def admission(jobs_redis: Redis) -> Admission:
    return Admission(jobs_redis)


async def statuses(admission: Admission, *asks: Ask) -> list[int]:
    return [refusal.problem.status if refusal else 0 for refusal in await admission.admit(asks)]


def keyed(caller: str, key: bytes, content: bytes, limit: Limit = PLENTY) -> Ask:
    return Ask(caller, limit, 1, digest(key), digest(content))


async def test_a_bucket_empties_and_says_when_it_holds_enough(admission: Admission, caller: str) -> None:
    assert await statuses(admission, *[Ask(caller, SLOW)] * 5) == [0, 0, 0, 429, 429]
    [refusal] = await admission.admit([Ask(caller, SLOW, 2)])
    assert refusal is not None
    assert refusal.headers == {"Retry-After": "4"}


async def test_a_bucket_fills_with_time(admission: Admission, caller: str) -> None:
    assert await statuses(admission, Ask(caller, PLENTY, 1_000), Ask(caller, PLENTY, 100)) == [0, 429]
    await asyncio.sleep(0.15)
    assert await statuses(admission, Ask(caller, PLENTY, 100)) == [0]


async def test_buckets_are_one_for_each_caller(admission: Admission, caller: str) -> None:
    asks = [Ask(f"{caller}-{number % 2}", SLOW, 3) for number in range(4)]
    assert await statuses(admission, *asks) == [0, 0, 429, 429]


async def test_what_costs_more_than_a_bucket_holds_is_let_in_when_it_is_full(admission: Admission, caller: str) -> None:
    assert await statuses(admission, Ask(caller, SLOW, 10)) == [0]
    [refusal] = await admission.admit([Ask(caller, SLOW)])
    assert refusal is not None
    assert refusal.headers == {"Retry-After": "16"}


async def test_a_key_stays_with_its_content(admission: Admission, caller: str) -> None:
    first, other = keyed(caller, b"k", b"1"), keyed(caller, b"k", b"2")
    assert await statuses(admission, first, first, other) == [0, 0, 422]
    assert await statuses(admission, other, first, keyed(caller, b"k2", b"2")) == [422, 0, 0]
    assert await statuses(admission, keyed(f"{caller}-other", b"k", b"2")) == [0]


async def test_what_is_refused_leaves_no_fingerprint_and_costs_nothing(admission: Admission, caller: str) -> None:
    limit = Limit(0.001, 1)
    assert await statuses(admission, keyed(caller, b"k", b"1", limit)) == [0]
    assert await statuses(admission, keyed(caller, b"late", b"1", limit), keyed(caller, b"k", b"2", limit)) == [
        429,
        422,
    ]
    assert await statuses(admission, keyed(caller, b"late", b"2", Limit(1_000_000, 10))) == [0]


async def test_all_of_it_goes_away_by_itself(admission: Admission, caller: str, jobs_redis: Redis) -> None:
    await admission.admit([keyed(caller, b"k", b"1", SLOW)])
    keys = [key async for key in jobs_redis.scan_iter(f"{{{caller}}}:*")]
    lifetimes = sorted([await jobs_redis.ttl(key) for key in keys])
    assert len(keys) == 2
    assert 1 <= lifetimes[0] <= 3
    assert KEEP_FINGERPRINTS_S - 5 <= lifetimes[1] <= KEEP_FINGERPRINTS_S


async def test_a_redis_that_lost_its_functions_gets_them_again(
    admission: Admission, caller: str, jobs_redis: Redis
) -> None:
    await jobs_redis.function_flush()
    assert await statuses(admission, keyed(caller, b"k", b"1"), Ask(f"{caller}-b", SLOW)) == [0, 0]
