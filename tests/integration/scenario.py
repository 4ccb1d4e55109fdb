"""Boards and submissions for the tests of the heart, and what the ledger says about them, in the model's words."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.model import Outcome, Rules, Score, Standing

from highscores.documents.keys import DocumentKey
from highscores.domain.boards import Board, SubScore
from highscores.domain.commands import DefineBoard, DeleteBoard, SubmitScore
from highscores.domain.documents import DocumentId
from highscores.domain.jobs import JobState
from highscores.ledger.engine import Connection, driver_connection
from worker.commands.apply import BatchOutcome, apply_submissions
from worker.commands.boards import define_board, delete_board
from worker.documents.changes import find_board_number
from worker.tasks.steps import run_step

HOUR, DAY = 3_600_000_000, 86_400_000_000
NOON = 1_793_534_400_000_000  # 2026-11-01, 12:00 UTC: the day on which summer time ends in New York
BUCKET = 0  # the ledger of the tests has one
ZONES = ("UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Kathmandu")


def now() -> int:
    return time.time_ns() // 1_000


def submission(board: str, player: str = "alice", score: int = 1, **more: Any) -> SubmitScore:
    """A score with a job of its own; `accepted_at` is `achieved_at` unless given."""
    more.setdefault("achieved_at", NOON)
    return SubmitScore(
        **{"job": uuid4(), "accepted_at": more["achieved_at"], "board": board, "player": player, "score": score} | more
    )


_command_numbers = count(1)  # as PostgreSQL gives them, in the order in which commands are accepted


def command_number() -> int:
    return next(_command_numbers)


async def define(
    engine: AsyncEngine, board: str, rules: Board, *, at: int = NOON, number: int | None = None
) -> JobState | None:
    """Define the board, with all that follows from it; return the job's end, or None when it had ended before."""
    command = DefineBoard(uuid4(), at, board, rules, number=number or command_number())
    async with driver_connection(engine) as connection:
        ended = await define_board(connection, BUCKET, command, now())
    ended += await run_tasks(engine, board)
    return next((state for state in ended if state.job == str(command.job)), None)


async def delete(engine: AsyncEngine, board: str, *, at: int = NOON, number: int | None = None) -> JobState | None:
    command = DeleteBoard(uuid4(), at, board, number=number or command_number())
    async with driver_connection(engine) as connection:
        ended = await delete_board(connection, BUCKET, command, now())
    ended += await run_tasks(engine, board)
    return next((state for state in ended if state.job == str(command.job)), None)


async def run_tasks(engine: AsyncEngine, board: str, *, limit_rows: int = 3) -> list[JobState]:
    """Do all of the board's tasks, in many small steps; return the jobs that ended with them."""
    ended: list[JobState] = []
    async with driver_connection(engine) as connection:
        while task := await connection.fetchval("select task from tasks where board = $1 order by task limit 1", board):
            ended += (await run_step(connection, task, limit_rows, now())).ended
    return ended


async def apply(engine: AsyncEngine, *submissions: SubmitScore) -> BatchOutcome:
    async with driver_connection(engine) as connection:
        return await apply_submissions(connection, BUCKET, submissions, now(), wait=True)


async def key_of(engine: AsyncEngine, board: str, period: str = "all", region: str | None = None) -> DocumentKey:
    """The key of a document of the living board of this name."""
    async with driver_connection(engine) as connection:
        number = await find_board_number(connection, BUCKET, board)
    assert number is not None
    return DocumentKey(number, DocumentId(board, period, region))


# --- In the model's words --------------------------------------------------------------------------------------------


def rules_of(board: Board) -> Rules:
    orders = tuple(subscore.order for subscore in board.subscores)
    return Rules(board.order, board.operator, board.periods, board.timezone, board.min, board.max, orders, board.ranks)


def scores_of(submissions: Iterable[SubmitScore]) -> list[Score]:
    """Each job once, in order of arrival."""
    once: dict[UUID, SubmitScore] = {}
    for s in submissions:
        once.setdefault(s.job, s)
    return [
        Score(str(s.job), s.player, s.score, s.achieved_at, s.name, s.region, s.metadata, s.line, s.subscores)
        for s in once.values()
    ]


def by_player(tables: dict[str, list[Standing]]) -> dict[str, dict[str, Standing]]:
    """Standings without their order, which only documents have."""
    return {period: {row.player: row for row in table} for period, table in tables.items()}


def outcome_of(state: JobState, board: str) -> Outcome:
    assert (state.command, state.status, state.error) == ("submit-score", "done", None)
    assert state.result is not None
    named, period = state.result["document"].split(":")
    assert named == board
    return Outcome(period, state.result["score"], state.result["previous"], state.result["improved"])


# --- What the ledger says --------------------------------------------------------------------------------------------

# The rows of a table that are of the living board of this name.
OF_BOARD = "board_number in (select number from boards where board = $1 and deleted_at is null)"


