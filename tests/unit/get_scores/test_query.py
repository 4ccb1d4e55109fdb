"""Query strings: what is wrong is named, all of it at once."""

import re

import pytest

from get_scores import query
from get_scores.query import PAGE_PARAMETERS, RANK_PARAMETERS, Around, Hypothetical, Named, Window
from highscores.documents.cursor import TIE_BREAK_MAX, Cursor
from highscores.domain.boards import Board, SubScore
from highscores.domain.documents import DocumentId
from highscores.domain.fields import PLAYER_ID_RULE
from highscores.domain.problems import ProblemError
from highscores.web.query_string import QueryString

DOCUMENT = DocumentId("arcade", "all")
WITHOUT = Board(title="x", min=0, max=10)
WITH_TWO = Board(title="x", subscores=(SubScore("laps", "desc"), SubScore("falls", "asc")))
CURSOR = Cursor("arcade:all", "after", "-2500", "0649f6b1c2d3e4", "ann")


def read(text: str) -> query.Selection:
    parameters = QueryString(text.encode(), PAGE_PARAMETERS)
    selection = query.selection(parameters)
    parameters.check()
    return selection


def wrong(text: str) -> list[str]:
    with pytest.raises(ProblemError) as caught:
        read(text)
    assert caught.value.problem.status == 422
    assert caught.value.problem.type == "/problems/invalid-fields"
    return [error.pointer for error in caught.value.problem.errors]


def test_nothing_asked_is_the_first_page() -> None:
    assert read("") == Window(25)


def test_cursor_and_limit() -> None:
    assert read(f"cursor={CURSOR.encode()}&limit=100") == Window(100, CURSOR)


def test_around() -> None:
    assert read("around=ann%40home&limit=7") == Around(7, "ann@home")


def test_players_are_each_asked_for_once_in_one_order() -> None:
    assert read("players=Steam:7%7C1,a%2Bb") == Named(("Steam:7|1", "a+b"))
    assert read("players=cy,ann,ben,ann") == Named(("ann", "ben", "cy")) == read("players=ben%2Ccy%2Cann")


def test_no_friends_are_nobody_and_not_the_first_page() -> None:
    assert read("players=") == Named(())


def test_of_the_players_only_so_many_are_asked_for() -> None:
    assert read("players=ann,ben&limit=1") == Named(("ann", "ben"), limit=1)
    assert read("players=ann,ben") == Named(("ann", "ben"), limit=None)


def test_each_odd_id_in_a_list_of_players_is_named_with_its_number() -> None:
    with pytest.raises(ProblemError) as caught:
        read("players=ann,b%2Fb,cy,," + "x" * 129)
    [error] = caught.value.problem.errors
    assert error.detail == (f'number 2 ("b/b"), number 4 (""), number 5 ("{"x" * 64}…"): each {PLAYER_ID_RULE}')


def test_of_an_id_with_a_blank_in_a_list_it_is_told_how_a_plus_is_written() -> None:
    with pytest.raises(ProblemError) as caught:
        read("players=ann,ben+x,cy")
    [error] = caught.value.problem.errors
    assert error.detail == f'number 2 ("ben x"): each {PLAYER_ID_RULE}; {query.PLUS_RULE}'


def test_each_odd_one_of_other_lists_is_named_too() -> None:
    with pytest.raises(ValueError, match=re.escape('number 2 ("0"), number 3 ("percent:0"): each must be a place')):
        query.targets("1,0,percent:0")
    with pytest.raises(ValueError, match=re.escape('number 2 ("1.0"): each must be a whole number')):
        query.subscores(WITH_TWO, "1,1.0")


def test_of_many_odd_ids_some_are_named() -> None:
    with pytest.raises(ProblemError) as caught:
        read("players=" + ",".join(["!"] * 100))
    [error] = caught.value.problem.errors
    assert error.detail.startswith('number 1 ("!"), ')
    assert 'number 10 ("!") and 90 more: each must' in error.detail


@pytest.mark.parametrize("text", ["0", "101", "-1", "+5", "5.0", "1e1", "x", "", "1_0", "٣", "0x10", " 5", "1000000"])
def test_wrong_limit(text: str) -> None:
    assert wrong(f"limit={text}") == ["#/limit"]


@pytest.mark.parametrize("text", ["", "a b", "a/b", "ä", "x" * 129, ".", "..", "a%00", "a%0A", "a+b"])
def test_wrong_player(text: str) -> None:
    assert wrong(f"around={text}") == ["#/around"]
    assert wrong(f"players=ann,{text}") == ["#/players"]


def test_a_hundred_players_and_no_more() -> None:
    names = [f"p{number}" for number in range(101)]
    assert read("players=" + ",".join(names[:100])) == Named(tuple(sorted(names[:100])))
    assert wrong("players=" + ",".join(names)) == ["#/players"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"cursor={CURSOR.encode()}&around=ann", ["#/around"]),
        (f"around=ann&cursor={CURSOR.encode()}", ["#/around"]),
        ("players=ann&around=ben", ["#/players"]),
        (f"players=ann&cursor={CURSOR.encode()}", ["#/players"]),
        (f"players=ann&cursor={CURSOR.encode()}&around=ben", ["#/around", "#/players"]),
    ],
)
def test_ways_to_choose_do_not_combine(text: str, named: list[str]) -> None:
    assert wrong(text) == named


