"""Shared ranks, as Redis finds them: by bounds and a search, at the borders of pages and in ties longer than a page."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from tests.integration.document_library.rows import Row, build, some_key
from tests.integration.reading import entries, entry, some_page, walk

from highscores.documents.keys import DocumentKey
from highscores.documents.store import Documents, NoStanding, Standing

pytestmark = pytest.mark.integration

PROBES_MAX = 24
WIDTH = 2  # of the sub-scores of these rows

rows = st.builds(
    Row,
    player=st.from_regex(r"[a-c:]{1,3}", fullmatch=True),
    score=st.integers(-1, 1),
    at=st.integers(0, 3),
    job=st.integers(0, 2).map(lambda number: UUID(int=number)),
    subscores=st.sampled_from(["00", "01", "10", "ff"]),
)


def ranked(table: list[Row], tie_width: int | None) -> list[tuple[str, int]]:
    """Each player with the rank, in the order of the document: one more than there are better ones."""
    in_order = sorted(table, key=Row.order)
    if tie_width is None:
        return [(row.player, rank) for rank, row in enumerate(in_order, 1)]
    values = [(row.score, row.subscores[:tie_width]) for row in in_order]
    return [(row.player, 1 + values.index(value)) for row, value in zip(in_order, values, strict=True)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows, min_size=1, max_size=15, unique_by=lambda row: row.player),
    st.sampled_from([None, 0, WIDTH]),
    st.integers(1, 4),
)
async def test_every_read_finds_the_same_ranks(
    documents_redis: Redis, table: list[Row], tie_width: int | None, limit: int
) -> None:
    documents, document = Documents(documents_redis), some_key()
    await build(documents, document, table)
    expected = ranked(table, tie_width)

    forward = await walk(documents, document, limit, tie_width=tie_width)
    back = await walk(documents, document, limit, "prev", forward[-1], tie_width=tie_width)
    named = await documents.players(document, [row.player for row in table], tie_width=tie_width)

    assert [(found.player, found.rank) for page in forward for found in entries(page)] == expected
    assert [(found.player, found.rank) for page in reversed(back) for found in entries(page)] == expected
    assert named is not None
    assert [(entry(rank, text).player, rank) for rank, text in named.entries] == expected
    for index, (player, rank) in enumerate(expected):
        alone = await documents.standing(document, player, tie_width=tie_width)
        assert isinstance(alone, Standing)
        assert alone.entry.rank == rank
        around = await documents.around(document, player, limit, tie_width=tie_width)
        assert around is not None
        assert not isinstance(around, NoStanding)
        found = [(each.player, each.rank) for each in entries(around)]
        assert found == expected[(first := expected.index(found[0])) : first + len(found)]
        assert expected[index] in found


async def probes(redis: Redis) -> int:
    stats = await redis.info("commandstats")
    return int(stats.get("cmdstat_zrange", {"calls": 0})["calls"])


@pytest.mark.parametrize("tie_width", [0, WIDTH])
async def test_the_border_of_a_long_tie_is_found_by_few_probes(
    documents_redis: Redis, documents: Documents, document: DocumentKey, tie_width: int
) -> None:
    subscores = ["00", "01", "02"]
    table = [
        Row(f"p{number:04}", 7, job=UUID(int=number), subscores=subscores[number // 1_500]) for number in range(4_500)
    ]
    await build(documents, document, [Row("first", 1, subscores="00"), *table])
    first_ranks = [2, 1_502, 3_002] if tie_width else [2, 2, 2]

    for start in (0, 1_499, 1_500, 2_999, 3_000, 4_490):
        before = await probes(documents_redis)
        page = await documents.around(document, f"p{start:04}", 1, tie_width=tie_width)
        assert page is not None
        assert not isinstance(page, NoStanding)
        assert [rank for rank, _ in page.entries] == [first_ranks[start // 1_500]]
        assert await probes(documents_redis) - before <= PROBES_MAX + 1

    last = (await walk(documents, document, 100, tie_width=tie_width))[-1]
    before_it = await some_page(documents, document, 100, last.prev, tie_width=tie_width)
    assert {rank for rank, _ in before_it.entries} == {first_ranks[2]}
