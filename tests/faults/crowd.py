"""Clients that submit, read and follow jobs while things break, and that write down what they are told."""

import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from tests import model
from tests.api import Api, bearer, fresh, without_rank
from tests.faults.ledger import ClientLedger
from tests.stack import Stack

SENDERS = 6
PAUSE_MAX_S = 0.03
CLIENT_TIMEOUT_S = 8.0
RETRIES = 3
LIMIT_S = 3.0
PATIENCE_S = 0.5  # for the client's own slowness: it shares two processors with all that it disturbs
BATCH_MAX = 60
PLAYERS = 200
JOBS_ASKED = 40
NEWEST = datetime(2026, 6, 1, tzinfo=UTC)


class Observations:
    """What must never be seen, seen all the same; and what was seen how often."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.statuses: dict[str, int] = {}
        self.slowest_s = 0.0
        self._lock = threading.Lock()

    def answered(self, call: str, status: int | None, seconds: float, limit_s: float = LIMIT_S) -> None:
        with self._lock:
            key = f"{call} {status}"
            self.statuses[key] = self.statuses.get(key, 0) + 1
            self.slowest_s = max(self.slowest_s, seconds)
            if seconds > limit_s + PATIENCE_S:
                self.violations.append(f"{call} took {seconds:.2f} s, status {status}")
            if status == 500:
                self.violations.append(f"{call} answered 500")

    def violation(self, text: str) -> None:
        with self._lock:
            self.violations.append(text)


class Crowd:
    """Boards of each operator, and threads that use them until `stop`."""

    def __init__(self, stack: Stack, ledger_path: Path) -> None:
        self.boards = {fresh(f"fault-{rules.operator}"): rules for rules in model.EACH_OPERATOR}
        self.ledger_path = ledger_path
        self.seen = Observations()
        self.accepted_jobs: list[str] = []
        self.dead_letters = 0  # that the test expects
        self._stack = stack
        self._ledger = ClientLedger(ledger_path)
        self._ending = threading.Event()
        self._may_send = threading.Event()
        self._may_send.set()
        self._threads = [
            *(threading.Thread(target=self._run, args=(self._send_one,)) for _ in range(SENDERS)),
            threading.Thread(target=self._run, args=(self._page_reader(),)),
            threading.Thread(target=self._run, args=(self._job_watcher(),)),
        ]

    def start(self) -> None:
        api = Api(self._stack.url, self._stack.keys.admin)
        with api.http:
            for board, rules in self.boards.items():
                api.define(board, order=rules.order, operator=rules.operator, periods=list(rules.periods))
                api.page(board)
        for thread in self._threads:
            thread.start()

    def run_for(self, seconds: float) -> None:
        """Let them go on; fail at once when one of them has found what must never be."""
        time.sleep(seconds)
        assert not self.seen.violations, self.seen.violations[:5]

    def hold(self) -> None:
        """Let nobody send; those who read go on."""
        self._may_send.clear()

    def resume(self) -> None:
        self._may_send.set()

    def note_accepted(self, scores: list[dict[str, Any]], jobs: list[str]) -> None:
        """Take scores into the ledger that the test has got accepted by a way of its own."""
        request = scores[0]["metadata"]["request"]
        self._ledger.sending(request, scores)
        self._ledger.answered(request, 202, jobs)
        self.accepted_jobs += jobs

    def random_scores(self, count: int) -> list[dict[str, Any]]:
        request = secrets.token_hex(8)
        return [self._score(request, index) for index in range(count)]

    def stop(self) -> None:
        self._ending.set()
        self._may_send.set()
        for thread in self._threads:
            thread.join()
        self._ledger.close()

    def _run(self, step: Callable[[httpx.Client], None]) -> None:
        with httpx.Client(
            base_url=self._stack.url, headers=bearer(self._stack.keys.admin), timeout=CLIENT_TIMEOUT_S
        ) as client:
            while not self._ending.is_set():
                try:
                    step(client)
                except Exception as error:  # a thread that dies unseen would prove nothing
                    self.seen.violation(f"{step}: {error!r}")
                    return
                time.sleep(random.random() * PAUSE_MAX_S)

    def _send_one(self, client: httpx.Client) -> None:
        self._may_send.wait()
        scores = self.random_scores(random.choice((1, 1, 1, random.randrange(2, BATCH_MAX))))
        request, count = scores[0]["metadata"]["request"], len(scores)
        if random.random() < 0.05:
            scores[-1]["score"] = "wrong"
        self._ledger.sending(request, scores)
        path, body = ("/v1/scores", scores[0]) if count == 1 else ("/v1/scores/batch", {"scores": scores})
        for _ in range(RETRIES):
            status, jobs = self._attempt(client, path, body, request)
            self._ledger.answered(request, status, jobs)
            if status == 202:
                self.accepted_jobs += jobs
            if (status is not None and status < 500) or random.random() < 0.3 or self._ending.is_set():
                return
            time.sleep(0.2)

    def _attempt(self, client: httpx.Client, path: str, body: Any, request: str) -> tuple[int | None, list[str]]:
        started = time.monotonic()
        try:
            answer = client.post(path, json=body, headers={"Idempotency-Key": request})
        except httpx.TransportError:
            self.seen.answered(path, None, time.monotonic() - started)
            return None, []
        self.seen.answered(path, answer.status_code, time.monotonic() - started)
        if answer.status_code != 202:
            return answer.status_code, []
        told = answer.json()
        return 202, told["jobs"] if "jobs" in told else [told["job"]]

    def _score(self, request: str, index: int) -> dict[str, Any]:
        at = NEWEST - timedelta(seconds=random.randrange(3 * 86_400))
        return {
            "board": random.choice(list(self.boards)),
            "player": f"p{random.randrange(PLAYERS)}",
            "score": random.randrange(-50, 1_000),
            "achieved_at": at.isoformat(),
            "metadata": {"request": request, "index": index},
        }

    def _page_reader(self) -> Callable[[httpx.Client], None]:
        """Versions never fall."""
        versions: dict[str, int] = {}

        def read(client: httpx.Client) -> None:
            board = random.choice(list(self.boards))
            answer = self._get(client, f"/v1/boards/{board}/standings?period=all&limit=10", "page", wait_s=2)
            if answer is None or answer.status_code != 200:
                return
            version = answer.json()["version"]
            if version < versions.get(board, 0):
                self.seen.violation(f"the version of {board} fell from {versions[board]} to {version}")
            versions[board] = version

        return read

    def _job_watcher(self) -> Callable[[httpx.Client], None]:
        """What has ended stays as it ended."""
        ended: dict[str, dict[str, Any]] = {}

        def read(client: httpx.Client) -> None:
            known = self.accepted_jobs
            asked = {
                *random.sample(known, min(len(known), JOBS_ASKED)),
                *random.sample(list(ended), min(len(ended), 9)),
            }
            if not asked:
                return
            answer = self._get(client, f"/v1/jobs?ids={','.join(asked)}", "jobs")
            if answer is None or answer.status_code == 503:
                return
            if answer.status_code != 200:
                self.seen.violation(f"jobs: {answer.text[:200]}")
                return
            for state in map(without_rank, answer.json()["jobs"]):
                before = ended.get(state["job"])
                if before is not None and before != state:
                    self.seen.violation(f"a job that had ended changed: {before} to {state}")
                if state["status"] != "queued":
                    ended[state["job"]] = state

        return read

    def _get(self, client: httpx.Client, path: str, call: str, wait_s: float = 0) -> httpx.Response | None:
        started = time.monotonic()
        try:
            answer = client.get(path)
        except httpx.TransportError:
            self.seen.answered(call, None, time.monotonic() - started, LIMIT_S + wait_s)
            return None
        self.seen.answered(call, answer.status_code, time.monotonic() - started, LIMIT_S + wait_s)
        return answer


@contextmanager
def crowd(stack: Stack, directory: Path) -> Iterator[Crowd]:
    """A crowd at work; it has gone home when the block ends."""
    people = Crowd(stack, directory / "ledger.jsonl")
    people.start()
    try:
        yield people
    finally:
        people.stop()
