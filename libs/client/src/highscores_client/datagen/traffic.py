"""When requests come: as a Poisson process whose rate follows the hours of the day."""

from collections.abc import Iterator
from random import Random

from highscores_client.datagen.regions import HOURS, WORLD_BY_UTC_HOUR

SECONDS_PER_HOUR = 3600


def arrivals(random: Random, rate: float, start_s: float, *, steady: bool) -> Iterator[float]:
    """Yield the times of arrivals for ever, `rate` a second on the average of a day, or always when `steady`.

    The gaps are exponential. Each takes the rate of the hour in which it begins, which is exact for all practical
    purposes where many arrivals make an hour.
    """
    time_s = start_s
    while True:
        busy = 1.0 if steady else WORLD_BY_UTC_HOUR[int(time_s // SECONDS_PER_HOUR) % HOURS]
        time_s += random.expovariate(rate * busy)
        yield time_s


def arrivals_between(random: Random, count: int, start_s: float, end_s: float) -> Iterator[float]:
    """Yield exactly `count` times from `start_s` to `end_s`, in order, crowded as the hours of the day are.

    Given their number, the arrivals of a Poisson process are independent draws from its intensity. They are drawn
    already sorted (Bentley and Saxe, "Generating sorted lists of random numbers", 1980), so that none need be kept,
    and sent through the inverse of the cumulated intensity, hour by hour.
    """
    pieces = _pieces(start_s, end_s)
    whole = sum(weight for _, _, weight in pieces)
    piece = iter(pieces)
    begin_s, length_s, weight = next(piece)
    passed = 0.0
    drawn = 0.0
    for left in range(count, 0, -1):
        drawn = 1.0 - (1.0 - drawn) * random.random() ** (1.0 / left)
        target = drawn * whole
        while target > passed + weight:
            following = next(piece, None)
            if following is None:
                break
            passed += weight
            begin_s, length_s, weight = following
        yield min(end_s, begin_s + length_s * min(1.0, (target - passed) / weight))


def _pieces(start_s: float, end_s: float) -> list[tuple[float, float, float]]:
    """Return each hour between the two times, or the part of it, as (start, length, weight)."""
    pieces = []
    time_s = start_s
    while time_s < end_s:
        hour = int(time_s // SECONDS_PER_HOUR)
        after_s = min(end_s, (hour + 1.0) * SECONDS_PER_HOUR)
        pieces.append((time_s, after_s - time_s, (after_s - time_s) * WORLD_BY_UTC_HOUR[hour % HOURS]))
        time_s = after_s
    return pieces
