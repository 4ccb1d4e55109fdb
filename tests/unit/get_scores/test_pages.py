"""Pages: JSON put together from fragments."""

import msgspec
import pytest

from get_scores import pages
from get_scores.query import Hypothetical
from get_scores.views import PeriodView
from highscores.documents.cursor import Cursor
from highscores.documents.store import Page, Prospect, Ranked, RankedEntry, Standing
from highscores.domain.boards import Order
from highscores.domain.documents import DocumentId
from highscores.domain.periods import ALL_TIME, Calendar

DOCUMENT = DocumentId("arcade", "2026-11-24", "de")
DAY = Calendar("UTC").named("2026-11-24")
VERSION = 1_795_000_000_000_123


def fragment(player: str, score: int) -> bytes:
    return (
        f'"player":"{player}","name":null,"score":{score},"subscores":[],"region":"de",'
        '"achieved_at":"2026-11-24T09:30:00.123456Z","metadata":{"a":[1]}}'
    ).encode()


def entry(rank: int, player: str, score: int) -> dict[str, object]:
    decoded: dict[str, object] = msgspec.json.decode(b'{"rank":%d,' % rank + fragment(player, score))
    return decoded


def ranked(*entries: tuple[int, str, int]) -> list[RankedEntry]:
    return [RankedEntry(rank, fragment(player, score)) for rank, player, score in entries]


def test_page() -> None:
    following = Cursor(str(DOCUMENT), "after", "-7", "0649f6b1c2d3e4", "ben")
    found = Page(VERSION, 5, ranked((3, "ann", 8), (4, "ben", 7)), following, None)
    assert msgspec.json.decode(pages.page(DOCUMENT, DAY, found, recomputing=False)) == {
        "document": "arcade:2026-11-24:de",
        "board": "arcade",
        "period": {
            "id": "2026-11-24",
            "kind": "day",
            "start": "2026-11-24T00:00:00.000000Z",
            "end": "2026-11-25T00:00:00.000000Z",
        },
        "region": "de",
        "version": VERSION,
        "total": 5,
        "entries": [entry(3, "ann", 8), entry(4, "ben", 7)],
        "next": following.encode(),
        "prev": None,
    }


def test_empty_page() -> None:
    page = msgspec.json.decode(
        pages.page(DocumentId("arcade", "all"), ALL_TIME, Page(0, 0, [], None, None), recomputing=False)
    )
    assert page["entries"] == []
    assert page["period"] == {"id": "all", "kind": "all", "start": None, "end": None}
    assert (page["region"], page["next"], page["prev"]) == (None, None, None)


def test_a_page_says_that_its_board_is_being_recomputed() -> None:
    empty = Page(0, 0, [], None, None)
    during, after = (
        msgspec.json.decode(pages.page(DOCUMENT, DAY, empty, recomputing=recomputing)) for recomputing in (True, False)
    )
    assert during["recomputing"] is True
    assert "recomputing" not in after


def test_named_players_keep_their_ranks() -> None:
    page = msgspec.json.decode(
        pages.named(DOCUMENT, DAY, Ranked(VERSION, 9, ranked((1, "ann", 8), (7, "ben", 1))), recomputing=False)
    )
    assert page["entries"] == [entry(1, "ann", 8), entry(7, "ben", 1)]
    assert (page["total"], page["next"], page["prev"]) == (9, None, None)


def test_standing() -> None:
    body = pages.standing(DOCUMENT, DAY, Standing(VERSION, 4, RankedEntry(2, fragment("ann", 8)), -8, []))
    standing = msgspec.json.decode(body)
    assert "targets" not in standing
    assert standing.items() >= entry(2, "ann", 8).items()
    assert (standing["total"], standing["percentile"], standing["version"]) == (4, 75.0, VERSION)
    assert standing["document"] == str(DOCUMENT)
    assert body.count(b'"region"') == 1


@pytest.mark.parametrize(
    ("order", "score", "at_targets", "expected"),
    [
        ("desc", -8, [-20, -8, -7, None], [(20, 12), (8, 0), (7, 0), (None, 0)]),
        ("asc", 8, [-3, 8, 9, None], [(-3, 11), (8, 0), (9, 0), (None, 0)]),
        ("asc", 2**53 - 1, [1 - 2**53], [(1 - 2**53, 2**54 - 2)]),
    ],
)
def test_what_a_standing_lacks(
    order: Order, score: int, at_targets: list[int | None], expected: list[tuple[int | None, int]]
) -> None:
    names = [str(place) for place in range(1, len(at_targets) + 1)]
    found = Standing(VERSION, 4, RankedEntry(2, fragment("ann", 8)), score, at_targets)
    standing = msgspec.json.decode(pages.standing(DOCUMENT, DAY, found, names, order))
    assert standing["targets"] == [
        {"target": name, "score": there, "gap": gap} for name, (there, gap) in zip(names, expected, strict=True)
    ]


def test_the_rank_of_a_score_counts_the_score_itself() -> None:
    answer = msgspec.json.decode(pages.rank(DOCUMENT, DAY, Prospect(VERSION, 3, 2), Hypothetical(7, (0, -1))))
    assert answer == {
        "document": "arcade:2026-11-24:de",
        "board": "arcade",
        "period": msgspec.to_builtins(PeriodView.of(DAY)),
        "region": "de",
        "version": VERSION,
        "total": 4,
        "percentile": 75.0,
        "rank": 2,
        "score": 7,
        "subscores": [0, -1],
    }


@pytest.mark.parametrize(("rank", "total", "percent"), [(1, 1, 100), (1, 3, 100), (3, 3, 100 / 3), (100, 100, 1)])
def test_percentile(rank: int, total: int, percent: float) -> None:
    assert pages.percentile(rank, total) == pytest.approx(percent)
