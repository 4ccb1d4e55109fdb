"""Periods and regions in a client's words."""

import pytest

from highscores.domain.boards import Board
from highscores.domain.documents import DocumentId
from highscores.domain.problems import ProblemError
from highscores.web.document_resolution import resolve

NOW = 1_795_507_200_000_000  # 2026-11-24T08:00:00Z
RULES = Board(title="T", periods=("day", "week", "all"), timezone="Asia/Tokyo", regions=True)


@pytest.mark.parametrize(
    ("period", "found"),
    [
        (None, "2026-11-24"),
        ("", "2026-11-24"),
        ("day", "2026-11-24"),
        ("week", "2026-W48"),
        ("all", "all"),
        ("2020-02-29", "2020-02-29"),
        ("2026-W01", "2026-W01"),
    ],
)
def test_a_period_is_found(period: str | None, found: str) -> None:
    document, resolved = resolve("b", RULES, period, None, NOW)
    assert document == DocumentId("b", found)
    assert resolved.id == found


def test_the_current_day_is_that_of_the_boards_time_zone() -> None:
    document, _ = resolve("b", RULES, "day", None, NOW + 8 * 3600 * 1_000_000)
    assert document.period == "2026-11-25"


@pytest.mark.parametrize(
    "period", ["month", "2026-11", "season", " ", "2026-02-30", "2026-W54", "2026-W48 ", "tomorrow"]
)
def test_a_period_that_the_board_has_not_is_named(period: str) -> None:
    with pytest.raises(ProblemError) as raised:
        resolve("b", RULES, period, None, NOW)
    assert [error.pointer for error in raised.value.problem.errors] == ["#/period"]


@pytest.mark.parametrize("period", ["tomorrow", "2026-02-30", "0001-01-01", " "])
def test_what_names_no_period_is_told_which_forms_there_are(period: str) -> None:
    with pytest.raises(ProblemError) as raised:
        resolve("b", RULES, period, None, NOW)
    [error] = raised.value.problem.errors
    assert error.detail == ("must be day, week or all, or an id like 2026-11-24 or 2026-W48")


def test_of_a_period_that_is_not_counted_it_is_said_which_are() -> None:
    with pytest.raises(ProblemError) as raised:
        resolve("b", RULES, "2026-11", None, NOW)
    [error] = raised.value.problem.errors
    assert error.detail == "the board counts day, week, all, not month"


def test_a_region_is_lower_case() -> None:
    assert resolve("b", RULES, "all", "EU", NOW)[0] == DocumentId("b", "all", "eu")


@pytest.mark.parametrize("region", [" ", "e u", "x" * 17, "ü"])
def test_what_is_no_region_is_named_beside_the_period(region: str) -> None:
    with pytest.raises(ProblemError) as raised:
        resolve("b", RULES, "month", region, NOW)
    assert [error.pointer for error in raised.value.problem.errors] == ["#/period", "#/region"]


@pytest.mark.parametrize("rules", [RULES, Board(title="T")])
def test_an_empty_region_is_none(rules: Board) -> None:
    assert resolve("b", rules, "all", "", NOW)[0] == DocumentId("b", "all")


def test_a_board_without_regions_has_none() -> None:
    with pytest.raises(ProblemError) as raised:
        resolve("b", Board(title="T"), None, "eu", NOW)
    assert raised.value.problem.status == 422
