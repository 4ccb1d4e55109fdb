"""What is said of a wrong value: JSON's words, and none of Python's or of a library."""

from typing import Annotated, Any, Literal

import msgspec
import pytest

from highscores.domain.board_forms import BoardBody
from highscores.domain.fields import PLAYER_ID_RULE, BoardId, PlayerId, Score
from highscores.web.request_validation import examine

INTEGER = "must be an integer, written without a decimal point or exponent"


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    score: Score = 0
    scores: Annotated[tuple[Score, ...], msgspec.Meta(min_length=1, max_length=2)] = (0,)
    name: str | None = None
    limit: Score | None = None
    board: BoardId = "a"
    player: PlayerId = "a"
    order: Literal["desc", "asc"] = "desc"
    orders: tuple[Literal["desc", "asc"], ...] = ()
    flag: bool = False
    words: dict[str, str] | None = None


def fault(**fields: Any) -> tuple[str, str]:
    [error] = examine(fields, Form).errors
    return error.pointer, error.detail


@pytest.mark.parametrize("written", [b"1.0", b"1e3", b"4200.5", b"-0.0", b"1e999"])
def test_a_number_with_a_point_or_exponent_is_told_to_be_an_integer(written: bytes) -> None:
    """Some engines write each number so: Godot and Lua know no other."""
    assert fault(score=float(written)) == ("#/score", INTEGER)
    assert fault(limit=float(written)) == ("#/limit", INTEGER)
    assert fault(scores=[1, float(written)]) == ("#/scores/1", INTEGER)


@pytest.mark.parametrize(
    ("fields", "pointer", "detail"),
    [
        ({"score": "1"}, "#/score", "must be an integer, not a string"),
        ({"score": True}, "#/score", "must be an integer, not true or false"),
        ({"score": None}, "#/score", "must be an integer, not null"),
        ({"score": []}, "#/score", "must be an integer, not a list"),
        ({"score": {}}, "#/score", "must be an integer, not an object"),
        ({"score": 2**60}, "#/score", "must be at most 9007199254740991"),
        ({"score": -(10**30)}, "#/score", "must be at least -9007199254740991"),
        ({"scores": 1}, "#/scores", "must be a list, not a number"),
        ({"scores": []}, "#/scores", "must not be empty"),
        ({"scores": [1, 2, 3]}, "#/scores", "must have at most 2 items"),
        ({"name": 5}, "#/name", "must be a string or null, not a number"),
        ({"name": 5.5}, "#/name", "must be a string or null, not a number"),
        ({"board": "A"}, "#/board", "must match ^[a-z0-9][a-z0-9-]{0,62}$"),
        ({"player": "a b"}, "#/player", PLAYER_ID_RULE),
        ({"order": "up"}, "#/order", 'must be one of "desc", "asc"'),
        ({"orders": ["asc", "'"]}, "#/orders/1", 'must be one of "desc", "asc"'),
        ({"flag": "yes"}, "#/flag", "must be true or false, not a string"),
        ({"words": {"a": 1}}, "#/words", "must be a string, not a number"),
        ({"words": []}, "#/words", "must be an object or null, not a list"),
    ],
)
def test_a_wrong_value_is_told_in_the_words_of_json(fields: dict[str, Any], pointer: str, detail: str) -> None:
    assert fault(**fields) == (pointer, detail)


def test_what_is_not_there_yet_is_told_so() -> None:
    [error] = examine({"title": "T", "seasons": [{}]}, BoardBody).errors
    assert error.detail == "must be empty: this is not supported yet"
