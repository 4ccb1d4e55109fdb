"""What people read in a terminal."""

from io import StringIO

import msgspec
import pytest
from rich.console import Console, RenderableType

from highscores_client import tables
from highscores_client.results import (
    Board,
    Entry,
    Job,
    Page,
    PeriodSpan,
    Rank,
    Standing,
    SubScore,
    Target,
)
from highscores_client.text import printable

RULES = Board(board="arcade", title="Arcade")


def shown(table: RenderableType) -> str:
    output = StringIO()
    Console(file=output, width=120).print(table)
    return output.getvalue()


def page(*entries: Entry) -> Page:
    return Page(
        document="d", board="arcade", period=PeriodSpan("all", "all"), version=1, total=len(entries), entries=entries
    )


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (1234567, "points", "1,234,567"),
        (-5, "points", "-5"),
        (61_005, "milliseconds", "1:01.005"),
        (3_600_000, "milliseconds", "1:00:00.000"),
        (-1_500, "milliseconds", "-0:01.500"),
    ],
)
def test_scores_are_shown_as_their_unit_is_read(value: int, unit: str, expected: str) -> None:
    assert tables.score(value, unit) == expected


def test_a_name_cannot_steer_the_terminal_nor_be_markup() -> None:
    text = shown(tables.standings(page(Entry(rank=1, player="a", name="[red]A\x1b[2J\u202e", score=1)), RULES))
    assert "[red]A�[2J�" in text
    assert "\x1b" not in text


def test_who_moved_is_marked() -> None:
    entries = [Entry(rank=rank, player=player, score=9 - rank) for rank, player in enumerate("abcd", start=1)]
    text = shown(tables.standings(page(*entries), RULES, before={"a": 3, "b": 1, "c": 3}))
    assert [mark for mark in ("▲2", "▼1", "new") if mark in text] == ["▲2", "▼1", "new"]


def test_an_empty_board_says_so() -> None:
    assert "nobody here yet" in shown(tables.standings(page(), RULES))


@pytest.mark.parametrize(("players", "words"), [(1, "1 player"), (2, "2 players"), (1_234, "1,234 players")])
def test_players_are_counted_in_words(players: int, words: str) -> None:
    entry = Entry(rank=1, player="a", score=1)
    lines = shown(tables.standings(msgspec.structs.replace(page(entry), total=players), RULES)).splitlines()
    assert words in [line.strip() for line in lines]


def test_what_is_being_recomputed_says_so() -> None:
    assert "recomputed" not in shown(tables.standings(page(), RULES))
    assert "recomputed" in shown(tables.standings(msgspec.structs.replace(page(), recomputing=True), RULES))


def test_long_work_says_how_far_it_is() -> None:
    state = Job(job="j", command="define-board", status="queued", progress=0.254)
    assert "25%" in shown(tables.job(state))
    assert "progress" not in shown(tables.job(msgspec.structs.replace(state, progress=None)))


def test_sub_scores_stand_beside_the_score_under_their_names_and_ranks_may_be_shared() -> None:
    rules = Board(
        board="arcade", title="A", subscores=(SubScore("laps"), SubScore("falls", "asc")), ranks="competition"
    )
    entries = [Entry(rank=1, player=player, score=9, subscores=(1_234, -5)) for player in "ab"]
    lines = shown(tables.standings(page(*entries), rules)).splitlines()
    assert all(name in " ".join(lines) for name in ("laps", "falls"))
    rows = [line.split() for line in lines if "1,234" in line]
    assert [row[:6] for row in rows] == [["1", player, player, "9", "1,234", "-5"] for player in "ab"]


GOLF = Board(board="golf", title="Golf", unit="milliseconds", subscores=(SubScore("putts"),))
DAY = PeriodSpan("all", "all")


def lines(renderable: RenderableType) -> list[str]:
    return [" ".join(line.split()) for line in shown(renderable).splitlines() if line.strip(" ─")]


def test_a_standing_is_shown_with_what_it_lacks() -> None:
    found = Standing(
        document="golf:all",
        board="golf",
        period=DAY,
        player="ada",
        score=61_005,
        rank=1_234,
        total=5_000,
        percentile=75.34,
        subscores=(30,),
        targets=(Target("1", 60_000, 1_005), Target("9000", None, 0)),
    )
    expected = ["player ada", "rank 1,234 of 5,000", "percentile 75.3", "milliseconds 1:01.005", "putts 30"]
    assert lines(tables.standing(found, GOLF)) == [
        *expected,
        "target score there lacking",
        "1 1:00.000 0:01.005",
        "9000 nobody 0:00.000",
    ]
    assert lines(tables.standing(msgspec.structs.replace(found, targets=()), GOLF)) == expected


def test_the_rank_of_a_score_is_shown() -> None:
    found = Rank(
        document="golf:all",
        board="golf",
        period=DAY,
        version=7,
        total=4,
        percentile=75.0,
        rank=2,
        score=61_005,
        subscores=(30,),
    )
    assert lines(tables.rank(found, GOLF)) == ["rank 2 of 4", "percentile 75.0", "milliseconds 1:01.005", "putts 30"]


def test_names_keep_what_emoji_and_scripts_need() -> None:
    for name in (
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",  # a family
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # the flag of Scotland
        "\u5c71\u7530\u3000\u592a\u90ce",  # names of Japanese people, with their wide blank
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian
        "\U0001faff",  # an emoji to come
    ):
        assert printable(name) == name


@pytest.mark.parametrize(
    "character", "\x00\x07\n\r\x1b\x7f\x9b\u061c\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ud800"
)
def test_what_steers_a_terminal_is_not_printed(character: str) -> None:
    assert printable(f"a{character}b") == "a\ufffdb"
