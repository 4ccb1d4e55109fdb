"""Players at a steady rate of arrivals, who write down what they were told, while the cluster changes under them.

Arrivals do not wait for answers: a slow service is not spared. What was not answered is sent again with its key until
it is known, as good clients do.
"""

import asyncio
import itertools
import queue
import random
import secrets
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests import model
from tests.api import bearer, fresh
from tests.cluster.patience import define
from tests.cluster.release import Front
from tests.cluster.watching import Jobs, Versions
from tests.faults.ledger import Sent

RATE = 50.0  # requests a second, on two processors that clients, servers and Kubernetes share
MIX = {"score": 45, "batch": 5, "page": 30, "jobs": 20}  # in a hundred
BATCH_MAX = 20
JOBS_ASKED = 20
PLAYERS = 150
BURST_CLIENTS = 4
CLIENT_TIMEOUT_S = 8.0
RETRY_PAUSE_S = 0.3
GIVEN_UP_AFTER_S = 90.0
CONNECTIONS = 100
NEWEST = datetime(2026, 6, 1, tzinfo=UTC)

Score = dict[str, Any]


class Load:
    """The boards of one load, what was sent to them, and what must never have been seen."""

    def __init__(self, front: Front, admin_key: str, *, may_fail: bool, rate: float = RATE) -> None:
        """With `may_fail` a request may be answered 502, 503, 504 or not at all; without, that is a violation."""
        self.boards = {fresh(f"load-{rules.operator}"): rules for rules in model.EACH_OPERATOR}
        self.sent: list[Sent] = []
        self.violations: list[str] = []
        self.answers: Counter[str] = Counter()
        self.versions = Versions(self.boards)
        self._front = front
        self._key = admin_key
        self._may_fail = may_fail
        self._rate = rate
        self._jobs: list[str] = []
        self._ended = Jobs()
        self._bursts: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._arrive()))

    @property
    def jobs(self) -> list[str]:
        """The jobs of everything accepted."""
        return list(self._jobs)

    def start(self) -> None:
        api = self._front.api(self._key)
        with api.http:
            for board, rules in self.boards.items():
                define(api, board, order=rules.order, operator=rules.operator, periods=list(rules.periods))
        self._thread.start()

    def stop(self) -> None:
        """End the arrivals and wait for the answers to those who have come."""
        self._ending.set()
        self._thread.join()

    def run_for(self, seconds: float) -> None:
        """Let the load go on undisturbed: traffic itself is what is waited for."""
        target = sum(self.answers.values()) + seconds * self._rate * 0.5
        deadline = time.monotonic() + GIVEN_UP_AFTER_S
        until = time.monotonic() + seconds
        while time.monotonic() < until or sum(self.answers.values()) < target:
            assert time.monotonic() < deadline, f"hardly anybody is answered: {self.summary()}"
            time.sleep(0.1)

    def burst(self, batches: int, size: int) -> None:
        """Have so many batches come as fast as a few clients can send them, besides what comes at its rate."""
        self._bursts.put((batches, size))

    def worst(self) -> list[str]:
        """A few violations that differ."""
        different = {violation[:60]: violation for violation in reversed(self.violations)}
        return list(different.values())[-8:]

    def summary(self) -> str:
        outcomes = Counter(each.outcome for each in self.sent)
        answers = dict(sorted(self.answers.items()))
        return f"{len(self._jobs)} scores accepted; requests {dict(outcomes)}; answers {answers}"

    async def _arrive(self) -> None:
        steps: dict[str, Callable[[httpx.AsyncClient], Awaitable[None]]] = {
            "score": lambda client: self._submit(client, 1),
            "batch": lambda client: self._submit(client, random.randrange(2, BATCH_MAX + 1)),
            "page": self._read_page,
            "jobs": self._read_jobs,
        }
        kinds, weights = list(MIX), list(MIX.values())
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        headers = {**bearer(self._key), "Host": self._front.host}
        async with (
            httpx.AsyncClient(
                base_url=self._front.url, headers=headers, timeout=CLIENT_TIMEOUT_S, limits=limits
            ) as client,
            asyncio.TaskGroup() as arrivals,
        ):
            began = time.monotonic()
            for number in itertools.count():
                await asyncio.sleep(max(0.0, began + number / self._rate - time.monotonic()))
                while not self._bursts.empty():
                    batches, size = self._bursts.get()
                    for _ in range(BURST_CLIENTS):
                        arrivals.create_task(self._witnessed(self._send(client, batches // BURST_CLIENTS, size)))
                if self._ending.is_set():
                    return
                kind = random.choices(kinds, weights)[0]
                arrivals.create_task(self._witnessed(steps[kind](client)))

    async def _witnessed(self, step: Awaitable[None]) -> None:
        try:
            await step
        except Exception as error:  # one that dies unseen would prove nothing
            self.violations.append(f"a client failed: {error!r}")

    async def _send(self, client: httpx.AsyncClient, batches: int, size: int) -> None:
        for _ in range(batches):
            await self._submit(client, size)

    async def _submit(self, client: httpx.AsyncClient, count: int) -> None:
        request = secrets.token_hex(8)
        scores = [self._score() for _ in range(count)]
        path, body = ("/v1/scores", scores[0]) if count == 1 else ("/v1/scores/batch", {"scores": scores})
        statuses: list[int | None] = []
        deadline = time.monotonic() + GIVEN_UP_AFTER_S
        while True:
            answer = await self._ask(client, "POST", path, json=body, headers={"Idempotency-Key": request})
            statuses.append(answer.status_code if answer else None)
            if answer is not None and answer.status_code == 202:
                told = answer.json()
                jobs = told["jobs"] if "jobs" in told else [told["job"]]
                self._jobs += jobs
                self.sent.append(Sent(request, scores, "accepted", statuses, jobs))
                return
            if answer is not None and answer.status_code < 500:
                self.violations.append(f"{path} answered {answer.status_code}: {answer.text[:200]}")
                self.sent.append(Sent(request, scores, "refused", statuses, []))
                return
            if time.monotonic() > deadline:
                self.violations.append(f"{path} was answered {statuses[-1]} for {GIVEN_UP_AFTER_S:.0f} s")
                self.sent.append(Sent(request, scores, "unknown", statuses, []))
                return
            await asyncio.sleep(RETRY_PAUSE_S)

    def _score(self) -> Score:
        at = NEWEST - timedelta(seconds=random.randrange(3 * 86_400))
        return {
            "board": random.choice(list(self.boards)),
            "player": f"p{random.randrange(PLAYERS)}",
            "score": random.randrange(-50, 1_000),
            "achieved_at": at.isoformat(),
        }

    async def _read_page(self, client: httpx.AsyncClient) -> None:
        board = random.choice(list(self.boards))
        least = self.versions.least(board)
        answer = await self._ask(client, "GET", f"/v1/boards/{board}/standings?period=all&limit=10")
        if answer is None or answer.status_code != 200:
            return
        version = answer.json()["version"]
        self.versions.saw(board, version)
        if version < least:
            self.violations.append(f"the version of {board} fell from {least} to {version}")

    async def _read_jobs(self, client: httpx.AsyncClient) -> None:
        asked = random.sample(self._jobs, min(len(self._jobs), JOBS_ASKED))
        before = self._ended.known(asked)
        answer = await self._ask(client, "GET", f"/v1/jobs?ids={','.join(asked)}") if asked else None
        if answer is not None and answer.status_code == 200:
            self.violations += self._ended.saw(before, answer.json()["jobs"])

    async def _ask(self, client: httpx.AsyncClient, method: str, path: str, **options: Any) -> httpx.Response | None:
        """Return the answer, None if there was none. Counts it, and notes what should not have come."""
        kind = f"{method} {path.partition('?')[0].removeprefix('/v1/').partition('/')[0]}"
        started = time.monotonic()
        try:
            answer = await client.request(method, path, **options)
        except httpx.TransportError as error:
            self.answers[f"{kind} {type(error).__name__}"] += 1
            if not self._may_fail:
                self.violations.append(f"{method} {path}: {error!r} after {time.monotonic() - started:.1f} s")
            return None
        self.answers[f"{kind} {answer.status_code}"] += 1
        tolerated = {200, 202} | ({502, 503, 504} if self._may_fail else set())
        if answer.status_code not in tolerated:
            took = time.monotonic() - started
            self.violations.append(f"{method} {path}: {answer.status_code} {answer.text[:200]} after {took:.1f} s")
        return answer


@contextmanager
def load(front: Front, admin_key: str, *, may_fail: bool, rate: float = RATE) -> Iterator[Load]:
    """A load for as long as the block lasts; afterwards all its requests have been answered or given up."""
    players = Load(front, admin_key, may_fail=may_fail, rate=rate)
    players.start()
    try:
        yield players
    finally:
        players.stop()
        print(players.summary())
