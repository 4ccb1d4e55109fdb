"""A board's rules: what they refuse, and what follows from them."""

import pytest

from highscores.domain.boards import Board, SubScore
from highscores.domain.fields import SCORE_LIMIT


@pytest.mark.parametrize(
    ("board", "field"),
    [
        (Board(title="a\u202eb"), "title"),
        (Board(title="x" * 101), "title"),
        *((Board(title=title), "title") for title in ("", "\u3000", "\u0301", "\ue000", "x" + "\u0316" * 5)),
        (Board(title="x", subscores=(SubScore("\u3164", "asc"),)), "subscores/0/name"),
        (Board(title="x", periods=("day", "day")), "periods"),
        (Board(title="x", timezone="Europe/Atlantis"), "timezone"),
        (Board(title="x", timezone="../../etc/passwd"), "timezone"),
        *(
            (Board(title="x", timezone=zone), "timezone")
            for zone in ("", "localtime", "Factory", "posixrules", "right/UTC", "posix/Europe/Berlin", "europe/berlin")
        ),
        (Board(title="x", min=2, max=1), "min"),
    ],
)
def test_each_broken_rule_is_named(board: Board, field: str) -> None:
    assert [name for name, _ in board.rule_errors()] == [field]


def test_all_broken_rules_are_named_together() -> None:
    board = Board(title="\t", periods=("day", "day"), timezone="x", min=2, max=1)
    assert [name for name, _ in board.rule_errors()] == ["title", "periods", "timezone", "min"]


@pytest.mark.parametrize("board", [Board(title="x"), Board(title="Ü", timezone="Asia/Kathmandu", min=1, max=1)])
def test_a_sound_board_has_no_errors(board: Board) -> None:
    assert board.rule_errors() == []


def test_texts_are_cleaned_as_names_are() -> None:
    board = Board(title=" Zoe\u0308 ", subscores=(SubScore("e\u0301", "asc"), SubScore(" \u00e9", "desc")))
    assert board.cleaned() == Board(title="Zo\u00eb", subscores=(SubScore("\u00e9", "asc"), SubScore("\u00e9", "desc")))
    assert [name for name, _ in board.cleaned().rule_errors()] == ["subscores"]  # one name twice


def test_a_text_that_cannot_be_cleaned_stays_to_be_told() -> None:
    board = Board(title=" \t", subscores=(SubScore("\u202e", "asc"),))
    assert board.cleaned() == board


@pytest.mark.parametrize(("score", "is_refused"), [(-6, True), (-5, False), (0, False), (5, False), (6, True)])
def test_bounds_are_inclusive(score: int, is_refused: bool) -> None:
    assert (Board(title="x", min=-5, max=5).score_error(score) is not None) is is_refused


@pytest.mark.parametrize(
    ("bounds", "score"), [({"min": 0}, -1), ({"max": 0}, 1), ({"min": 0, "max": 9}, -1), ({"min": -9, "max": 0}, 1)]
)
def test_a_bound_of_zero_is_a_bound(bounds: dict[str, int], score: int) -> None:
    assert Board(title="x", min=bounds.get("min"), max=bounds.get("max")).score_error(score)


def test_without_bounds_every_score_is_allowed() -> None:
    assert Board(title="x").score_error(SCORE_LIMIT) is None
    assert Board(title="x").score_error(-SCORE_LIMIT) is None


def test_order_and_operator_are_fixed_and_nothing_else_is() -> None:
    old = Board(title="x")
    new = Board(title="y", order="asc", operator="sum", periods=("day",), timezone="Asia/Tokyo", min=1, regions=True)
    assert old.fixed_rules_changed(new) == ["order", "operator"]
    assert old.fixed_rules_changed(Board(title="y", periods=("week", "all"), max=3)) == []


def test_all_time_is_always_counted() -> None:
    assert Board(title="x", periods=("day", "week")).counted_periods == ("all", "day", "week")
    assert Board(title="x", periods=("day", "all")).counted_periods == ("day", "all")


def test_the_first_period_is_the_default() -> None:
    assert Board(title="x", periods=("week", "all")).default_period == "week"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "Etc/GMT+5", "EST5EDT", "GB"])
def test_every_name_of_the_iana_database_is_a_time_zone(zone: str) -> None:
    assert Board(title="x", timezone=zone).rule_errors() == []
    assert Board(title="x", timezone=zone).calendar
