"""Cursors of lists: there and back, and nothing else."""

import base64

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from get_scores import list_cursors
from highscores.ledger.reads import BoardsCursor, PeriodsCursor

read = list_cursors.reader(BoardsCursor)


@given(st.integers(-(2**63), 2**63 - 1), st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True))
def test_there_and_back(instant: int, board: str) -> None:
    assert read(list_cursors.encode(BoardsCursor(instant, board))) == BoardsCursor(instant, board)


def test_shape() -> None:
    cursor = PeriodsCursor(1, "2026-W48")
    assert list_cursors.reader(PeriodsCursor)(list_cursors.encode(cursor)) == cursor


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(value)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!",
        "x",
        "ä",
        packed([1]),
        packed([2**63, "a"]),
        packed(["1", "a"]),
        packed([1, "a\x00"]),
        packed([1, "a", 2]),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a cursor"):
        read(text)
