"""The ranking rule stands in Python, in SQL and in the order of Redis: the three agree on whatever comes."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from highscores.domain.boards import Operator, Order
from highscores.domain.fields import SCORE_LIMIT
from highscores.domain.ranking import Mark, fold, rank_key, sign, tie_break
from highscores.ledger.engine import driver_connection

pytestmark = pytest.mark.integration

on_servers = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_FOLD_SQL = """
    select case $5::text when 'sum' then bounded_score(sum(score) over ()) else score end as score,
           achieved_at, line, job
    from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[]) as m(score, achieved_at, line, job)
    order by fold_key($5::text, $6::bigint, score, achieved_at, line, score = 0),
             lowest_job($5::text, job), highest_job($5::text, job) desc
    limit 1
"""

_RANK_SQL = """
    select job from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::uuid[]) as m(score, achieved_at, line, job)
    order by $5::bigint * score, tie_break(achieved_at, line, job) collate "C"
"""

# Few of each, so that ties abound, and the ends of what there can be.
marks = st.builds(
    Mark,
    score=st.sampled_from([0, 0, 1, -1, 2, SCORE_LIMIT, -SCORE_LIMIT]),
    achieved_at=st.sampled_from([0, 1, 15, 16, 1_793_534_400_000_000, 2**53]),
    line=st.sampled_from([0, 1, 9, 15, 16, 255, 256, 2**40 - 1]),
    job=st.uuids(),
)
several = st.lists(marks, min_size=1, max_size=12, unique_by=lambda mark: mark.job)
orders: st.SearchStrategy[Order] = st.sampled_from(["asc", "desc"])
operators: st.SearchStrategy[Operator] = st.sampled_from(["best", "latest", "sum"])


def columns(own: list[Mark]) -> list[list[object]]:
    return [list(column) for column in zip(*own, strict=True)]


@on_servers
@given(several, operators, orders)
async def test_sql_folds_as_python_does(engine: AsyncEngine, own: list[Mark], operator: Operator, order: Order) -> None:
    async with driver_connection(engine) as connection:
        row = await connection.fetchrow(_FOLD_SQL, *columns(own), operator, sign(order))

    assert Mark(*row) == fold(operator, order, own)


@on_servers
@given(several, orders)
async def test_sql_and_redis_rank_as_python_does(
    engine: AsyncEngine, documents_redis: Redis, own: list[Mark], order: Order
) -> None:
    expected = [mark.job for mark in sorted(own, key=lambda mark: rank_key(order, mark))]
    key = f"ranking-{uuid4().hex}"
    async with driver_connection(engine) as connection:
        by_sql = [row["job"] for row in await connection.fetch(_RANK_SQL, *columns(own), sign(order))]

    await documents_redis.zadd(key, {f"{tie_break(mark)}:{mark.job}": sign(order) * mark.score for mark in own})
    members: list[bytes] = await documents_redis.zrange(key, 0, -1)  # type: ignore[assignment]
    by_redis = [member.decode().split(":", 1)[1] for member in members]
    await documents_redis.delete(key)

    assert by_sql == expected
    assert by_redis == [str(job) for job in expected]


@on_servers
@given(marks)
async def test_the_tie_break_is_the_same_text(engine: AsyncEngine, mark: Mark) -> None:
    async with driver_connection(engine) as connection:
        text = await connection.fetchval("select tie_break($1, $2, $3)", mark.achieved_at, mark.line, mark.job)

    assert text == tie_break(mark)
