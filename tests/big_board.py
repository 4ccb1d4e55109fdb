"""A board of any size, put straight into PostgreSQL, and what its standings must be, computed another way.

The spans of the periods come from the slow and obvious calendar of the tests, the standings from a plain statement over
all submissions. Neither shares anything with the statements of the product.
"""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import asyncpg
from tests import model
from tests.servers import PrivateStack

from highscores_local import postgres
from highscores_local.ports import LOOPBACK

STATEMENT_TIMEOUT_S = 300.0
SUBMISSIONS_PER_PLAYER = 10
FIRST_DAY = date(2026, 2, 20)  # a change of clocks in America lies among them
DAYS = 30
KINDS = ("all", "day", "week", "month")
SAMPLED_PLAYERS = 300

# Instants are whole minutes and lines are few, so that there are ties of every kind.
_SUBMISSIONS_SQL = """
    insert into submissions (bucket, board_number, seq, accepted_at, job, player, score, achieved_at, line)
    select bucket, number, i, $2::bigint + i, gen_random_uuid(),
           'p' || lpad(((hashint8extended(i, 1) & 1073741823) % $4::bigint)::text, 7, '0'),
           hashint8extended(i, 2) % 1000,
           $5::bigint + (hashint8extended(i, 3) & 1073741823) % ($6::bigint * 1440) * 60000000, i % 3
    from boards, generate_series(1, $3::bigint) as i
    where board = $1 and deleted_at is null
"""
_EXPECTED_SQL = """
    create temp table expected as
    select distinct on (period, player) p.period, p.kind, p.starts_at, p.ends_at, player, {score} as score, achieved_at,
           line, job, {all_zeros} as all_zeros
    from submissions s
    join unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) as p(period, kind, starts_at, ends_at)
      on p.kind = 'all' or s.achieved_at >= p.starts_at and s.achieved_at < p.ends_at
    where board_number = $1
    window own as (partition by period, player)
    order by period, player, {counts}
"""
_FOLDS = {
    "best": {"score": "score", "all_zeros": "false", "counts": "score desc, achieved_at, line, job"},
    "latest": {"score": "score", "all_zeros": "false", "counts": "achieved_at desc, line desc, job desc"},
    "sum": {
        "score": "(sum(score) over own)::bigint",
        "all_zeros": "bool_and(score = 0) over own",
        "counts": "(score = 0), achieved_at desc, line desc, job desc",
    },
}
_STANDINGS_SQL = """
    insert into standings (bucket, board_number, period, player, score, achieved_at, line, job, all_zeros, version)
    select b.bucket, b.number, e.period, e.player, e.score, e.achieved_at, e.line, e.job, e.all_zeros, $2
    from boards b, expected e where b.number = $1
"""
_PERIODS_SQL = """
    insert into periods (bucket, board_number, period, kind, starts_at, ends_at, first_version, version, players)
    select b.bucket, b.number, e.period, e.kind, e.starts_at, e.ends_at, $2, $2, count(*)
    from boards b, expected e where b.number = $1 group by 1, 2, 3, 4, 5, 6
"""
_COUNTS_SQL = """
    update boards set submissions = $2, last_seq = $2,
                      players = (select count(distinct player) from submissions where board_number = $1)
    where number = $1
"""
_DIFFERENCE_SQL = """
    with stored as (
        select period, player, score, achieved_at, line, job, all_zeros from standings
        where board_number = $1 and state = 'shown'
    ),
    wanted as (select period, player, score, achieved_at, line, job, all_zeros from expected)
    (select 'missing' as what, * from (select * from wanted except all select * from stored) as m limit 5)
    union all
    (select 'unwanted', * from (select * from stored except all select * from wanted) as u limit 5)
"""
_WANTED_PERIODS_SQL = """
    select period, kind, starts_at, ends_at, count(*) as players from expected group by 1, 2, 3, 4 order by 1
"""
_STORED_PERIODS_SQL = """
    select period, kind, starts_at, ends_at, players from periods where board_number = $1 and players <> 0 order by 1
"""
_BOARD_SQL = """
    select b.submissions = count(s.*) and b.last_seq = max(s.seq) and b.players = count(distinct s.player)
           and b.recomputing = '{}' and not exists (select from tasks t where t.board_number = $1)
    from boards b join submissions s on s.board_number = b.number
    where b.number = $1 group by b.number, b.bucket
"""


