"""Scores that look right on a board: in its unit, within its bounds, and better for a better play."""

import math
from collections.abc import Callable
from random import Random

import msgspec

from highscores_client.results import Board

LARGEST = 2**53 - 1  # what the API takes of a score, in both directions
SUBSCORE_HIGH = 20  # what people reach in a sub-score, such as stars, moves or falls

# A range so wide is climbed by factors, as arcade points are, not by equal steps.
GEOMETRIC_FROM = 100.0


class Scale(msgspec.Struct, frozen=True):
    """What people reach in one play, from `low` to `high`, in steps of `step`."""

    low: int
    high: int
    step: int = 1


SCALES = {
    "points": Scale(500, 2_000_000, 10),
    "milliseconds": Scale(38_000, 240_000),
    "seconds": Scale(38, 240),
    "metres": Scale(40, 12_000),
    "steps": Scale(150, 6_500),
    "kills": Scale(0, 60),
    "coins": Scale(5, 2_500),
}
_OTHER_UNITS = Scale(0, 10_000)
_SAME_UNIT = {"ms": "milliseconds", "s": "seconds", "m": "metres", "meters": "metres", "point": "points"}


def scale_of(board: Board) -> Scale:
    """Return the scale of the board's unit within its bounds.

    A bound is a limit, not an aim: one that lies far beyond what people reach changes nothing. Only where the bounds
    leave nothing of the unit's own scale do they become the scale.
    """
    unit = board.unit.lower()
    usual = SCALES.get(_SAME_UNIT.get(unit, unit), _OTHER_UNITS)
    low = usual.low if board.min is None else max(usual.low, board.min)
    high = usual.high if board.max is None else min(usual.high, board.max)
    if low >= high:
        spread = usual.high - usual.low
        if board.min is not None and board.max is not None:
            low, high = board.min, board.max
        elif board.min is not None:
            low, high = board.min, min(LARGEST, board.min + spread)
        elif board.max is not None:
            low, high = max(-LARGEST, board.max - spread), board.max
    step = usual.step if high - low >= 100 * usual.step else 1
    return Scale(low, high, step)


def scorer(board: Board) -> Callable[[float], int]:
    """Return the function from how good a play was (0 to 1) to its score on this board.

    On a board of sums each submission is one part, such as the steps of one walk; the service adds them.
    """
    scale = scale_of(board)
    low, high, step = scale.low, scale.high, scale.step
    upward = board.order == "desc"
    geometric = low >= 1 and high / low >= GEOMETRIC_FROM
    ratio = math.log(high / low) if geometric else 0.0

    def score(quality: float) -> int:
        share = quality if upward else 1.0 - quality
        value = low * math.exp(ratio * share) if geometric else low + (high - low) * share
        stepped = round(value / step) * step
        return min(high, max(low, stepped))

    return score


def subscores(board: Board, quality: float, random: Random) -> tuple[int, ...]:
    """Return the sub-scores of a play on this board: few different ones, so that there are ties."""
    shares = ((quality + random.random()) / 2 for _ in board.subscores)
    return tuple(
        round(SUBSCORE_HIGH * (share if subscore.order == "desc" else 1.0 - share))
        for subscore, share in zip(board.subscores, shares, strict=True)
    )
