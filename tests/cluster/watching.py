"""What readers must never see: a version that falls, a job that had ended and changes."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.api import without_rank

STALE_S = 0.5  # a page may be 0.1 s old in the memory of each get_scores; the rest is the way

Json = dict[str, Any]


class Versions:
    """The versions that were answered. A reader must not see less than was seen well before they asked."""

    def __init__(self, boards: Iterable[str]) -> None:
        self._answered = {board: deque([(0.0, 0)]) for board in boards}  # when, and which
        self._may_fall = False

    def least(self, board: str) -> int:
        """The version that who asks now must see at least."""
        known = self._answered[board]
        while len(known) > 1 and known[1][0] < time.monotonic() - STALE_S:
            known.popleft()
        return 0 if self._may_fall else known[0][1]

    def saw(self, board: str, version: int) -> None:
        if version > self._answered[board][-1][1]:
            self._answered[board].append((time.monotonic(), version))

    @contextmanager
    def may_fall(self) -> Iterator[None]:
        """While documents can't be read, each get_scores shows the pages that it remembers, and these differ."""
        self._may_fall = True
        try:
            yield
        finally:
            self._answered = {board: deque([(time.monotonic(), 0)]) for board in self._answered}
            self._may_fall = False


class Jobs:
    """The states of jobs that have ended."""

    def __init__(self) -> None:
        self._ended: dict[str, Json] = {}

    def known(self, jobs: Iterable[str]) -> dict[str, Json]:
        """Those of these jobs that are known to have ended."""
        return {job: self._ended[job] for job in jobs if job in self._ended}

    def saw(self, before: dict[str, Json], states: Iterable[Json]) -> list[str]:
        """Take note of what was answered to somebody who knew `before`; return what must not be."""
        wrong = []
        for state in map(without_rank, states):
            job = state["job"]
            if job in before and state != before[job]:
                wrong.append(f"a job that had ended changed: {before[job]} to {state}")
            if state["status"] == "done":
                self._ended[job] = state
            elif state["status"] != "queued":
                wrong.append(f"a good score was refused: {state}")
        return wrong
