"""Admission on a real Redis: buckets, and keys with their content."""

import asyncio
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from tests.eventually import eventually

from post_score.admission import Admission, Ask, Limit, digest

pytestmark = pytest.mark.integration

REMEMBER_S = 3_600
PLENTY = Limit(1_000, 1_000)
ENDLESS = Limit(1e9, 10**9)
KEY_BYTES_MAX = 40
SLOW = Limit(0.5, 3)


@pytest.fixture
def caller() -> str:
    return f"key-{uuid4().hex}"


@pytest.fixture
def admission(jobs_redis: Redis) -> Admission:
    return Admission(jobs_redis, REMEMBER_S)


async def statuses(admission: Admission, *asks: Ask) -> list[int]:
    return [refusal.problem.status if refusal else 0 for refusal in await admission.admit(asks)]


def keyed(caller: str, key: bytes, content: bytes, limit: Limit = PLENTY) -> Ask:
    return Ask(caller, limit, 1, digest(caller.encode(), key), digest(content))


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
    await admission.admit([Ask(caller, SLOW)])
    bucket = f"{{{caller}}}:bucket-1"
    assert 1 <= await jobs_redis.ttl(bucket) <= 3
    await admission.admit([keyed(caller, b"k", b"1", SLOW)])
    ttls = [await jobs_redis.ttl(key) async for key in jobs_redis.scan_iter("keys-1:*")]
    assert ttls
    assert all(0 < ttl <= REMEMBER_S * 1.5 for ttl in ttls)


async def test_a_key_is_forgotten_in_time(caller: str, jobs_redis: Redis) -> None:
    admission = Admission(jobs_redis, remember_s=1)
    first, other = keyed(caller, b"k", b"1"), keyed(caller, b"k", b"2")
    assert await statuses(admission, first, other) == [0, 422]

    async def forgotten() -> bool:
        return await statuses(admission, other) == [0]

    started = asyncio.get_running_loop().time()
    await eventually(forgotten, within_s=5)
    assert asyncio.get_running_loop().time() - started > 0.9
    assert await statuses(admission, first) == [422]  # by its new content


async def test_ten_thousand_keys_at_once_are_all_remembered(admission: Admission, caller: str) -> None:
    for part in range(0, 10_000, 250):
        keys = [b"%d" % number for number in range(part, part + 250)]
        assert set(await statuses(admission, *[keyed(caller, key, b"1", ENDLESS) for key in keys])) == {0}
    for part in range(0, 10_000, 250):
        keys = [b"%d" % number for number in range(part, part + 250)]
        assert set(await statuses(admission, *[keyed(caller, key, b"2", ENDLESS) for key in keys])) == {422}


async def test_hashes_of_keys_are_packed(admission: Admission, caller: str, jobs_redis: Redis) -> None:
    await admission.admit([keyed(caller, b"k", b"1")])
    name = await anext(jobs_redis.scan_iter("keys-1:*", count=1_000))
    await jobs_redis.hset(name, mapping={b"%07d" % number: b"content" for number in range(300)})

    assert await jobs_redis.object("encoding", name) == b"listpack"
    assert (await jobs_redis.memory_usage(name, samples=0) or 0) / 301 < KEY_BYTES_MAX


@pytest.mark.parametrize("broken", [b"", b"x", b"x" * 15, b"x" * 17])
async def test_a_state_that_nobody_wrote_is_none(
    admission: Admission, caller: str, jobs_redis: Redis, broken: bytes
) -> None:
    await jobs_redis.set(f"{{{caller}}}:bucket-1", broken, ex=60)
    assert await statuses(admission, keyed(caller, b"k", b"1")) in ([0], [429])


async def test_a_state_of_another_type_lets_in(admission: Admission, caller: str, jobs_redis: Redis) -> None:
    await jobs_redis.lpush(f"{{{caller}}}:bucket-1", "x")
    asks = [keyed(caller, b"k", b"1"), keyed(f"{caller}-b", b"k", b"1"), keyed(f"{caller}-b", b"k", b"2")]
    assert await statuses(admission, *asks) == [0, 0, 422]


async def test_a_redis_that_lost_its_functions_gets_them_again(
    admission: Admission, caller: str, jobs_redis: Redis
) -> None:
    await jobs_redis.function_flush()
    assert await statuses(admission, keyed(caller, b"k", b"1"), Ask(f"{caller}-b", SLOW)) == [0, 0]
