"""Cursors: there and back, and nothing else."""

import base64
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.cursors import MAX_CHARACTERS, BoardsCursor, CursorCodec, PeriodsCursor

BOARDS, PERIODS = CursorCodec(BoardsCursor), CursorCodec(PeriodsCursor)


def packed(value: object) -> str:
    return text_of(msgspec.msgpack.encode(value))


def text_of(message: bytes) -> str:
    return base64.urlsafe_b64encode(message).decode().rstrip("=")


@given(st.integers(-(2**63), 2**63 - 1), st.from_regex(r"[a-z0-9][a-z0-9-]{0,62}", fullmatch=True))
def test_there_and_back(instant: int, board: str) -> None:
    cursor = BoardsCursor(instant, board)
    assert BOARDS.decode(BOARDS.encode(cursor)) == cursor


def test_there_and_back_for_another_kind() -> None:
    cursor = PeriodsCursor(2**63 - 1, "2026-W48")
    assert PERIODS.decode(PERIODS.encode(cursor)) == cursor


def test_a_cursor_of_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a cursor"):
        BOARDS.decode(PERIODS.encode(PeriodsCursor(1, "a")))


REFUSED: list[Any] = [
    [],
    ["boards"],
    ["boards", 1],
    ["boards", 1, "a", 2],
    ["boards", 2**63, "a"],
    ["boards", 2**64 - 1, "a"],
    ["boards", 1.0, "a"],
    ["boards", "1", "a"],
    ["boards", True, "a"],
    ["boards", None, "a"],
    ["boards", 1, 1],
    ["boards", 1, b"a"],
    ["boards", 1, None],
    ["boards", 1, ""],
    ["boards", 1, "A"],
    ["boards", 1, "a\x00"],
    ["boards", 1, "a\n"],
    ["boards", 1, "a" * 64],
    ["boards", 1, ["a"]],
    ["tasks", 1, "a"],
    {"type": "boards", "created_at": 1, "board": "a"},
    None,
    1,
]


@pytest.mark.parametrize("value", REFUSED, ids=repr)
def test_what_is_not_of_the_types_or_beyond_their_bounds_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a cursor"):
        BOARDS.decode(packed(value))


RIGHT = BOARDS.encode(BoardsCursor(1, "ab"))


@pytest.mark.parametrize(
    "text",
    [
        *("", "!", "x", "ä", "\x00", "AAAA", RIGHT[:-1], RIGHT + "=", RIGHT + "A", " " + RIGHT, RIGHT + "\n"),
        text_of(msgspec.msgpack.encode(["boards", 1, "ab"]) + b"\x00"),
        text_of(b"\x93\xa6boards\xd3" + (1).to_bytes(8, "big") + b"\xa2ab"),  # the same number in another form
        text_of(b"\x91" * 700),
        "A" * (MAX_CHARACTERS + 1),
        "A" * 1_000_000,
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a cursor"):
        BOARDS.decode(text)


@given(st.binary(max_size=64).map(text_of) | st.text(max_size=64))
def test_no_text_fails_otherwise(text: str) -> None:
    try:
        cursor = BOARDS.decode(text)
    except ValueError:
        return
    assert BOARDS.encode(cursor) == text
