"""Headers that come in several lines."""

import pytest

from highscores.domain.problems import ProblemError
from highscores.web.header_lines import combine


def test_the_lines_of_a_list_are_one() -> None:
    lines = [(b"if-none-match", b'"1"'), (b"accept", b"text/html"), (b"if-none-match", b'"2"'), (b"accept", b"*/*")]
    assert combine(lines) == {b"if-none-match": b'"1", "2"', b"accept": b"text/html, */*"}


def test_the_same_value_twice_is_one() -> None:
    assert combine([(b"idempotency-key", b"k"), (b"idempotency-key", b"k")]) == {b"idempotency-key": b"k"}


def test_what_can_be_given_once_only_is_named() -> None:
    lines = [
        *[(b"idempotency-key", key) for key in (b"a", b"b", b"c")],
        *[(b"authorization", key) for key in (b"Bearer a", b"Bearer b")],
        *[(b"x-other", key) for key in (b"a", b"b")],
    ]
    with pytest.raises(ProblemError) as raised:
        combine(lines)
    problem = raised.value.problem
    assert (problem.status, [error.pointer for error in problem.errors]) == (
        422,
        ["#/Idempotency-Key", "#/Authorization"],
    )
