"""Tables for terminals of any width: text folds, numbers stay whole."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from rich.console import Console, RenderableType

from highscores_client import tables
from highscores_client.results import Board, Entry, Order, Page, PeriodSpan, SubScore

LARGEST = 2**53 - 1
NUMBERS = ("9,007,199,254,740,991", "-9,007,199,254,740,991")
RULES = Board(
    board="arcade",
    title="Arcade " * 8,
    subscores=tuple(SubScore(f"a sub-score with a long name {number}") for number in range(4)),
    players=LARGEST,
    submissions=LARGEST,
)
ENTRY = Entry(
    rank=LARGEST,
    player="0b9fd3a6-9c3e-8b1a-9c1a-3f0b0f7a1c22" * 3,
    score=-LARGEST,
    name="Ada " * 8,
    region="eu",
    achieved_at=datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
)


def shown(renderable: RenderableType, width: int) -> list[str]:
    output = StringIO()
    Console(file=output, width=width).print(renderable)
    return output.getvalue().splitlines()


def page(entry: Entry) -> Page:
    return Page(document="d", board="arcade", period=PeriodSpan("all", "all"), version=1, total=1, entries=(entry,))


@pytest.mark.parametrize("width", [40, 60, 80, 100, 132, 200])
@pytest.mark.parametrize("subscores", [0, 1, 4])
def test_no_number_is_cut_or_broken_however_narrow_the_terminal(width: int, subscores: int) -> None:
    rules = Board(board="arcade", title="Arcade", unit="kilometres", subscores=RULES.subscores[:subscores])
    entry = Entry(
        rank=LARGEST,
        player=ENTRY.player,
        score=LARGEST,
        name=ENTRY.name,
        region="eu",
        subscores=(-LARGEST,) * subscores,
        achieved_at=ENTRY.achieved_at,
    )
    for before in (None, {entry.player: 1}):
        lines = shown(tables.standings(page(entry), rules, before=before), width)

        text = "\n".join(lines)
        assert "…" not in text
        assert text.count(NUMBERS[0]) - text.count(NUMBERS[1]) == 2
        assert text.count(NUMBERS[1]) == subscores
        assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", [40, 80, 132])
def test_text_is_folded_and_nothing_of_it_is_lost(width: int) -> None:
    lines = shown(tables.standings(page(ENTRY), Board(board="arcade", title="Arcade")), width)

    whole = "".join("".join(lines).split())
    assert "…" not in whole
    for part in ("Ada", ENTRY.player[:8]):
        assert part in whole


@pytest.mark.parametrize("width", [40, 80, 132])
def test_the_counts_of_boards_are_whole(width: int) -> None:
    lines = shown(tables.boards([RULES]), width)

    text = "\n".join(lines)
    assert text.count(NUMBERS[0]) == 2
    assert "…" not in text
    assert max(map(len, lines)) <= width


def test_a_list_of_usual_boards_fits_80_columns_without_breaking_a_word() -> None:
    kinds: list[tuple[str, Order, str]] = [("arcade", "desc", "points"), ("speedrun", "asc", "milliseconds")]
    usual = [
        Board(
            board=board,
            title=board.title(),
            order=order,
            unit=unit,
            periods=("all", "day", "week", "month"),
            players=12_345,
            submissions=1_234_567,
            active_at=ENTRY.achieved_at,
        )
        for board, order, unit in kinds
    ]

    lines = shown(tables.boards(usual), 80)

    row = next(line for line in lines if line.strip().startswith("speedrun"))
    assert [cell in row for cell in ("Speedrun", "lowest", "milliseconds", "12,345", "1,234,567")] == [True] * 5
    assert "last active" in "\n".join(shown(tables.boards(usual), 120))
    assert "last active" not in "\n".join(lines)


def test_what_fits_stands_side_by_side() -> None:
    lines = shown(tables.standings(page(ENTRY), Board(board="arcade", title="Arcade")), 120)

    (row,) = [line for line in lines if NUMBERS[1] in line]
    assert row.index(NUMBERS[0]) < row.index("Ada") < row.index(NUMBERS[1])


def test_the_marked_player_stands_out_in_both_forms() -> None:
    other = Entry(rank=2, player="bob", score=1)
    two = Page(document="d", board="b", period=PeriodSpan("all", "all"), version=1, total=2, entries=(ENTRY, other))
    for width in (40, 100):
        output = StringIO()
        Console(file=output, width=width, force_terminal=True, color_system="standard").print(
            tables.standings(two, Board(board="b", title="B"), marked="bob")
        )
        reversed_lines = [
            line for line in output.getvalue().splitlines() if "\x1b[1;7m" in line or "\x1b[1;2;7m" in line
        ]
        assert any("bob" in line for line in reversed_lines)
        assert not any("Ada" in line for line in reversed_lines)


@pytest.mark.parametrize("width", [20, 80])
def test_nothing_to_list_is_told_at_any_width(width: int) -> None:
    assert "no boards yet" in "\n".join(shown(tables.boards([]), width))
