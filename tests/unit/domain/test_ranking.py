"""The ranking rule as plain values. Its twin in SQL and the order of Redis are held to it in tests/integration."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.boards import Operator, Order
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.ranking import (
    Mark,
    fold,
    rank_key,
    tie_break,
)

A, B = UUID(int=1), UUID(int=2)

marks = st.builds(
    Mark,
    score=st.integers(-3, 3),
    achieved_at=st.integers(0, 3),
    line=st.integers(0, 300),
    job=st.uuids(),
)
orders: st.SearchStrategy[Order] = st.sampled_from(["asc", "desc"])
operators: st.SearchStrategy[Operator] = st.sampled_from(["best", "latest", "sum"])


@given(operators, orders, st.lists(marks, min_size=1), st.randoms())
def test_the_fold_does_not_depend_on_the_order_of_arrival(operator, order, own, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(own, len(own))

    assert fold(operator, order, shuffled) == fold(operator, order, own)


@given(st.lists(marks, min_size=1), orders)
def test_the_best_is_one_whole_submission_that_no_other_beats(own: list[Mark], order: Order) -> None:
    best = fold("best", order, own)

    assert best in own
    assert all(rank_key(order, best) <= rank_key(order, mark) for mark in own)


@given(marks, marks)
def test_tie_breaks_order_as_texts_what_ranks_order_as_numbers(one: Mark, other: Mark) -> None:
    equal = other._replace(score=one.score)

    assert (tie_break(one) < tie_break(equal)) == (rank_key("asc", one) < rank_key("asc", equal))


@given(marks)
def test_a_tie_break_holds_no_delimiter(mark: Mark) -> None:
    assert ":" not in tie_break(mark)


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
    assert fold("sum", "desc", own) == expected


def test_a_player_without_a_submission_has_no_standing() -> None:
    with pytest.raises(ValueError, match="empty"):
        fold("best", "desc", [])
