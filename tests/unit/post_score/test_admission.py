"""What admission asks of Redis, and what it does without. The function itself is tested on a real Redis."""

from typing import Any, cast

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis
from redis.exceptions import OutOfMemoryError, ResponseError

from highscores.redis.connection import RedisError
from post_score import admission
from post_score.admission import Admission, Ask, Limit, digest

LIMIT, OTHER_LIMIT = Limit(10.0, 20), Limit(1.0, 1)


REMEMBER_S = 3_600


class Functions:
    """Stands in for the function library: keeps the calls, answers what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, list[str], Any]] = []
        self.round_trips = 0
        self.answers: list[Any] = []
        self.error: Exception | None = None

    async def try_each(self, function: str, calls: list[tuple[list[str], tuple[Any, ...]]]) -> list[Any]:
        self.round_trips += 1
        if self.error:
            raise self.error
        self.calls += [(function, keys, arguments) for keys, arguments in calls]
        return [self.answers.pop(0) for _ in calls]


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def admission_under_test(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> Admission:
    monkeypatch.setattr(admission, "FunctionLibrary", lambda *_: functions)
    return Admission(cast(Redis, None), REMEMBER_S)


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
    keyed = b"\0\0\0\1" + b"\1".ljust(11, b"\0") + b"\2".ljust(7, b"\0")
    assert functions.calls == [
        ("highscores_admit", ["{key-a}"], (10.0, 20, REMEMBER_S, keyed + b"\0\0\0\1" + bytes(18))),
        ("highscores_admit", ["{ip-b}"], (1.0, 1, REMEMBER_S, b"\0\0\0\3" + bytes(18))),
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


async def test_what_stands_in_redis_for_one_caller_does_not_open_it_for_others(
    functions: Functions, admission_under_test: Admission
) -> None:
    functions.answers = [ResponseError("WRONGTYPE"), [-1]]
    broken, refused = await admission_under_test.admit([Ask("key-a", LIMIT), Ask("key-b", LIMIT)])
    assert broken is None
    assert refused is not None
    functions.answers = [[-1]]
    assert await admission_under_test.admit([Ask("key-b", LIMIT)]) != [None]


async def test_a_full_redis_is_asked_again_for_what_it_can_do(
    functions: Functions, admission_under_test: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    def left_out() -> float:
        return REGISTRY.get_sample_value("highscores_jobs_redis_full_total", {"what": "idempotency-keys"}) or 0.0

    now = [100.0]
    monkeypatch.setattr("post_score.admission.time.monotonic", lambda: now[0])
    before = left_out()
    functions.answers = [[0], OutOfMemoryError(), [1500]]
    admitted, limited = await admission_under_test.admit([Ask("key-a", LIMIT), Ask("key-b", LIMIT)])
    assert (admitted, limited is not None) == (None, True)
    functions.answers = [[0]]
    await admission_under_test.admit([Ask("key-a", LIMIT)])  # for a while it is not tried in vain
    now[0] += 1.1
    functions.answers = [[0]]
    await admission_under_test.admit([Ask("key-a", LIMIT)])
    assert [(function, keys) for function, keys, _ in functions.calls] == [
        ("highscores_admit", ["{key-a}"]),
        ("highscores_admit", ["{key-b}"]),
        ("highscores_admit_when_full", ["{key-b}"]),
        ("highscores_admit_when_full", ["{key-a}"]),
        ("highscores_admit", ["{key-a}"]),
    ]
    assert left_out() - before == 2


def test_a_digest_tells_its_parts_apart() -> None:
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest(b"a") == digest(b"a")
