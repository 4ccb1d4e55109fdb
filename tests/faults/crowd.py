"""A crowd of clients that keeps its own durable ledger of what it sent and what it was answered."""

import itertools
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
from tests.api import bearer

CLIENTS = 4
PLAYERS = 50
SCORES = 200  # few, so that ties abound
BATCH = 20
LIMIT_S = 3.0  # promise P6
GRACE_S = 0.7  # for a loaded machine and the way through nginx
GIVE_UP_S = 10.0
PAUSE_S = 0.01


@dataclass
class Sent:
    """One score, by its number in the crowd; `job` when it was answered 202, `status` None when nothing came back."""

    number: int
    player: str
    score: int
    status: int | None = None
    job: str | None = None


@dataclass
class Crowd:
    """Sends scores to one board until it is told to stop. Each score carries its number as metadata."""

    url: str
    key: str
    board: str
    file: Path
    sent: dict[int, Sent] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def sending(self) -> Iterator[None]:
        stop = threading.Event()
        with self.file.open("a", encoding="utf-8") as ledger:
            clients = [
                threading.Thread(target=self._client, args=(seed, stop, ledger), daemon=True) for seed in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            try:
                yield
            finally:
                stop.set()
                for client in clients:
                    client.join(timeout=2 * GIVE_UP_S)
                assert not any(client.is_alive() for client in clients)

    def accepted(self) -> list[Sent]:
        return [sent for sent in self.sent.values() if sent.status == 202]

    def _client(self, seed: int, stop: threading.Event, ledger: IO[str]) -> None:
        chance = random.Random(seed)
        with httpx.Client(base_url=self.url, headers=bearer(self.key), timeout=GIVE_UP_S) as http:
            while not stop.is_set():
                many = chance.random() < 0.3
                scores = [self._new(chance) for _ in range(BATCH if many else 1)]
                self._write(ledger, {"sent": [vars(score) for score in scores]})
                bodies = [self._body(score) for score in scores]
                began = time.monotonic()
                try:
                    if many:
                        answer = http.post("/v1/scores/batch", json={"scores": bodies})
                    else:
                        answer = http.post("/v1/scores", json=bodies[0])
                except httpx.TransportError:
                    self._write(ledger, {"unknown": [score.number for score in scores]})
                else:
                    self._answered(ledger, scores, answer)
                if time.monotonic() - began > LIMIT_S + GRACE_S:
                    self.late.append(time.monotonic() - began)
                time.sleep(PAUSE_S)

    def _answered(self, ledger: IO[str], scores: list[Sent], answer: httpx.Response) -> None:
        jobs: list[str | None] = [None] * len(scores)
        if answer.status_code == 202:
            body = answer.json()
            jobs = body["jobs"] if "jobs" in body else [body["job"]]
        for score, job in zip(scores, jobs, strict=True):
            score.status, score.job = answer.status_code, job
        self._write(ledger, {"status": answer.status_code, "jobs": jobs, "of": [score.number for score in scores]})

    def _new(self, chance: random.Random) -> Sent:
        with self._lock:
            score = Sent(next(self._numbers), f"p{chance.randrange(PLAYERS)}", chance.randrange(SCORES))
            self.sent[score.number] = score
            return score

    def _body(self, score: Sent) -> dict[str, Any]:
        number = {"number": score.number}
        return {"board": self.board, "player": score.player, "score": score.score, "metadata": number}

    def _write(self, ledger: IO[str], line: dict[str, Any]) -> None:
        with self._lock:
            ledger.write(json.dumps(line) + "\n")
            ledger.flush()
            os.fsync(ledger.fileno())


def repeatedly(times: int, pause_s: float, act: Callable[[], None]) -> None:
    for _ in range(times):
        time.sleep(pause_s)
        act()
