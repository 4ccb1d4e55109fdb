"""A big board changes its time zone while scores go to others: nobody waits for it, and nothing is computed wrongly."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest
from tests.api import Api, connected, fresh
from tests.big_board import DAYS, KINDS, BigBoard, queries
from tests.faults.supervised import Supervised
from tests.stack import Stack

pytestmark = pytest.mark.faults

FIRST_DAY = datetime(2026, 2, 20, tzinfo=UTC)
OTHERS = 10
SENDERS = 4
PAUSE_MAX_S = 0.02
PLAYERS = 500
BATCH_SIZE = 50
PEACE_S = 2.0
WAIT_MAX_S = 0.5  # of a score for the recomputation of another board
UNHURRIED_S = 1_800.0  # for the recomputation itself, which gives way to everything else
FOLLOWED_S = 60.0  # for a score, while workers are killed and started again
KILL_PAUSE_S = (3.0, 15.0)  # from one kill to the next
OLD_ZONE, NEW_ZONE = "UTC", "America/New_York"

_LONGEST_WAIT_SQL = """
    select (max(finished_at - accepted_at) / 1e6)::float
    from jobs j join boards b on b.number = j.board_number
    where command = 'submit-score' and b.board = any($1::text[]) and accepted_at >= $2 and accepted_at < $3
"""


class Players:
    """People who send scores to ten boards, now and then to the big one too, and follow each to the end of its job."""

    def __init__(self, stack: Stack, others: list[str], big: str) -> None:
        self.failures: list[str] = []
        self.waits: list[float] = []  # seconds until the job of a score was seen to have ended, in that order
        self._stack = stack
        self._others = others
        self._big = big
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(SENDERS)]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._ending.set()
            for thread in self._threads:
                thread.join()

    def _run(self) -> None:
        try:
            with connected(self._stack.url, self._stack.keys.admin) as api:
                while not self._ending.is_set():
                    self._send(api)
                    time.sleep(random.random() * PAUSE_MAX_S)
        except Exception as error:  # a thread that dies unseen would prove nothing
            self.failures.append(repr(error))

    def _send(self, api: Api) -> None:
        if random.random() < 0.1:
            scores = [self._score(random.choice([*self._others, self._big])) for _ in range(BATCH_SIZE)]
            self._follow(api, api.command("POST", "/v1/scores/batch", {"scores": scores}))
            return
        began = time.monotonic()
        self._follow(api, api.command("POST", "/v1/scores", self._score(random.choice(self._others))))
        self.waits.append(time.monotonic() - began)

    def _follow(self, api: Api, answer: httpx.Response) -> None:
        assert answer.status_code == 202, answer.text
        told = answer.json()
        for job in told.get("jobs") or [told["job"]]:
            wait_done(api, job, FOLLOWED_S)

    def _score(self, board: str) -> dict[str, Any]:
        at = FIRST_DAY + timedelta(days=random.randrange(DAYS), minutes=random.randrange(24 * 60))
        return {
            "board": board,
            "player": f"p{random.randrange(PLAYERS):07}",
            "score": random.randrange(-50, 1_000),
            "achieved_at": at.isoformat(),
        }


class Waits(NamedTuple):
    """The longest, in seconds: of scores of other boards before the change and meanwhile, as the ledger and as clients
    see it.
    """

    applied_before: float
    applied: float
    seen_before: float
    seen: float

    def check(self) -> None:
        """Assert that nobody has waited for the recomputation; what the machine takes by itself is not counted."""
        assert self.applied <= WAIT_MAX_S + self.applied_before, self
        assert self.seen <= WAIT_MAX_S + self.seen_before, self


@pytest.mark.parametrize(
    "operator", ["sum", pytest.param("best", marks=pytest.mark.slow), pytest.param("latest", marks=pytest.mark.slow)]
)
def test_nobody_waits_for_a_board_that_is_recomputed(running: Supervised, operator: str) -> None:
    recompute(running, operator, 30_000).check()


@pytest.mark.long
def test_nobody_waits_for_a_board_of_a_million_that_is_recomputed(running: Supervised) -> None:
    recompute(running, "sum", 1_000_000).check()


@pytest.mark.long
def test_a_board_of_a_million_is_recomputed_while_workers_are_killed(running: Supervised) -> None:
    recompute(running, "sum", 1_000_000, kill=running.workers)


def recompute(running: Supervised, operator: str, submissions: int, kill: Sequence[str] = ()) -> Waits:
    """Change the time zone of a board of this size under load; assert that all standings are right afterwards."""
    others, big = [fresh("other") for _ in range(OTHERS)], fresh("big")
    stack = running.stack
    with queries(stack.private) as database, connected(stack.url, stack.keys.admin) as api:
        for board in (*others, big):
            api.define(board, operator=operator, periods=list(KINDS), timezone=OLD_ZONE)
        ledger = BigBoard(database, big, operator)
        ledger.fill(submissions)
        players = Players(stack, others, big)
        with players.at_work():
            time.sleep(PEACE_S)
            in_peace, began = len(players.waits), time.time_ns() // 1_000
            change = {"title": "Test", "operator": operator, "periods": list(KINDS), "timezone": NEW_ZONE}
            job = api.command("PUT", f"/v1/admin/boards/{big}", change).json()["job"]
            with killed_now_and_then(running, kill):
                wait_done(api, job, UNHURRIED_S)
            until = time.time_ns() // 1_000
        running.heal()
        assert not players.failures, players.failures
        ledger.check(NEW_ZONE)
        waits = Waits(
            database.value(_LONGEST_WAIT_SQL, others, 0, began),
            database.value(_LONGEST_WAIT_SQL, others, began, until),
            max(players.waits[:in_peace]),
            max(players.waits[in_peace:]),
        )
    print(f"{operator}, {submissions:,}: {(until - began) / 1e6:.1f} s, {len(players.waits)} single scores, {waits}")
    return waits


def wait_done(api: Api, job: str, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while (state := api.job(job))["status"] == "queued":
        assert time.monotonic() < deadline, state
    assert state["status"] == "done", state


@contextmanager
def killed_now_and_then(running: Supervised, names: Sequence[str]) -> Iterator[None]:
    """kill -9 of one, or of all at once; the supervisor brings them back."""
    ended = threading.Event()

    def kill() -> None:
        while names and not ended.wait(random.uniform(*KILL_PAUSE_S)):
            running.kill(*random.choice([names, [random.choice(names)]]))

    killing = threading.Thread(target=kill)
    killing.start()
    try:
        yield
    finally:
        ended.set()
        killing.join()
