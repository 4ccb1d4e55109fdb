"""A document of a million standings built from nothing, and what readers of another board notice of it."""

from bench import documents_access
from bench.context import Bench
from bench.settings import ROUNDS
from bench.table import Row, at_most
from bench.wrk import Load, RunningLoad
from highscores.documents.keys import DocumentKey
from highscores.domain.documents import DocumentId

PLAYERS = 1_000_000
OTHER_PLAYERS = 10_000
GOAL_S = 8.0
UNDISTURBED_P99_MS = 50.0  # no figure is given for reads; this is the one for writes
READERS, PAUSE_MS = 4, 10  # some 400 pages a second, each of them from Redis
UNTIL_STOPPED_S = 300.0


def run(bench: Bench) -> list[Row]:
    board = bench.filled_board(PLAYERS)
    before: list[Load] = []
    meanwhile: list[Load] = []
    seconds: list[float] = []
    for _ in range(ROUNDS):
        documents_access.drop(
            bench.stack.private, DocumentKey(bench.ledger.board_number(board), DocumentId(board, "all"))
        )
        before.append(_readers(bench, bench.settings.seconds).result())
        readers = _readers(bench, UNTIL_STOPPED_S)
        with bench.meter.window("build"):
            seconds.append(bench.build_document(board))
            meanwhile.append(readers.stop())
    quiet, busy = bench.median("build: pages before", before), bench.median("build: pages meanwhile", meanwhile)
    return [
        Row(
            measurement=f"document of {PLAYERS:,} built, from the request to the end of its job",
            value=bench.record("build: seconds", seconds),
            unit="s",
            goal=at_most(GOAL_S),
        ),
        Row(
            measurement="... p99 of another board's pages meanwhile",
            value=busy.p99_ms,
            unit="ms",
            goal=at_most(UNDISTURBED_P99_MS),
            p50_ms=busy.p50_ms,
            p99_ms=busy.p99_ms,
        ),
        Row(
            measurement="... p99 of the same pages before",
            value=quiet.p99_ms,
            unit="ms",
            p50_ms=quiet.p50_ms,
            p99_ms=quiet.p99_ms,
        ),
    ]


def _readers(bench: Bench, seconds: float) -> RunningLoad:
    """Read pages of another board at a steady pace, around one player after the other."""
    template = f"/v1/boards/{bench.filled_board(OTHER_PLAYERS)}/standings?around=%s&limit=25"
    return bench.wrk.start(
        bench.stack.url("get_scores"),
        "walk",
        *(template, OTHER_PLAYERS, PAUSE_MS),
        seconds=seconds,
        connections=READERS,
    )