async def stored_standings(engine: AsyncEngine, board: str) -> dict[str, dict[str, Standing]]:
    """The rows of the board, checked against the counts and versions that stand beside them."""
    async with driver_connection(engine) as connection:
        rows = await connection.fetch(
            f"""select period, player, s.score, s.subscores, achieved_at, line, s.job, s.name, s.region, s.metadata,
                       version, (select array[score] || subscores from submissions l where l.job = s.job) as submitted
                from standings s where state = 'shown' and {OF_BOARD}""",
            board,
        )
        periods = await connection.fetch(f"select * from periods where players > 0 and {OF_BOARD}", board)
    found: dict[str, dict[str, Standing]] = {}
    for row in rows:
        counts = Score(
            str(row["job"]),
            row["player"],
            row["submitted"][0],
            row["achieved_at"],
            row["name"],
            row["region"],
            row["metadata"],
            row["line"],
            tuple(row["submitted"][1:]),
        )
        standing = Standing(row["player"], row["score"], counts, tuple(row["subscores"] or ()))
        found.setdefault(row["period"], {})[row["player"]] = standing
    assert {row["period"]: row["players"] for row in periods} == Counter(row["period"] for row in rows)
    versions = {row["period"]: (row["first_version"], row["version"]) for row in periods}
    for period, (first, last) in versions.items():
        stamps = [row["version"] for row in rows if row["period"] == period]
        assert first <= last
        assert max(stamps) <= last  # of which a removal may have been the last change
    return found


async def counts(engine: AsyncEngine, board: str) -> tuple[int, int]:
    """Submissions and players, as the board's row has them."""
    async with driver_connection(engine) as connection:
        row = await connection.fetchrow(
            "select submissions, players from boards where board = $1 and deleted_at is null", board
        )
    return row["submissions"], row["players"]


async def rows_of(connection: Connection, table: str, board: str) -> int:
    found: int = await connection.fetchval(f"select count(*) from {table} where {OF_BOARD}", board)
    return found


# --- Histories -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class History:
    """Boards, and submissions to them in the batches in which they are delivered: shuffled, some more than once."""

    boards: dict[str, Board]
    batches: list[list[SubmitScore]]

    @property
    def arrivals(self) -> list[SubmitScore]:
        return [submission for batch in self.batches for submission in batch]

    def arrived_at(self, board: str) -> list[SubmitScore]:
        return [submission for submission in self.arrivals if submission.board == board]


rules = st.builds(
    Board,
    title=st.just("x"),
    order=st.sampled_from(["desc", "asc"]),
    operator=st.sampled_from(["best", "latest", "sum"]),
    periods=st.permutations(["all", "day", "week", "month"]).flatmap(
        lambda kinds: st.integers(1, 4).map(lambda n: tuple(kinds[:n]))
    ),
    timezone=st.sampled_from(ZONES),
    regions=st.just(True),
    subscores=st.lists(st.builds(SubScore, st.just("s"), st.sampled_from(["asc", "desc"])), max_size=3).map(tuple),
    ranks=st.sampled_from(["ordinal", "competition"]),
)


# Much at one instant; and the very midnights of the zones, with the instants before them.
times = st.sampled_from([0, 0, 0, 0, 1, HOUR, DAY, -DAY, 40 * DAY]).map(lambda after: NOON + after) | st.builds(
    lambda hours, before: NOON + int(hours * HOUR) - before, st.sampled_from([6.25, -2, 12, 17]), st.integers(0, 1)
)


@st.composite
def histories(draw: st.DrawFn, max_boards: int = 3, max_submissions: int = 30) -> History:
    """Few players, scores and times, so that ties abound; jobs in an order that has nothing to do with arrival."""
    tag = uuid4().hex
    boards = {f"h{n}-{tag}": draw(rules) for n in range(draw(st.integers(1, max_boards)))}
    numbers = draw(st.permutations(range(draw(st.integers(1, max_submissions)))))

    def subscores(board: str) -> tuple[int, ...]:
        """All that the board has, or none."""
        named = len(boards[board].subscores)
        all_of_them = st.lists(st.integers(-1, 1), min_size=named, max_size=named).map(tuple)
        return draw(st.just(()) | all_of_them)

    written = [
        SubmitScore(
            job=UUID(int=(number << 112) | uuid4().int >> 16),
            accepted_at=NOON,
            board=(board := draw(st.sampled_from(sorted(boards)))),
            player=draw(st.sampled_from("abc")),
            score=draw(st.integers(-2, 2)),
            achieved_at=draw(times),
            line=draw(st.sampled_from([0, 0, 1, 300])),
            name=draw(st.sampled_from([None, "A", "Ü \"\\'\u2029"])),
            region=draw(st.sampled_from([None, "de", "fr"])),
            metadata=draw(st.sampled_from([None, '{"a":1}'])),
            subscores=subscores(board),
        )
        for number in numbers
    ]
    repeated = draw(st.lists(st.sampled_from(written), max_size=5))
    return History(boards, cut(draw, draw(st.permutations([*written, *repeated]))))


def cut(draw: st.DrawFn, deliveries: Sequence[SubmitScore]) -> list[list[SubmitScore]]:
    ends = sorted(draw(st.sets(st.integers(1, len(deliveries)), max_size=6)) | {len(deliveries)})
    return [list(deliveries[start:end]) for start, end in zip([0, *ends], ends, strict=False)]
