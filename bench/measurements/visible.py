"""From the 202 to the page: how long until a score that was accepted can be seen, at half of full load."""

import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Iterator

from bench.context import Bench, BenchError
from bench.loads import SUBMITTING_PLAYERS, json_headers, posting
from bench.rounds import percentile
from bench.settings import ROUNDS
from bench.table import Row, at_most
from bench.wrk import CONNECTIONS, RunningLoad

GOAL_MS = 300.0
LOAD_SHARE = 0.5
PROBES = 3
ENTRIES = 10  # more than there are probes, so that none pushes another off the page
POLL_S = 0.01
REST_MAX_S = 0.1  # at random, so that probes do not fall in step with a cache
VISIBLE_WITHIN_S = 10.0
ABOVE_ALL = 2_000_000_000  # the load's scores are below
ANSWER_MS = 10.0  # what a request takes at half load, about
WITHIN_S = 120.0


def run(bench: Bench) -> list[Row]:
    full = bench.scores_per_s or _measure_full_load(bench)
    board = bench.live_board("visible")
    samples: list[float] = []
    rates: list[float] = []
    for number in range(ROUNDS):
        load = _half_load(bench, board, full * LOAD_SHARE, seed=number)
        with bench.meter.window("visible"):
            samples += _probe_together(bench, board, number)
            rates.append(load.stop().rate)
    bench.rounds["visible: ms"] = samples
    p50, p99 = percentile(samples, 50), percentile(samples, 99)
    return [
        Row(
            measurement=f"from 202 to visible in the page, p99 of {len(samples)}",
            value=p99,
            unit="ms",
            goal=at_most(GOAL_MS),
            p50_ms=p50,
            p99_ms=p99,
        ),
        Row(
            measurement="... the load meanwhile ÷ full load",
            value=bench.record("visible: load, per s", rates),
            unit="scores/s",
            reference=full,
        ),
    ]


def _measure_full_load(bench: Bench) -> float:
    board = bench.live_board("visible-full")
    load = posting(bench, bench.stack.url("post_score"), board)(bench.settings.seconds)
    bench.ledger.wait_applied(board, load.requests - load.refused, WITHIN_S)
    return bench.ledger.progress(board).per_s


def _half_load(bench: Bench, board: str, per_s: float, *, seed: int) -> RunningLoad:
    pause_ms = max(1.0, CONNECTIONS * 1_000 / per_s - ANSWER_MS)
    return bench.wrk.start(
        bench.stack.url("post_score") + "/v1/scores",
        "score",
        *(board, SUBMITTING_PLAYERS, pause_ms, 1_000 + seed),
        headers=json_headers(bench),
    )


def _probe_together(bench: Bench, board: str, number: int) -> list[float]:
    """Let the probes run side by side for a round; return all that they measured, in milliseconds."""
    scores = itertools.count(ABOVE_ALL + number * 1_000_000)
    until = time.monotonic() + bench.settings.seconds
    probes = [_Probe(bench, board, f"probe-{number}-{each}", scores, until) for each in range(PROBES)]
    for probe in probes:
        probe.start()
    for probe in probes:
        probe.join()
    for probe in probes:
        if probe.error is not None:
            raise BenchError("a probe failed") from probe.error
    return [sample for probe in probes for sample in probe.samples]


class _Probe(threading.Thread):
    """A player who submits a score that leads the board, and looks at the page until it is there."""

    def __init__(self, bench: Bench, board: str, name: str, scores: Iterator[int], until: float) -> None:
        super().__init__(name=name, daemon=True)
        self._connection = http.client.HTTPConnection(
            bench.stack.front_door.removeprefix("http://"), timeout=VISIBLE_WITHIN_S
        )
        self._headers = json_headers(bench)
        self._board = board
        self._scores = scores
        self._until = until
        self.samples: list[float] = []
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            for number in itertools.count():
                if time.monotonic() >= self._until:
                    return
                self.samples.append(self._visible_after(f"{self.name}-{number}") * 1e3)
                time.sleep(random.uniform(0, REST_MAX_S))
        except Exception as error:  # it belongs to the measurement, which raises it
            self.error = error
        finally:
            self._connection.close()

    def _visible_after(self, player: str) -> float:
        body = json.dumps({"board": self._board, "player": player, "score": next(self._scores)})
        self._ask("POST", "/v1/scores", http.HTTPStatus.ACCEPTED, body)
        accepted = time.perf_counter()
        path, wanted = f"/v1/boards/{self._board}/standings?limit={ENTRIES}", f'"{player}"'.encode()
        while wanted not in self._ask("GET", path, http.HTTPStatus.OK):
            if time.perf_counter() - accepted > VISIBLE_WITHIN_S:
                raise BenchError(f"{player} was not visible after {VISIBLE_WITHIN_S:.0f} s")
            time.sleep(POLL_S)
        return time.perf_counter() - accepted

    def _ask(self, method: str, path: str, expected: int, body: str | None = None) -> bytes:
        self._connection.request(method, path, body, self._headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status != expected:
            raise BenchError(f"{method} {path}: {response.status} {answer[:200]!r}")
        return answer
