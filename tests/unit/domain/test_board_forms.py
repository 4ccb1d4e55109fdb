"""The three forms of a board's rules: what each refuses, what each passes over, and that none loses a rule."""

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highscores.domain.board_forms import (
    BoardBody,
    StoredRules,
    UnreadableRulesError,
    from_body,
    from_stored,
    to_stored,
)
from highscores.domain.boards import Board, Operator, Order, Ranks, Submit, SubScore, Visibility
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.periods import PERIOD_KINDS

BOUNDS = st.none() | st.integers(-SCORE_LIMIT, SCORE_LIMIT)
# Of each rule the values that it can have: a rule without them cannot be tested, and so cannot be added.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "title": st.text(min_size=1, max_size=5),
    "order": st.sampled_from(get_args(Order)),
    "operator": st.sampled_from(get_args(Operator)),
    "subscores": st.lists(
        st.builds(SubScore, st.text(min_size=1, max_size=5), st.sampled_from(get_args(Order))), max_size=4
    ).map(tuple),
    "ranks": st.sampled_from(get_args(Ranks)),
    # A stored board names no kind twice, but the stored form does not depend on it.
    "periods": st.lists(st.sampled_from(PERIOD_KINDS), min_size=1, max_size=4).map(tuple),
    "timezone": st.sampled_from(["UTC", "Asia/Kathmandu"]),
    "seasons": st.just(()),
    "min": BOUNDS,
    "max": BOUNDS,
    "unit": st.sampled_from(["points", "metres"]),
    "regions": st.booleans(),
    "visibility": st.sampled_from(get_args(Visibility)),
    "submit": st.sampled_from(get_args(Submit)),
}
boards = st.builds(Board, **{rule: VALUES[rule] for rule in Board.__struct_fields__})


def stored(**rules: Any) -> str:
    return json.dumps({"title": "Arcade", **rules})


# --- The HTTP body --------------------------------------------------------------------------------------------------


def test_all_but_the_title_have_defaults() -> None:
    body = msgspec.json.decode(b'{"title":"Arcade"}', type=BoardBody)

    assert msgspec.to_builtins(body) == {
        "title": "Arcade",
        "order": "desc",
        "operator": "best",
        "subscores": (),
        "ranks": "ordinal",
        "periods": ("all",),
        "timezone": "UTC",
        "seasons": (),
        "min": None,
        "max": None,
        "unit": "points",
        "regions": False,
        "visibility": "public",
        "submit": "key",
    }
    assert from_body(body) == Board(title="Arcade")


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"order": "up"},
        {"operator": "median"},
        {"subscores": [{"name": "a"}]},
        {"subscores": [{"name": "", "order": "asc"}]},
        {"subscores": [{"name": "a", "order": "up"}]},
        {"subscores": [{"name": "a", "order": "asc", "unit": "m"}]},
        {"subscores": [{"name": name, "order": "asc"} for name in "abcde"]},
        {"ranks": "dense"},
        {"periods": []},
        {"periods": ["year"]},
        {"periods": ["all", "day", "week", "month", "all"]},
        {"seasons": [{"id": "s1"}]},
        {"min": 1.5},
        {"max": SCORE_LIMIT + 1},
        {"unit": ""},
        {"regions": 1},
        {"visibility": "hidden"},
        {"submit": "player"},
        {"colour": "red"},
    ],
)
def test_the_body_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"title": "Arcade", **wrong}, BoardBody)


def test_the_title_is_missed() -> None:
    with pytest.raises(msgspec.ValidationError, match="title"):
        msgspec.convert({}, BoardBody)


# --- The stored form ------------------------------------------------------------------------------------------------


@given(boards)
def test_what_is_stored_is_read(board: Board) -> None:
    assert from_stored(to_stored(board)) == board


def test_defaults_are_left_out_of_what_is_stored() -> None:
    assert to_stored(Board(title="x")) == '{"title":"x"}'
    assert to_stored(Board(title="x", max=0)) == '{"title":"x","max":0}'


@pytest.mark.parametrize(
    ("newer", "expected"),
    [
        ({"max_submissions": 5}, {}),
        ({"cycles": [{"id": "c", "every": "PT15M"}]}, {}),
        ({"ranks": "competition"}, {"ranks": "competition"}),
        ({"ranks": "dense"}, {}),
        ({"subscores": [{"name": "a", "order": "asc", "unit": "m"}]}, {"subscores": (SubScore("a", "asc"),)}),
        ({"ranks": {"kind": "dense"}}, {}),
        ({"submit": "player"}, {}),
        ({"seasons": [{"id": "s1", "start": "2026-01-01"}]}, {}),
        ({"unit": {"name": "points"}}, {}),
        ({"periods": ["hour", "week", {"every": "PT1H"}, "all"]}, {"periods": ("week", "all")}),
        ({"periods": ["hour"]}, {"periods": ("all",)}),
        ({"visibility": "unlisted"}, {"visibility": "private"}),
        ({"visibility": ["friends"]}, {"visibility": "private"}),
        ({"visibility": None}, {"visibility": "private"}),
    ],
)
def test_rules_of_a_newer_version_are_passed_over(newer: dict[str, Any], expected: dict[str, Any]) -> None:
    assert from_stored(stored(min=3, **newer)) == Board(title="Arcade", min=3, **expected)


@pytest.mark.parametrize(
    "text",
    [
        stored(order="up"),
        stored(operator="median"),
        stored(subscores=[{"name": "laps", "order": "sideways"}]),
        stored(subscores=[{"name": "laps"}]),
        stored(subscores=[{"name": name, "order": "asc"} for name in "abcde"]),
        stored(subscores={"laps": "asc"}),
        stored(timezone="Mars/Olympus"),
        stored(timezone="../../etc/passwd"),
        stored(timezone=""),
        stored(min="3"),
        stored(regions="some"),
        "{}",
        "[]",
        "null",
        "",
    ],
)
def test_rules_that_decide_how_scores_are_folded_must_be_known(text: str) -> None:
    with pytest.raises(UnreadableRulesError) as caught:
        from_stored(text)
    assert "Arcade" not in str(caught.value)
    assert caught.value.__cause__ is None


# --- The form in the queue ------------------------------------------------------------------------------------------


@given(boards)
def test_what_is_queued_is_read(board: Board) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(board), type=Board) == board


def test_defaults_are_left_out_of_what_is_queued() -> None:
    """So that a worker of an older version carries out what does not use the newest rules."""
    body = {"title": "x", "regions": True, "periods": ["all"], "timezone": "UTC", "unit": "points", "submit": "key"}
    board = from_body(msgspec.json.decode(json.dumps(body), type=BoardBody))
    assert msgspec.to_builtins(board) == {"title": "x", "regions": True}
    assert to_stored(board) == '{"title":"x","regions":true}'


@pytest.mark.parametrize(
    "newer",
    [
        {"max_submissions": 5},
        {"ranks": "dense"},
        {"periods": ["hour"]},
        {"subscores": [{"name": "a", "order": "asc", "unit": "m"}]},
        {"subscores": [{"name": name, "order": "asc"} for name in "abcde"]},
    ],
)
def test_a_queued_rule_that_is_not_known_is_refused(newer: dict[str, Any]) -> None:
    """Carried out without it, the command would have lost a rule that its sender was promised."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"title": "x", **newer}, Board)


def test_all_forms_have_the_same_rules() -> None:
    assert BoardBody.__struct_fields__ == StoredRules.__struct_fields__ == Board.__struct_fields__
