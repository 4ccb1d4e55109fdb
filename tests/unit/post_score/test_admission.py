"""What admission asks of Redis, and what it does without. The function itself is tested on a real Redis."""

from typing import Any, cast

import msgspec
import pytest
from redis.asyncio import Redis

from highscores.redis.connection import RedisError
from post_score import admission
from post_score.admission import KEEP_FINGERPRINTS_S, Admission, Ask, Limit, digest

LIMIT, OTHER_LIMIT = Limit(10.0, 20), Limit(1.0, 1)


class Functions:
    """Stands in for the function library: keeps the calls, answers what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], Any]] = []
        self.round_trips = 0
        self.answers: list[list[int]] = []
        self.error: Exception | None = None

    async def call_each(self, _: str, calls: list[tuple[list[str], tuple[bytes]]]) -> list[list[int]]:
        self.round_trips += 1
        if self.error:
            raise self.error
        self.calls += [(keys, msgspec.msgpack.decode(packed)) for keys, (packed,) in calls]
        return self.answers


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def admission_under_test(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Admission:
    monkeypatch.setattr(admission, "FunctionLibrary", lambda *_: functions)
    return Admission(cast(Redis, None))


async def test_a_group_is_one_round_trip_with_one_call_for_each_caller(
    functions: Functions, admission_under_test: Admission
) -> None:
    functions.answers = [[0, -1], [1500]]
    asks = [
        Ask("key-a", LIMIT, 1, b"\x01", b"\x02"),
        Ask("ip-b", OTHER_LIMIT, 3),
        Ask("key-a", LIMIT),
    ]
    first, limited, reused = await admission_under_test.admit(asks)
    assert functions.round_trips == 1
    assert functions.calls == [
        (["{key-a}"], [10.0, 20, KEEP_FINGERPRINTS_S, [[1, "01", "02"], [1, "", ""]]]),
        (["{ip-b}"], [1.0, 1, KEEP_FINGERPRINTS_S, [[3, "", ""]]]),
    ]
    assert first is None
    assert reused is not None
    assert reused.problem.type == "/problems/idempotency-key-reused"
    assert limited is not None
    assert (limited.problem.status, limited.headers) == (429, {"Retry-After": "2"})


async def test_it_fails_open_and_leaves_redis_alone_for_a_while(
    functions: Functions, admission_under_test: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("post_score.admission.time.monotonic", lambda: now[0])
    functions.error = RedisError()
    assert await admission_under_test.admit([Ask("key-a", LIMIT)] * 2) == [None, None]
    assert await admission_under_test.admit([Ask("key-a", LIMIT)]) == [None]
    assert functions.round_trips == 1
    functions.error, functions.answers = None, [[-1]]
    now[0] += 1.1
    assert await admission_under_test.admit([Ask("key-a", LIMIT)]) != [None]


def test_a_digest_tells_its_parts_apart() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest(b"a") == digest(b"a")
