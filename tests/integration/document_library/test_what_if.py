"""What if, and what is lacking: the rank of a score before it is submitted, and the scores at places of the board."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.integration.document_library.rows import Row, advance, build, ladder, some_key
from tests.integration.document_library.test_ranks import probes

from highscores.documents.checkpoint import Checkpoint
from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, Standing
from highscores.domain.boards import SUBSCORES_MAX, Board, Order, Ranks, SubScore
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.ranking import signed, tie_beginning, tie_width

pytestmark = pytest.mark.integration

NOW = 9  # in the hypothetical cases, every standing was achieved before
TIED = 3_000
PROBES_MAX = 13

orders: st.SearchStrategy[Order] = st.sampled_from(["asc", "desc"])
kinds: st.SearchStrategy[Ranks] = st.sampled_from(["ordinal", "competition"])
# Few of each, so that ties abound, and the ends of what there can be.
values = st.sampled_from([0, 0, 1, -1, 2, SCORE_LIMIT, -SCORE_LIMIT])


@st.composite
def boards(draw: st.DrawFn) -> Board:
    directions = draw(st.lists(orders, max_size=SUBSCORES_MAX))
    return Board(
        title="x",
        order=draw(orders),
        subscores=tuple(SubScore(f"s{index}", order) for index, order in enumerate(directions)),
        ranks=draw(kinds),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Board, list[Row], tuple[int, ...]]:
    """A board, its standings, and a score with sub-scores that may be equal to some."""
    board = draw(boards())
    given_values = st.tuples(*[values] * len(board.orders))
    table = draw(st.lists(st.tuples(given_values, st.integers(0, NOW - 1)), max_size=12))
    rows = [row(board, f"p{index}", each, at) for index, (each, at) in enumerate(table)]
    return board, rows, draw(given_values if not table else given_values | st.sampled_from([each for each, _ in table]))


def row(board: Board, player: str, given_values: tuple[int, ...], at: int) -> Row:
    score, *subscores = signed(board.orders, given_values)
    return Row(player, score, at, job=UUID(int=at), subscores=tie_beginning(subscores))


@settings(max_examples=100, deadline=None)
@given(cases())
async def test_the_rank_is_the_one_that_a_new_player_then_gets(
    documents_redis: Redis, case: tuple[Board, list[Row], tuple[int, ...]]
) -> None:
    board, rows, given_values = case
    documents, document, width = Documents(documents_redis), some_key(), tie_width(board)
    position = await build(documents, document, rows)
    new = row(board, "new", given_values, NOW)

    told = await documents.rank(document, new.score, new.subscores, tie_width=width)

    assert await advance(documents, document, position, Checkpoint(2), [new])
    gets = await documents.standing(document, "new", tie_width=width)
    assert isinstance(gets, Standing)
    assert told is not None
    assert (told.version, told.total, told.rank) == (1, len(rows), gets.entry.rank)


@pytest.mark.parametrize(("width", "expected"), [(None, TIED + 2), (0, 2)])
async def test_the_end_of_a_long_tie_is_found_by_few_probes(
    documents_redis: Redis, documents: Documents, document: DocumentKey, width: int | None, expected: int
) -> None:
    tied = [Row(f"p{number:04}", 7, job=UUID(int=number)) for number in range(TIED)]
    await build(documents, document, [Row("first", 1), *tied, Row("last", 8)])
    before = await probes(documents_redis)

    told = await documents.rank(document, 7, tie_width=width)

    assert told is not None
    assert told.rank == expected
    assert await probes(documents_redis) - before <= PROBES_MAX


Target = tuple[str, int | None]  # and the place that it names on a board of so many, or None beyond its end


@pytest.mark.parametrize(
    ("count", "targets"),
    [
        (1, [("1", 1), ("2", None), ("percent:0.001", 1), ("percent:99.999", 1), ("percent:100", 1)]),
        (7, [("7", 7), ("8", None), ("999999999", None), ("3", 3), ("3", 3), ("1", 1)]),
        (7, [("percent:14.285", 1), ("percent:14.286", 1), ("percent:28.572", 2), ("percent:99.999", 6)]),
        (50, [("percent:5", 2), ("percent:1", 1), ("percent:50", 25), ("percent:100", 50), ("percent:58", 29)]),
        (100, [("percent:5", 5), ("percent:29", 29), ("percent:0.29", 1), ("percent:57.000", 57), ("percent:7", 7)]),
        (500, [("percent:64.6", 323), ("percent:64.599", 322), ("percent:100.000", 500)]),
    ],
)
async def test_the_scores_at_targets(
    documents: Documents, document: DocumentKey, count: int, targets: list[Target]
) -> None:
    await build(documents, document, ladder(count))

    for player in (0, count - 1):
        found = await documents.standing(document, f"p{player:02}", [name for name, _ in targets])

        assert isinstance(found, Standing)
        assert (found.total, found.entry.rank, found.score) == (count, player + 1, player * 10)
        assert found.target_scores == [None if place is None else (place - 1) * 10 for _, place in targets]


async def test_scores_at_the_limits_are_exact(documents: Documents, document: DocumentKey) -> None:
    await build(documents, document, [Row("first", -SCORE_LIMIT), Row("last", SCORE_LIMIT)])
    found = await documents.standing(document, "last", ["1", "2"])
    assert isinstance(found, Standing)
    assert (found.score, found.target_scores) == (SCORE_LIMIT, [-SCORE_LIMIT, SCORE_LIMIT])
