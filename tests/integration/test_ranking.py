"""The ranking rule stands in Python, in SQL and in the order of Redis: the three agree on whatever comes."""

from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.documents.cursor import TIE_BREAK_MAX
from highscores.domain.board_forms import to_stored
from highscores.domain.boards import SUBSCORES_MAX, Board, Operator, Order, SubScore
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.ranking import Mark, fold, rank_key, sign, signs, tie_break, tie_width, value_key
from highscores.ledger.engine import driver_connection

pytestmark = pytest.mark.integration

on_servers = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_MARKS_SQL = """
    (select score, achieved_at, line, job, subscores::bigint[] as subscores
     from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[], $5::text[])
          as m(score, achieved_at, line, job, subscores)) as m
"""

_FOLD_SQL = f"""
    select case $6::text when 'sum' then bounded_score(sum(score) over ()) else score end as score,
           achieved_at, line, job,
           case $6::text when 'sum' then bounded_subscores(sum_each(subscores::numeric[]) over ()) else subscores end
               as subscores
    from {_MARKS_SQL}
    order by fold_key($6::text, $7::bigint[], score, subscores, achieved_at, line, is_zero(score, subscores)),
             lowest_job($6::text, job), highest_job($6::text, job) desc
    limit 1
"""

_RANK_SQL = f"""
    select job from {_MARKS_SQL}
    order by ($6::bigint[])[1] * score, tie_break($6::bigint[], subscores, achieved_at, line, job) collate "C"
"""


class Case(NamedTuple):
    """Marks of a board with these directions."""

    orders: list[Order]
    own: list[Mark]


# Few of each, so that ties abound, and the ends of what there can be.
values = st.sampled_from([0, 0, 1, -1, 2, SCORE_LIMIT, -SCORE_LIMIT])
orders: st.SearchStrategy[Order] = st.sampled_from(["asc", "desc"])
operators: st.SearchStrategy[Operator] = st.sampled_from(["best", "latest", "sum"])


@st.composite
def cases(draw: st.DrawFn, min_size: int = 1, max_size: int = 12) -> Case:
    directions = draw(st.lists(orders, min_size=1, max_size=1 + SUBSCORES_MAX))
    subscores = len(directions) - 1
    marks = st.builds(
        Mark,
        score=values,
        achieved_at=st.sampled_from([0, 1, 15, 16, 1_793_534_400_000_000, 2**53]),
        line=st.sampled_from([0, 1, 9, 15, 16, 255, 256, 2**40 - 1]),
        job=st.uuids(),
        subscores=st.lists(values, min_size=subscores, max_size=subscores).map(tuple),
    )
    own = draw(st.lists(marks, min_size=min_size, max_size=max_size, unique_by=lambda mark: mark.job))
    return Case(directions, own)


def columns(own: list[Mark]) -> list[list[object]]:
    scores, times, lines, jobs, subscores = zip(*own, strict=True)
    # A board without sub-scores has null for them.
    texts = [f"{{{','.join(map(str, each))}}}" if each else None for each in subscores]
    return [list(scores), list(times), list(lines), list(jobs), texts]


@on_servers
@given(cases(), operators)
async def test_sql_folds_as_python_does(engine: AsyncEngine, case: Case, operator: Operator) -> None:
    async with driver_connection(engine) as connection:
        row = await connection.fetchrow(_FOLD_SQL, *columns(case.own), operator, signs(case.orders))
    counted = Mark(*row)

    assert counted._replace(subscores=tuple(counted.subscores or ())) == fold(operator, case.orders, case.own)


@on_servers
@given(cases())
async def test_sql_and_redis_rank_as_python_does(engine: AsyncEngine, documents_redis: Redis, case: Case) -> None:
    expected = [mark.job for mark in sorted(case.own, key=lambda mark: rank_key(case.orders, mark))]
    key = f"ranking-{uuid4().hex}"
    async with driver_connection(engine) as connection:
        rows = await connection.fetch(_RANK_SQL, *columns(case.own), signs(case.orders))

    await documents_redis.zadd(
        key, {f"{tie_break(case.orders, mark)}:{mark.job}": sign(case.orders[0]) * mark.score for mark in case.own}
    )
    members: list[bytes] = await documents_redis.zrange(key, 0, -1)  # type: ignore[assignment]
    by_redis = [member.decode().split(":", 1)[1] for member in members]
    await documents_redis.delete(key)

    assert [row["job"] for row in rows] == expected
    assert by_redis == [str(job) for job in expected]


@on_servers
@given(cases(min_size=2, max_size=2))
async def test_sql_finds_the_same_better(engine: AsyncEngine, case: Case) -> None:
    before, after = case.own
    async with driver_connection(engine) as connection:
        better = await connection.fetchval(
            "select is_better($1::bigint[], $2, $3::bigint[], $4, $5::bigint[])",
            signs(case.orders),
            after.score,
            list(after.subscores) or None,
            before.score,
            list(before.subscores) or None,
        )

    assert better == (value_key(case.orders, after) < value_key(case.orders, before))


@on_servers
@given(cases(max_size=1))
async def test_the_tie_break_is_the_same_text(engine: AsyncEngine, case: Case) -> None:
    (mark,) = case.own
    async with driver_connection(engine) as connection:
        text = await connection.fetchval(
            "select tie_break($1::bigint[], $2::bigint[], $3, $4, $5)",
            signs(case.orders),
            list(mark.subscores) or None,
            mark.achieved_at,
            mark.line,
            mark.job,
        )

    assert text == tie_break(case.orders, mark)


@on_servers
@given(cases(min_size=2, max_size=2))
async def test_those_who_share_a_rank_share_the_beginning_of_the_tie_break(case: Case) -> None:
    subscores = tuple(SubScore(f"s{number}", order) for number, order in enumerate(case.orders[1:]))
    width = tie_width(Board(title="x", subscores=subscores, ranks="competition"))
    one, other = case.own

    equal_beginning = tie_break(case.orders, one)[:width] == tie_break(case.orders, other)[:width]

    assert equal_beginning == (one.subscores == other.subscores)


@on_servers
@given(st.lists(orders, min_size=1, max_size=1 + SUBSCORES_MAX))
async def test_sql_reads_the_directions_of_the_stored_rules(engine: AsyncEngine, directions: list[Order]) -> None:
    subscores = tuple(SubScore(f"s{number}", order) for number, order in enumerate(directions[1:]))
    text = to_stored(Board(title="x", order=directions[0], subscores=subscores))
    async with driver_connection(engine) as connection:
        found = await connection.fetchval("select signs_of($1::text::jsonb)", text)

    assert found == signs(directions)


async def test_the_longest_tie_break_fits_into_a_cursor() -> None:
    mark = Mark(0, 2**53, 2**40 - 1, UUID(int=2**128 - 1), (SCORE_LIMIT,) * SUBSCORES_MAX)

    assert len(tie_break(["asc"] * (1 + SUBSCORES_MAX), mark)) <= TIE_BREAK_MAX
