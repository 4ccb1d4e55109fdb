"""What the benchmarks ask PostgreSQL and put into it: how far the worker has come, and boards of any size at once."""

import asyncio
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import asyncpg
from tests.servers import PrivateStack

from highscores_local import postgres
from highscores_local.ports import LOOPBACK

CHUNK_PLAYERS = 500_000
STATEMENT_TIMEOUT_S = 120.0
ROWS_PER_VERSION = 500  # as if batches had brought them
POLL_INTERVAL_S = 0.1
SETTLED_AFTER_S = 0.6  # no submission more for so long: the queue is empty

_FILL_PERIOD_SQL = """
    insert into periods (bucket, board_number, period, kind, first_version, version, players)
    select bucket, number, 'all', 'all', $2, $3, $4 from boards where board = $1 and deleted_at is null
"""

# The players p00000000, p00000001, ... in the order of the primary key, their scores scattered.
_FILL_STANDINGS_SQL = """
    insert into standings (bucket, board_number, period, player, score, achieved_at, line, job, name, version)
    select bucket, number, 'all', 'p' || lpad(i::text, 8, '0'), hashint8extended(i, 0) & 1073741823, $2::bigint - i, 0,
           gen_random_uuid(), 'Player ' || i, $2::bigint + i / $5::bigint
    from boards, generate_series($3::bigint, $4::bigint) as i
    where board = $1 and deleted_at is null
"""

_DEFINE_SQL = """
    insert into boards (bucket, number, board, rules, revision, created_at)
    select 0, nextval('board_numbers'), board, '{"title":"Benchmark"}', 1, $2
    from unnest($1::text[]) as board
"""

_PROGRESS_SQL = """
    select count(*) as commands, count(*) filter (where finished_at < ended) as before_last,
           min(accepted_at) as accepted_first, min(finished_at) as applied_first, max(ended) as applied_last
    from (select accepted_at, finished_at, max(finished_at) over () as ended
          from jobs j join boards b on b.number = j.board_number
          where b.board = any($1::text[]) and command = 'submit-score') as s
"""


class Progress(NamedTuple):
    """What has been applied to some boards.

    `per_s` counts from the first acceptance to the begin of the last batch; `in_batches_per_s` from the begin of the
    first batch to the begin of the last one, which is not counted.
    """

    commands: int
    per_s: float
    in_batches_per_s: float


class NotAppliedError(Exception):
    """The commands did not arrive in time."""


class Ledger:
    """One connection as the superuser, for plain calls: nothing runs between them."""

    def __init__(self, stack: PrivateStack) -> None:
        self._stack = stack
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        self._connection = self._runner.run(
            asyncpg.connect(
                host=LOOPBACK,
                port=self._stack.ports.postgres,
                user=postgres.SUPERUSER,
                password=self._stack.secrets.postgres_superuser,
                database=postgres.DATABASE,
                command_timeout=STATEMENT_TIMEOUT_S,
            )
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.terminate()
        self._runner.close()

    def fill(self, board: str, players: int) -> None:
        """Give a board that has none the standings of so many players, as if they had been submitted."""
        version = time.time_ns() // 1_000
        self._execute(_FILL_PERIOD_SQL, board, version, version + (players - 1) // ROWS_PER_VERSION, players)
        for first in range(0, players, CHUNK_PLAYERS):
            last = min(first + CHUNK_PLAYERS, players) - 1
            self._execute(_FILL_STANDINGS_SQL, board, version, first, last, ROWS_PER_VERSION)
        self._execute("update boards set players = $2, submissions = $2 where board = $1", board, players)
        self._execute("vacuum analyze standings")

    def define_boards(self, stem: str, count: int) -> list[str]:
        """Create boards with the default rules, which no service has been told of; return their ids."""
        boards = [f"{stem}-{number}" for number in range(count)]
        self._execute(_DEFINE_SQL, boards, time.time_ns() // 1_000)
        return boards

    def submissions(self, boards: Sequence[str]) -> int:
        row = self._fetchrow("select sum(submissions)::bigint as n from boards where board = any($1::text[])", boards)
        count: int = row["n"]
        return count

    def wait_applied(self, board: str | Sequence[str], at_least: int, within_s: float) -> None:
        """Return once so many commands have been applied and no more come; raise NotAppliedError after `within_s`."""
        deadline = time.monotonic() + within_s
        count, since = -1, time.monotonic()
        while True:
            now = time.monotonic()
            seen = self.submissions(_names(board))
            if seen != count:
                count, since = seen, now
            if count >= at_least and now - since > SETTLED_AFTER_S:
                return
            if now > deadline:
                raise NotAppliedError(f"{board}: {count} of {at_least} commands were applied within {within_s:.0f} s")
            time.sleep(POLL_INTERVAL_S)

    def progress(self, board: str | Sequence[str]) -> Progress:
        row = self._fetchrow(_PROGRESS_SQL, _names(board))
        return Progress(
            row["commands"],
            row["commands"] * 1e6 / (row["applied_last"] - row["accepted_first"]),
            row["before_last"] * 1e6 / max(1, row["applied_last"] - row["applied_first"]),
        )

    def board_number(self, board: str) -> int:
        number: int = self._fetchrow("select number from boards where board = $1 and deleted_at is null", board)[0]
        return number

    def _execute(self, sql: str, *arguments: Any) -> None:
        self._runner.run(self._connection.execute(sql, *arguments))

    def _fetchrow(self, sql: str, *arguments: Any) -> Any:
        return self._runner.run(self._connection.fetchrow(sql, *arguments))


def _names(board: str | Sequence[str]) -> Sequence[str]:
    return [board] if isinstance(board, str) else board
