"""The client's own ledger: what it sent, and what was answered, on disk before it goes on."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["accepted", "refused", "unknown"]


class Sent(NamedTuple):
    """One request as the ledger knows it. `scores` are those that it carried, in order; `jobs` theirs, if accepted.

    Each score carries its request and its index there in its metadata, so that what became of it can be told without
    its job.
    """

    request: str
    scores: list[dict[str, Any]]
    outcome: Kind
    statuses: list[int | None]
    jobs: list[str]


class ClientLedger:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def sending(self, request: str, scores: list[dict[str, Any]]) -> None:
        self._write({"request": request, "scores": scores})

    def answered(self, request: str, status: int | None, jobs: list[str]) -> None:
        """`status` is None when there was no answer; `jobs` are those of a 202."""
        self._write({"request": request, "status": status, "jobs": jobs})

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())


def read(path: Path) -> list[Sent]:
    """Return every request with its outcome: accepted if any attempt was, refused only if none could have got in."""
    scores: dict[str, list[dict[str, Any]]] = {}
    answers: dict[str, list[tuple[int | None, list[str]]]] = {}
    for line in _lines(path):
        if "scores" in line:
            scores[line["request"]] = line["scores"]
            answers.setdefault(line["request"], [])
        else:
            answers[line["request"]].append((line["status"], line["jobs"]))
    return [_sent(request, scores[request], given) for request, given in answers.items()]


def _sent(request: str, scores: list[dict[str, Any]], answers: list[tuple[int | None, list[str]]]) -> Sent:
    statuses = [status for status, _ in answers]
    accepted = [jobs for status, jobs in answers if status == 202]
    if accepted:
        assert all(jobs == accepted[0] for jobs in accepted), f"one key, two jobs: {accepted}"
        return Sent(request, scores, "accepted", statuses, accepted[0])
    could_be_in = not answers or any(status is None or status >= 500 for status in statuses)
    return Sent(request, scores, "unknown" if could_be_in else "refused", statuses, [])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)
