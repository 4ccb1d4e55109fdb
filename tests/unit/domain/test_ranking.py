"""The ranking rule as plain values. Its twin in SQL and the order of Redis are held to it in tests/integration."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.boards import Board, Operator, Order, SubScore
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.ranking import (
    Mark,
    fold,
    rank_key,
    tie_break,
    tie_width,
    value_key,
)

A, B = UUID(int=1), UUID(int=2)

marks = st.builds(
    Mark,
    score=st.integers(-3, 3),
    achieved_at=st.integers(0, 3),
    line=st.integers(0, 300),
    job=st.uuids(),
    subscores=st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
)
orders: st.SearchStrategy[tuple[Order, ...]] = st.tuples(*[st.sampled_from(["asc", "desc"])] * 3)
operators: st.SearchStrategy[Operator] = st.sampled_from(["best", "latest", "sum"])


@given(operators, orders, st.lists(marks, min_size=1), st.randoms())
def test_the_fold_does_not_depend_on_the_order_of_arrival(operator, order, own, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(own, len(own))

    assert fold(operator, order, shuffled) == fold(operator, order, own)


@given(st.lists(marks, min_size=1), orders)
def test_the_best_is_one_whole_submission_that_no_other_beats(own: list[Mark], order: tuple[Order, ...]) -> None:
    best = fold("best", order, own)

    assert best in own
    assert all(rank_key(order, best) <= rank_key(order, mark) for mark in own)


@given(orders, marks, marks)
def test_tie_breaks_order_as_texts_what_ranks_order_as_numbers(
    order: tuple[Order, ...], one: Mark, other: Mark
) -> None:
    equal = other._replace(score=one.score)

    assert (tie_break(order, one) < tie_break(order, equal)) == (rank_key(order, one) < rank_key(order, equal))


@given(orders, marks)
def test_a_tie_break_holds_no_delimiter(order: tuple[Order, ...], mark: Mark) -> None:
    assert ":" not in tie_break(order, mark)


def test_sub_scores_come_first_in_a_tie_break_in_a_fixed_width() -> None:
    cases: list[tuple[Order, int]] = [("asc", -SCORE_LIMIT), ("desc", 0), ("desc", -SCORE_LIMIT)]
    ends = [tie_break(("asc", order), Mark(0, 1, 0, A, (value,)))[:14] for order, value in cases]
    assert ends == ["00000000000001", "20000000000000", "3fffffffffffff"]


def test_only_competition_boards_share_ranks_by_a_beginning_as_long_as_the_sub_scores() -> None:
    laps = SubScore("laps", "desc")

    assert tie_width(Board(title="x", subscores=(laps,))) is None
    assert tie_width(Board(title="x", ranks="competition")) == 0
    assert tie_width(Board(title="x", subscores=(laps, laps), ranks="competition")) == 28


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([Mark(5, 1, 0, A), Mark(-5, 2, 0, B)], Mark(0, 2, 0, B)),
        ([Mark(5, 1, 0, A), Mark(0, 2, 0, B)], Mark(5, 1, 0, A)),
        ([Mark(0, 1, 0, A), Mark(0, 2, 0, B)], Mark(0, 2, 0, B)),
        ([Mark(5, 1, 1, A), Mark(5, 1, 2, A)], Mark(10, 1, 2, A)),
        ([Mark(SCORE_LIMIT, 1, 0, A), Mark(SCORE_LIMIT, 2, 0, B)], Mark(SCORE_LIMIT, 2, 0, B)),
        ([Mark(-SCORE_LIMIT, 1, 0, A), Mark(-1, 2, 0, B)], Mark(-SCORE_LIMIT, 2, 0, B)),
    ],
)
def test_a_sum_has_the_time_of_its_newest_addition_that_is_not_zero(own: list[Mark], expected: Mark) -> None:
    assert fold("sum", ["desc"], own) == expected


def test_an_earlier_time_is_no_better_value() -> None:
    assert value_key(["desc"], Mark(5, 1, 0, B)) == value_key(["desc"], Mark(5, 9, 0, A))
    assert value_key(["desc"], Mark(6, 9, 0, B)) < value_key(["desc"], Mark(5, 1, 0, A))


def test_sub_scores_decide_between_equal_scores_each_in_its_own_direction() -> None:
    orders: list[Order] = ["desc", "asc", "desc"]
    better = [Mark(6, 9, 0, A, (9, 0)), Mark(5, 9, 0, A, (2, 0)), Mark(5, 9, 0, A, (3, 4)), Mark(5, 1, 0, A, (3, 3))]

    backwards = better[::-1]
    assert sorted(backwards, key=lambda mark: value_key(orders, mark)) == better


def test_a_sum_adds_each_sub_score_and_an_addition_of_one_alone_has_its_time() -> None:
    own = [Mark(5, 1, 0, A, (1, 2)), Mark(0, 2, 0, B, (0, 3)), Mark(0, 3, 0, A, (0, 0))]

    assert fold("sum", ["desc", "asc", "asc"], own) == Mark(5, 2, 0, B, (1, 5))
    limited = fold("sum", ["desc", "asc"], [Mark(0, at, 0, A, (-SCORE_LIMIT,)) for at in (1, 2)])
    assert limited == Mark(0, 2, 0, A, (-SCORE_LIMIT,))


@pytest.mark.parametrize(("operator", "expected"), [("best", (9, (0,))), ("latest", (7, (5,)))])
def test_a_score_and_sub_scores_are_never_of_two_submissions(operator: Operator, expected: object) -> None:
    folded = fold(operator, ["desc", "desc"], [Mark(9, 1, 0, A, (0,)), Mark(7, 2, 0, B, (5,))])

    assert (folded.score, folded.subscores) == expected


def test_a_player_without_a_submission_has_no_standing() -> None:
    with pytest.raises(ValueError, match="empty"):
        fold("best", ["desc"], [])