class BigBoard:
    """One board that has been defined already, seen through one connection to PostgreSQL as the superuser."""

    def __init__(self, database: "Queries", board: str, operator: str) -> None:
        self.board = board
        self.operator = operator
        self._db = database
        self._number = self._db.value("select number from boards where board = $1 and deleted_at is null", board)

    def fill(self, submissions: int, players: int | None = None) -> None:
        """Give the board so many submissions in UTC, and the standings that follow from them.

        Without a number of players, each has ten.
        """
        first = model.day_start("UTC", FIRST_DAY)
        players = players or max(1, submissions // SUBMISSIONS_PER_PLAYER)
        version = time.time_ns() // 1_000
        self._db.execute(_SUBMISSIONS_SQL, self.board, version - submissions, submissions, players, first, DAYS)
        self._compute_expected("UTC")
        self._db.execute(_STANDINGS_SQL, self._number, version)
        self._db.execute(_PERIODS_SQL, self._number, version)
        self._db.execute(_COUNTS_SQL, self._number, submissions)
        self._db.execute("analyze submissions, standings, periods, boards")

    def check(self, timezone: str) -> None:
        """Assert that everything stored is what the submissions make in this time zone."""
        self._compute_expected(timezone)
        assert self._db.rows(_DIFFERENCE_SQL, self._number) == []
        assert self._db.rows(_STORED_PERIODS_SQL, self._number) == self._db.rows(_WANTED_PERIODS_SQL)
        assert self._db.value(_BOARD_SQL, self._number)
        self._check_sample(timezone)

    def _compute_expected(self, timezone: str) -> None:
        spans = spans_of(timezone)
        self._db.execute("drop table if exists expected")
        self._db.execute(
            _EXPECTED_SQL.format(**_FOLDS[self.operator]),
            self._number,
            [span.id for _, span in spans],
            [kind for kind, _ in spans],
            [span.start for _, span in spans],
            [span.end for _, span in spans],
        )

    def _check_sample(self, timezone: str) -> None:
        """Of some players, all standings are also what the model makes of their submissions."""
        everybody = [player for (player,) in self._db.rows("select player from expected where period = 'all'")]
        players = random.sample(everybody, min(SAMPLED_PLAYERS, len(everybody)))
        scores = self._db.rows(
            "select job::text, player, score, achieved_at, line from submissions"
            " where board_number = $1 and player = any($2::text[])",
            self._number,
            players,
        )
        rules = model.Rules(operator=self.operator, periods=KINDS, timezone=timezone)
        expected = model.standings(rules, [_score(*row) for row in scores])
        stored = self._db.rows(
            "select period, player, score, job::text from standings"
            " where board_number = $1 and player = any($2::text[]) and state = 'shown'",
            self._number,
            players,
        )
        assert sorted(stored) == sorted(
            (period, row.player, row.score, row.counts.job) for period, table in expected.items() for row in table
        )


def _score(job: str, player: str, score: int, achieved_at: int, line: int) -> model.Score:
    return model.Score(job, player, score, achieved_at, line=line)


class Queries:
    """Statements one after the other on a connection of their own."""

    def __init__(self, runner: asyncio.Runner, connection: asyncpg.Connection) -> None:
        self._runner = runner
        self._connection = connection

    def execute(self, sql: str, *arguments: Any) -> None:
        self._runner.run(self._connection.execute(sql, *arguments))

    def rows(self, sql: str, *arguments: Any) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in self._runner.run(self._connection.fetch(sql, *arguments))]

    def value(self, sql: str, *arguments: Any) -> Any:
        return self._runner.run(self._connection.fetchval(sql, *arguments))


@contextmanager
def queries(stack: PrivateStack) -> Iterator[Queries]:
    """A connection to PostgreSQL as the superuser, with time for statements over a million rows."""
    with asyncio.Runner() as runner:
        connection = runner.run(
            asyncpg.connect(
                host=LOOPBACK,
                port=stack.ports.postgres,
                user=postgres.SUPERUSER,
                password=stack.secrets.postgres_superuser,
                database=postgres.DATABASE,
                command_timeout=STATEMENT_TIMEOUT_S,
                server_settings={"work_mem": "128MB", "jit": "off"},
            )
        )
        try:
            yield Queries(runner, connection)
        finally:
            connection.terminate()


def spans_of(timezone: str) -> Sequence[tuple[str, model.Span]]:
    """Each period that the submissions lie in, with its kind; they may reach a day to either side."""
    days = [FIRST_DAY + timedelta(days=n) for n in range(-1, DAYS + 1)]
    found = {("all", model.Span("all", None, None)): None}
    for kind in KINDS[1:]:
        found |= dict.fromkeys((kind, model.span_of(timezone, kind, day)) for day in days)
    return list(found)
