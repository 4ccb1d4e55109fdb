"""What every measurement works with: the stack, the generator, the ledger, and boards made on first use."""

import asyncio
import http.client
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, TypeVar

from bench import rounds
from bench.ledger import Ledger
from bench.settings import ROUNDS, Settings
from bench.stack import BenchStack
from bench.usage import Meter
from bench.wrk import Load, Wrk
from highscores_client import Client
from highscores_client.results import Job

BUILD_TIMEOUT_S = 600.0
HTTP_TIMEOUT_S = 15.0
WARM_UP_S = 1.0

Outcome = TypeVar("Outcome")


class BenchError(Exception):
    """A measurement could not be made; the text says why."""


class Median(NamedTuple):
    """Each figure's median over the rounds."""

    per_s: float
    p50_ms: float
    p99_ms: float


class Bench:
    """`rounds` is what each round of each variant gave; `remarks` is what a reader of the table must know besides."""

    def __init__(self, settings: Settings, stack: BenchStack, ledger: Ledger, wrk: Wrk, meter: Meter) -> None:
        self.settings = settings
        self.stack = stack
        self.ledger = ledger
        self.wrk = wrk
        self.meter = meter
        self.rounds: dict[str, list[float]] = {}
        self.remarks: list[str] = []
        self.scores_per_s: float | None = None  # accepted and applied at full load, once that has been measured
        self._filled: dict[int, str] = {}

    # Rounds

    def loads(self, measurement: str, variants: Mapping[str, Callable[[float], Load]]) -> dict[str, Median]:
        """Run generators in turns, each for so many seconds, after a short turn of each that does not count.

        Each has the processor time and memory that it costs counted under its name.
        """
        for run in variants.values():
            run(WARM_UP_S)
        named = {f"{measurement}: {name}": run for name, run in variants.items()}
        found = rounds.interleaved(ROUNDS, {name: self._metered(name, run) for name, run in named.items()})
        return {name: self.median(f"{measurement}: {name}", found[f"{measurement}: {name}"]) for name in variants}

    def median(self, variant: str, loads: list[Load]) -> Median:
        refused, broken = sum(load.refused for load in loads), sum(load.broken for load in loads)
        if refused or broken:
            total = sum(load.requests for load in loads)
            self.remarks.append(f"{variant}: of {total} requests, {refused} were refused, {broken} got no answer")
        return Median(
            self.record(f"{variant}, per s", [load.rate for load in loads]),
            self.record(f"{variant}, p50 ms", [load.p50_ms for load in loads]),
            self.record(f"{variant}, p99 ms", [load.p99_ms for load in loads]),
        )

    def record(self, variant: str, figures: list[float]) -> float:
        """Keep what the rounds gave and return their median."""
        self.rounds[variant] = figures
        return rounds.median(figures)

    def _metered(self, variant: str, run: Callable[[float], Load]) -> Callable[[int], Load]:
        def metered(_: int) -> Load:
            with self.meter.window(variant):
                return run(self.settings.seconds)

        return metered

    # Boards

    def define_board(self, board: str) -> str:
        """Create a board with the default rules (best score, all time) and return its id."""

        async def define(client: Client) -> None:
            accepted = await client.define_board(board, {"title": f"Benchmark {board}"})
            _require_done(await client.ended(accepted.job))

        self._through_client(define)
        return board

    def live_board(self, board: str) -> str:
        """Create a board of one player whose document is in the cache, so that it is kept current; return its id."""
        self.ledger.fill(self.define_board(board), 1)
        self.build_document(board)
        return board

    def filled_board(self, players: int) -> str:
        """Return the board with so many standings (players p00000000 and up), its document in the cache."""
        if players not in self._filled:
            board = self.define_board(f"of-{players}")
            self.ledger.fill(board, players)
            self._filled[players] = board
            self.build_document(board)
        return self._filled[players]

    def build_document(self, board: str) -> float:
        """Ask for the board's document; return the seconds from the request to the end of its job."""

        async def build(client: Client) -> float:
            began = time.perf_counter()
            accepted = await client.build_document(board)
            _require_done(await client.ended(accepted.job, timeout_s=BUILD_TIMEOUT_S))
            return time.perf_counter() - began

        return self._through_client(build)

    def submit(self, board: str, player: str, score: int) -> str:
        """Submit one score, wait until it is applied, and return its job."""

        async def submit(client: Client) -> str:
            accepted = await client.submit(board, player, score)
            _require_done(await client.ended(accepted.job))
            return accepted.job

        return self._through_client(submit)

    def get(self, service: str, path: str) -> bytes:
        """Return the body of a 200; raise BenchError for any other answer."""
        connection = http.client.HTTPConnection(self.stack.url(service).removeprefix("http://"), timeout=HTTP_TIMEOUT_S)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            raise BenchError(f"GET {path} of {service}: {response.status} {body[:200]!r}")
        return body

    def _through_client(self, use: Callable[[Client], Awaitable[Outcome]]) -> Outcome:
        async def connected() -> Outcome:
            async with Client(self.stack.front_door, self.stack.keys["admin"]) as client:
                return await use(client)

        return asyncio.run(connected())


def _require_done(job: Job) -> None:
    if job.status != "done":
        raise BenchError(f"{job.command} {job.job} was {job.status}: {job.error}")
