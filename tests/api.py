"""The HTTP interface as a client of the tests sees it: a few calls, plain dictionaries, nothing hidden."""

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

TIMEOUT_S = 20.0
JOB_WAIT_S = 10
BATCH_MAX = 1_000
IDS_MAX = 100

Json = dict[str, Any]


def bearer(key: str | None) -> dict[str, str]:
    return {} if key is None else {"Authorization": f"Bearer {key}"}


def fresh(stem: str) -> str:
    """An id of a board that nobody has used."""
    return f"{stem}-{secrets.token_hex(5)}"


class Api:
    """Asks one base URL as one caller. The commands that end in `_done` follow their job to its end."""

    def __init__(self, url: str, key: str | None) -> None:
        self.http = httpx.Client(base_url=url, headers=bearer(key), timeout=TIMEOUT_S)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def command(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        kind = {} if body is None else {"Content-Type": "application/json"}
        return self.http.request(method, path, content=content, headers={**kind, **(headers or {})})

    def job(self, job: str, wait: int = JOB_WAIT_S) -> Json:
        """The job's state, once it has ended or after `wait` seconds."""
        answer = self.get(f"/v1/jobs/{job}", params={"wait": wait})
        assert answer.status_code == 200, answer.text
        state: Json = answer.json()
        return state

    def done(self, answer: httpx.Response) -> Json:
        """Follow an accepted command to its end, which must be good."""
        assert answer.status_code == 202, answer.text
        state = self.job(answer.json()["job"])
        assert state["status"] == "done", state
        return state

    def define(self, board: str, **rules: Any) -> Json:
        return self.done(self.command("PUT", f"/v1/admin/boards/{board}", {"title": "Test", **rules}))

    def submit(self, board: str, player: str, score: int, **fields: Any) -> httpx.Response:
        return self.command("POST", "/v1/scores", {"board": board, "player": player, "score": score, **fields})

    def submit_done(self, board: str, player: str, score: int, **fields: Any) -> Json:
        return self.done(self.submit(board, player, score, **fields))

    def batch_done(self, scores: list[Json]) -> list[Json]:
        """Submit any number of scores; return how their jobs ended, in order."""
        ended: list[Json] = []
        for part in parts(scores, BATCH_MAX):
            answer = self.command("POST", "/v1/scores/batch", {"scores": part})
            assert answer.status_code == 202, answer.text
            jobs = answer.json()["jobs"]
            self.job(jobs[-1])
            for ids in parts(jobs, IDS_MAX):
                ended += self.get("/v1/jobs", params={"ids": ",".join(ids)}).json()["jobs"]
        assert {state["status"] for state in ended} == {"done"}
        return ended

    def page(self, board: str, **parameters: Any) -> Json:
        """A page of standings, waiting for the document if need be."""
        answer = self.get(f"/v1/boards/{board}/standings", params=parameters, headers={"Prefer": "wait=10"})
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        return page

    def all_entries(self, board: str, **parameters: Any) -> list[Json]:
        """Every entry, page by page."""
        page = self.page(board, limit=100, **parameters)
        entries = list(page["entries"])
        while page["next"]:
            page = self.page(board, limit=100, cursor=page["next"], **parameters)
            entries += page["entries"]
        return entries

    def current(self, board: str, total: int, **parameters: Any) -> Json:
        """The first page once it shows so many standings: documents trail a commit by a moment."""
        page: Json = eventually(lambda: self.page(board, **parameters), lambda page: page["total"] == total)
        return page

    def at_version_of(self, board: str, version: int) -> None:
        """Wait until the document of all time has come to this version."""
        eventually(lambda: self.page(board, period="all", limit=1)["version"], lambda found: found >= version)


@contextmanager
def connected(url: str, key: str | None) -> Iterator[Api]:
    api = Api(url, key)
    with api.http:
        yield api


def eventually(ask: Any, holds: Any, *, within_s: float = 4.0) -> Any:
    """Ask until the answer is as it should be; return it, or fail with the last one."""
    deadline = time.monotonic() + within_s
    while True:
        found = ask()
        if holds(found):
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {within_s} s"
        time.sleep(0.05)


def parts(items: list[Any], size: int) -> Iterable[list[Any]]:
    """Cut a list into lists of at most `size`, such as one request takes."""
    return (items[start : start + size] for start in range(0, len(items), size))


def without_rank(state: Json) -> Json:
    """Return of a job's state what stays as it was when the job ended: the rank is that of now."""
    if state["result"] is None:
        return state
    return {
        **state,
        "result": {name: value for name, value in state["result"].items() if name not in ("rank", "total")},
    }
