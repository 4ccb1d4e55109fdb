"""Arrivals: exponential gaps at the rate asked for, crowded as the hours are."""

from itertools import islice, pairwise
from random import Random
from statistics import mean, stdev

import pytest

from highscores_client.datagen.regions import HOURS, WORLD_BY_UTC_HOUR
from highscores_client.datagen.traffic import SECONDS_PER_HOUR, arrivals, arrivals_between

DAY_S = HOURS * SECONDS_PER_HOUR
BUSY, QUIET = (WORLD_BY_UTC_HOUR.index(choose(WORLD_BY_UTC_HOUR)) for choose in (max, min))


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(times)]


@pytest.mark.parametrize("rate", [0.5, 20.0, 3_000.0])
def test_steady_gaps_are_exponential_with_the_mean_of_the_rate(rate: float) -> None:
    found = gaps(list(islice(arrivals(Random(1), rate, 0.0, steady=True), 20_000)))
    assert mean(found) == pytest.approx(1 / rate, rel=0.03)
    assert stdev(found) == pytest.approx(1 / rate, rel=0.03)  # which an exponential distribution has as its mean
    assert sum(gap > 1 / rate for gap in found) / len(found) == pytest.approx(0.368, abs=0.015)


@pytest.mark.parametrize("hour", [BUSY, QUIET])
def test_the_rate_follows_the_hour(hour: int) -> None:
    start_s = hour * SECONDS_PER_HOUR
    found = list(islice(arrivals(Random(2), 10.0, start_s, steady=False), 10_000))
    assert found[-1] < start_s + SECONDS_PER_HOUR
    assert mean(gaps(found)) == pytest.approx(1 / (10.0 * WORLD_BY_UTC_HOUR[hour]), rel=0.04)


def test_a_span_gets_exactly_so_many_arrivals_in_order_and_within() -> None:
    times = list(arrivals_between(Random(3), 5_000, 1_000.5, 1_000.5 + 3 * DAY_S))
    assert len(times) == 5_000
    assert times == sorted(times)
    assert times[0] >= 1_000.5
    assert times[-1] <= 1_000.5 + 3 * DAY_S


def test_a_span_is_crowded_as_its_hours_are() -> None:
    times = list(arrivals_between(Random(4), 48_000, 0.0, 10 * DAY_S))
    by_hour = [0] * HOURS
    for time_s in times:
        by_hour[int(time_s // SECONDS_PER_HOUR) % HOURS] += 1
    for hour, count in enumerate(by_hour):
        assert count / 2_000 == pytest.approx(WORLD_BY_UTC_HOUR[hour], rel=0.12)


def test_the_same_seed_gives_the_same_times() -> None:
    assert list(arrivals_between(Random(5), 50, 0, DAY_S)) == list(arrivals_between(Random(5), 50, 0, DAY_S))


def test_a_span_of_less_than_an_hour_will_do() -> None:
    times = list(arrivals_between(Random(6), 100, 10.0, 11.0))
    assert all(10.0 <= time_s <= 11.0 for time_s in times)