def test_everything_wrong_is_told_at_once() -> None:
    assert wrong("limt=5&limit=x&around=a%20b&a/b=1&limt=6") == ["#/limt", "#/a~1b", "#/limit", "#/around"]


def test_given_twice() -> None:
    assert wrong("limit=5&limit=5") == ["#/limit"]


@pytest.mark.parametrize("text", ["limit=%ff", "&".join(f"p{number}=1" for number in range(17))])
def test_unreadable_query(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "!!!!",
        CURSOR.encode() + "!",
        CURSOR.encode()[:-3],
        Cursor("arcade:all", "after", "1_0", "0649f6b1c2d3e4", "ann").encode(),
        Cursor("arcade:all", "after", "1e400", "0649f6b1c2d3e4", "ann").encode(),
        Cursor("arcade:all", "after", "10", "0649f6b1c2d3e4\n", "ann").encode(),
        Cursor("arcade:all", "after", "10", "", "ann").encode(),
        Cursor("arcade:all", "after", "10", "a:b", "ann").encode(),
        Cursor("arcade:all", "after", "10", "0" * (TIE_BREAK_MAX + 1), "ann").encode(),
        Cursor("arcade:all", "after", "10", "0649f6b1c2d3e4", "a\x00b").encode(),
        Cursor("arcade:all", "beside", "10", "0649f6b1c2d3e4", "ann").encode(),  # type: ignore[arg-type]
    ],
)
def test_wrong_cursor(text: str) -> None:
    assert wrong(f"cursor={text}") == ["#/cursor"]


def test_cursor_of_another_document() -> None:
    query.check_cursor(Window(25, CURSOR), DOCUMENT)
    with pytest.raises(ProblemError) as caught:
        query.check_cursor(Window(25, CURSOR), DocumentId("arcade", "all", "de"))
    assert [error.pointer for error in caught.value.problem.errors] == ["#/cursor"]


def hypothetical(text: str, rules: Board = WITHOUT) -> query.Hypothetical | None:
    parameters = QueryString(text.encode(), RANK_PARAMETERS)
    asked = query.hypothetical(parameters, rules)
    parameters.check()
    return asked


@pytest.mark.parametrize(
    ("text", "rules", "expected"),
    [
        ("score=0", WITHOUT, Hypothetical(0, ())),
        ("score=-9007199254740991", WITHOUT, Hypothetical(-(2**53) + 1, ())),  # beyond the bounds of the board
        ("score=5", WITH_TWO, Hypothetical(5, (0, 0))),
        ("score=5&subscores=-3,9007199254740991", WITH_TWO, Hypothetical(5, (-3, 2**53 - 1))),
    ],
)
def test_a_hypothetical_score(text: str, rules: Board, expected: Hypothetical) -> None:
    assert hypothetical(text, rules) == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", ["#/score"]),
        *(
            (f"score={number}", ["#/score"])
            for number in ("", "x", "1.0", "1e3", "%2B1", "01", "--1", "٣", "1%0A", "true")
        ),
        *((f"score={sign}9007199254740992", ["#/score"]) for sign in ("", "-")),
        ("score=1&score=1", ["#/score"]),
        ("score=1&subscores=1", ["#/subscores"]),
        ("score=x&subscores=1&player=ann", ["#/player", "#/score", "#/subscores"]),
    ],
)
def test_wrong_hypothetical_score(text: str, named: list[str]) -> None:
    with pytest.raises(ProblemError) as caught:
        hypothetical(text)
    assert [error.pointer for error in caught.value.problem.errors] == named


@pytest.mark.parametrize("text", ["", "1", "1,2,3", "1,", "1,x", "1,2.5", "1, 2", "1,9007199254740992", ","])
def test_wrong_sub_scores(text: str) -> None:
    with pytest.raises(ProblemError) as caught:
        hypothetical(f"score=1&subscores={text}", WITH_TWO)
    assert [error.pointer for error in caught.value.problem.errors] == ["#/subscores"]


@pytest.mark.parametrize("target", ["1", "999999999", "percent:5", "percent:100", "percent:0.001", "percent:12.5"])
def test_targets(target: str) -> None:
    assert query.targets(target) == (target,)
    assert query.targets(f"10,{target},10") == ("10", target, "10")
    assert query.targets(",".join([target] * 10)) == (target,) * 10
    with pytest.raises(ValueError, match="at most 10"):
        query.targets(",".join([target] * 11))


NO_PLACES = ["", "0", "-1", "01", "1.5", "x", "1000000000", " 1", "1\n", "٣"]
NO_SHARES = ["", ":", ":0", ":0.000", ":-5", ":101", ":100.001", ":05", ":1.2345", ":.5", ":5%"]


@pytest.mark.parametrize("target", [*NO_PLACES, *(f"percent{share}" for share in NO_SHARES)])
def test_wrong_targets(target: str) -> None:
    for text in (target, f"1,{target}"):
        with pytest.raises(ValueError, match="each must be a place"):
            query.targets(text)
