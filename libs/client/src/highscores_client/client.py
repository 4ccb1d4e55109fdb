"""The client: one method per call of the HTTP API, with typed results."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from highscores_client.body import checked_idempotency_key, encoded
from highscores_client.errors import (
    HighscoresError,
    NotReadyError,
    ProblemError,
    UnexpectedAnswerError,
    UnsendableError,
)
from highscores_client.results import (
    Acceptance,
    Board,
    BoardPage,
    Job,
    Page,
    PeriodPage,
    PlayerStandings,
    Rank,
    Standing,
    Submission,
)
from highscores_client.retry import RetryPolicy
from highscores_client.transport import Transport

DEFAULT_URL = "http://127.0.0.1:8080"
JOB_WAIT_MAX_S = 10  # the longest `wait` the API takes
JOBS_PER_CALL = 100
VERSION_PAUSE_S = 0.5  # until a version that is not there yet is asked for again
BUILD_TIMEOUT_S = 60.0  # a document of millions of players takes seconds to build; beyond this something is wrong

T = TypeVar("T")
Params = Mapping[str, str | int | None]


class _AcceptedBatch(msgspec.Struct, frozen=True):
    jobs: tuple[str, ...]


class _Pending(msgspec.Struct, frozen=True):
    job: str | None


class _Jobs(msgspec.Struct, frozen=True):
    jobs: tuple[Job, ...]


class Client:
    """Talks to one service; use it as `async with Client(url, key) as client:`.

    Every method raises ProblemError when the service refuses, UnreachableError when no answer came after all retries,
    UnexpectedAnswerError when the answer is not of this API, and UnsendableError when what it was given cannot be sent.
    A command makes up an idempotency key unless it is
    given one, and repeats it with each retry, so a command takes effect at most once.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        key: str | None = None,
        *,
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        max_connections: int = 20,
        on_retry: Callable[[HighscoresError], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._sleep = sleep
        self._transport = Transport(
            url,
            key,
            retry=retry,
            max_connections=max_connections,
            on_retry=on_retry,
            transport=transport,
            sleep=sleep,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._transport.close()

    # Commands

    async def submit(
        self,
        board: str,
        player: str,
        score: int,
        *,
        subscores: Sequence[int] = (),
        name: str | None = None,
        region: str | None = None,
        metadata: dict[str, Any] | None = None,
        achieved_at: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> Acceptance:
        """Submit one score. `subscores` are all that the board names, or none. `achieved_at` needs an admin key."""
        submission = Submission(board, player, score, name, region, metadata, achieved_at, tuple(subscores))
        return await self.submit_one(submission, idempotency_key=idempotency_key)

    async def submit_one(self, submission: Submission, *, idempotency_key: str | None = None) -> Acceptance:
        """Submit one score that is already a struct."""
        return await self._command("POST", "/v1/scores", submission, idempotency_key)

    async def submit_batch(
        self, scores: Sequence[Submission], *, idempotency_key: str | None = None
    ) -> tuple[str, ...]:
        """Submit 1 to 1000 scores, all or none; return one job id for each, in the same order."""
        body, headers = encoded({"scores": scores}), _keyed(idempotency_key)
        response = await self._transport.send("POST", "/v1/scores/batch", body=body, headers=headers)
        return _decoded(response, _AcceptedBatch).jobs

    async def build_document(
        self, board: str, *, period: str | None = None, region: str | None = None, idempotency_key: str | None = None
    ) -> Acceptance:
        """Ask for a document to be brought into the cache."""
        wanted = {"board": board, "period": period, "region": region}
        return await self._command("POST", "/v1/documents", _present(wanted), idempotency_key)

    async def define_board(
        self, board: str, definition: Mapping[str, Any], *, idempotency_key: str | None = None
    ) -> Acceptance:
        """Create a board or change its rules (a `title` and what else the API lists). Needs an admin key."""
        return await self._command("PUT", _path("/v1/admin/boards", board), definition, idempotency_key)

    async def delete_board(self, board: str, *, idempotency_key: str | None = None) -> Acceptance:
        """Delete a board with its standings and submissions. Needs an admin key."""
        return await self._command("DELETE", _path("/v1/admin/boards", board), None, idempotency_key)

    # Jobs

    async def job(self, job: str, *, wait: int = 0) -> Job:
        """Return the job as it is, or, with `wait` (at most 10 seconds), as soon as it has ended."""
        return await self._get(_path("/v1/jobs", job), Job, {"wait": wait or None}, waits_s=wait)

    async def jobs(self, jobs: Sequence[str]) -> tuple[Job, ...]:
        """Return up to 100 jobs in the order asked."""
        return (await self._get("/v1/jobs", _Jobs, {"ids": ",".join(jobs)})).jobs

    async def ended(self, job: str, *, timeout_s: float = BUILD_TIMEOUT_S) -> Job:
        """Return the job once it is done or rejected; raise NotReadyError when it is neither after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            left = deadline - time.monotonic()
            state = await self.job(job, wait=max(0, min(JOB_WAIT_MAX_S, round(left))))
            if state.status != "queued":
                return state
            if time.monotonic() >= deadline:
                raise NotReadyError(job)
            await asyncio.sleep(min(0.05, timeout_s))  # no busy loop should the service not wait at all

    # Reads

    async def boards(self, *, cursor: str | None = None) -> BoardPage:
        """Return a page of the boards, newest first by creation."""
        return await self._get("/v1/boards", BoardPage, {"cursor": cursor})

    async def active_boards(self, *, limit: int | None = None) -> tuple[Board, ...]:
        """Return the boards with the newest activity, at most 100."""
        return (await self._get("/v1/boards", BoardPage, {"order": "activity", "limit": limit})).boards

    async def all_boards(self) -> AsyncIterator[Board]:
        """Yield every board, fetching the pages as they are needed."""
        page = await self.boards()
        while True:
            for board in page.boards:
                yield board
            if page.next is None:
                return
            page = await self.boards(cursor=page.next)

    async def board(self, board: str) -> Board:
        return await self._get(_path("/v1/boards", board), Board)

    async def periods(self, board: str, *, cursor: str | None = None) -> PeriodPage:
        """Return a page of the board's periods that have standings, newest first."""
        return await self._get(_path("/v1/boards", board) + "/periods", PeriodPage, {"cursor": cursor})

    async def standings(
        self,
        board: str,
        *,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        version: int | None = None,
    ) -> Page:
        """Return a page from the top, or from a cursor.

        It reflects at least the `version`, as all reads of standings do: `Job.versions` tells which shows a score.
        """
        return await self._page(
            board, {"period": period, "region": region, "limit": limit, "cursor": cursor, "version": version}
        )

    async def around(
        self,
        board: str,
        player: str,
        *,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        version: int | None = None,
    ) -> Page:
        """Return the page that has the player in its middle."""
        return await self._page(
            board, {"around": player, "period": period, "region": region, "limit": limit, "version": version}
        )

    async def players(
        self,
        board: str,
        players: Iterable[str],
        *,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        version: int | None = None,
    ) -> Page:
        """Return up to 100 named players with their ranks on the board, in rank order: the `limit` best, or all."""
        parameters = {"period": period, "region": region, "limit": limit, "version": version}
        return await self._page(board, {"players": ",".join(players), **parameters})

    async def standing(
        self,
        board: str,
        player: str,
        *,
        targets: Sequence[str | int] = (),
        period: str | None = None,
        region: str | None = None,
        version: int | None = None,
    ) -> Standing:
        """Return one player's standing; a player without one there is a ProblemError of status 404.

        With up to ten `targets`, places such as 10 or shares such as "percent:5", it says what is lacking to each.
        """
        path = _path(_standings(board), player)
        params: Params = {"targets": _list(targets), "period": period, "region": region, "version": version}
        response = await self._document(path, params)
        return _decoded(response, Standing)

    async def rank(
        self,
        board: str,
        score: int,
        *,
        subscores: Sequence[int] = (),
        period: str | None = None,
        region: str | None = None,
        version: int | None = None,
    ) -> Rank:
        """Return the rank that this score of a new player would take now; nothing is submitted."""
        path = _path("/v1/boards", board) + "/rank"
        asked: Params = {"score": score, "subscores": _list(subscores)}
        response = await self._document(path, {**asked, "period": period, "region": region, "version": version})
        return _decoded(response, Rank)

    async def player(self, player: str) -> PlayerStandings:
        """Return the player's standings on all boards."""
        return await self._get(_path("/v1/players", player), PlayerStandings)

    async def document(self, document: str, *, limit: int | None = None, cursor: str | None = None) -> Page:
        """Return a page of a document by its id."""
        response = await self._document(_path("/v1/documents", document), {"limit": limit, "cursor": cursor})
        return _decoded(response, Page)

    async def changes(
        self,
        board: str,
        *,
        period: str | None = None,
        region: str | None = None,
        limit: int | None = None,
        interval_s: float = 1.0,
    ) -> AsyncIterator[Page]:
        """Yield the first page now and again whenever it changes, for ever; an unchanged poll costs a 304."""
        params: Params = {"period": period, "region": region, "limit": limit}
        etag: str | None = None
        while True:
            response = await self._document(_standings(board), params, etag=etag)
            if response.status_code != httpx.codes.NOT_MODIFIED:
                etag = response.headers.get("ETag")
                yield _decoded(response, Page)
            await asyncio.sleep(interval_s)

    # How they are sent

    async def _command(self, method: str, path: str, body: object, idempotency_key: str | None) -> Acceptance:
        headers = _keyed(idempotency_key)
        content = None if body is None else encoded(body)
        response = await self._transport.send(method, path, body=content, headers=headers)
        return _decoded(response, Acceptance)

    async def _get(self, path: str, kind: type[T], params: Params | None = None, waits_s: float = 0.0) -> T:
        response = await self._transport.send("GET", path, params=_present(params or {}), waits_s=waits_s)
        return _decoded(response, kind)

    async def _page(self, board: str, params: Params) -> Page:
        return _decoded(await self._document(_standings(board), params), Page)

    async def _document(self, path: str, params: Params, *, etag: str | None = None) -> httpx.Response:
        """Read what a document holds. One that is not in the cache is being built: follow the job, then ask again. One
        that has not reached the version is asked again.

        Raises ProblemError when the build is rejected and NotReadyError when it takes longer than BUILD_TIMEOUT_S.
        """
        headers = {"If-None-Match": etag} if etag else {}
        deadline = time.monotonic() + BUILD_TIMEOUT_S
        while True:
            response = await self._transport.send("GET", path, params=_present(params), headers=headers)
            if response.status_code != httpx.codes.ACCEPTED:
                return response
            job = _decoded(response, _Pending).job
            left = deadline - time.monotonic()
            if left <= 0:
                raise NotReadyError(job)
            if job is None:
                await self._sleep(VERSION_PAUSE_S)
                continue
            state = await self.ended(job, timeout_s=left)
            if state.status == "rejected" and state.error is not None:
                raise ProblemError(state.error)


def new_idempotency_key() -> str:
    return secrets.token_urlsafe(18)


def _keyed(idempotency_key: str | None) -> dict[str, str]:
    key = new_idempotency_key() if idempotency_key is None else checked_idempotency_key(idempotency_key)
    return {"Idempotency-Key": key}


def _decoded(response: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.MsgspecError as error:
        message = f"the answer to {response.request.url.path} is not of the highscores API: {error}"
        raise UnexpectedAnswerError(message) from error


def _present(params: Params) -> dict[str, str | int]:
    return {name: value for name, value in params.items() if value is not None}


def _list(values: Sequence[str | int]) -> str | None:
    return ",".join(map(str, values)) or None


def _path(prefix: str, name: str) -> str:
    try:
        segment = quote(name, safe="")
    except UnicodeEncodeError as error:
        raise UnsendableError(f"this cannot be sent: {error}") from error
    if name in (".", ".."):  # a step of the path, which would be folded into another call; encoded, it is refused
        segment = segment.replace(".", "%2E")
    return f"{prefix}/{segment}"


def _standings(board: str) -> str:
    return _path("/v1/boards", board) + "/standings"
