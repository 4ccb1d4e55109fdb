"""Scores fit the board: its bounds, its direction, its unit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores_client.datagen.scoring import SCALES, Scale, scale_of, scorer
from highscores_client.results import Board, Order

LIMIT = 2**53 - 1
BOUNDS = st.one_of(st.none(), st.integers(-LIMIT, LIMIT), st.sampled_from([LIMIT, LIMIT - 7, -LIMIT, 7 - LIMIT]))


def board(
    *, order: Order = "desc", unit: str = "points", lowest: int | None = None, highest: int | None = None
) -> Board:
    return Board(board="b", title="B", order=order, unit=unit, min=lowest, max=highest)


@given(
    st.sampled_from(["desc", "asc"]),
    st.sampled_from([*SCALES, "unheard of"]),
    BOUNDS,
    BOUNDS,
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_any_board_gets_scores_within_its_bounds_and_better_for_better_plays(
    order: Order, unit: str, lowest: int | None, highest: int | None, one: float, other: float
) -> None:
    if lowest is not None and highest is not None and lowest > highest:
        lowest, highest = highest, lowest
    rules = board(order=order, unit=unit, lowest=lowest, highest=highest)
    score = scorer(rules)
    worse, better = score(min(one, other)), score(max(one, other))
    for value in (worse, better):
        assert type(value) is int
        assert abs(value) <= LIMIT
        assert lowest is None or value >= lowest
        assert highest is None or value <= highest
    assert worse <= better if order == "desc" else worse >= better


def test_arcade_points_climb_by_factors_in_tens() -> None:
    score = scorer(board(lowest=0, highest=100_000_000))
    assert score(0.9) > 3 * score(0.7) > 9 * score(0.5)
    assert score(0.63) % 10 == 0


def test_a_speedrun_is_faster_for_a_better_player_and_takes_a_human_time() -> None:
    score = scorer(board(order="asc", unit="milliseconds"))
    assert 38_000 <= score(0.95) < score(0.5) < score(0.05) <= 240_000


def test_a_walk_is_some_steps() -> None:
    assert 150 <= scorer(board(unit="steps"))(0.5) <= 6_500


def test_a_distant_bound_is_no_aim() -> None:
    assert scale_of(board(lowest=-LIMIT, highest=LIMIT)) == SCALES["points"]


@pytest.mark.parametrize(
    ("lowest", "highest", "expected"),
    [
        (0, 50, Scale(0, 50)),
        (5_000_000, None, Scale(5_000_000, 6_999_500, 10)),
        (None, -10, Scale(-1_999_510, -10, 10)),
        (7, 7, Scale(7, 7)),
        (1_000, 1_500, Scale(1_000, 1_500)),
        (LIMIT - 7, None, Scale(LIMIT - 7, LIMIT)),
        (None, 7 - LIMIT, Scale(-LIMIT, 7 - LIMIT)),
        (LIMIT, None, Scale(LIMIT, LIMIT)),
    ],
)
def test_bounds_that_leave_nothing_of_the_unit_are_the_scale(
    lowest: int | None, highest: int | None, expected: Scale
) -> None:
    assert scale_of(board(lowest=lowest, highest=highest)) == expected


def test_short_names_of_units_are_understood() -> None:
    assert scale_of(board(unit="ms")) == SCALES["milliseconds"]
