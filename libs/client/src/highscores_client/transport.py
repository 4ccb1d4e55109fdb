"""One request to the service, and again where that is safe, until it is answered or given up.

Every command carries an idempotency key and every read changes nothing, so each may be repeated: a 503 or a timeout
leaves open whether the command took effect, and the same key makes the repetition harmless.
"""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address

import httpx
import msgspec

from highscores_client import silence
from highscores_client.errors import (
    HighscoresError,
    ProblemError,
    UnexpectedAnswerError,
    UnreachableError,
    UnsendableError,
)
from highscores_client.results import Problem
from highscores_client.retry import RETRIED_STATUSES, RetryPolicy, retry_after_seconds

PORT_MAX = 65_535
CONNECT_TIMEOUT_S = 3.0
ANSWER_TIMEOUT_S = 10.0  # the service ends every request within 3 s, plus what it was asked to wait
IDLE_CONNECTION_S = 4.0  # less than servers commonly keep one, so that none is closed under a request

# What servers answer that know nothing of this API: to a path, a method, or plain HTTP where they speak TLS.
_STRANGERS_STATUSES = frozenset({400, 404, 405, 501})
_NOT_FOUND = "/problems/not-found"


class Transport:
    """Sends requests over pooled connections. `on_retry` hears why each repeated attempt was needed."""

    def __init__(
        self,
        url: str,
        key: str | None,
        *,
        retry: RetryPolicy,
        max_connections: int,
        on_retry: Callable[[HighscoresError], None] | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Raise ValueError when the URL or the key cannot be one; connects to nothing yet."""
        base = _checked_url(url)
        headers = {"Accept": "application/json", "User-Agent": "highscores-client"}
        if key is not None:
            headers["Authorization"] = f"Bearer {_checked_key(key)}"
        self.url = url
        self._base = base
        self._retry = retry
        self._on_retry = on_retry
        self._sleep = sleep
        plain = base.scheme == "http"
        self._http = httpx.AsyncClient(
            base_url=base,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            limits=httpx.Limits(
                max_connections=max_connections,
                max_keepalive_connections=max_connections,
                keepalive_expiry=IDLE_CONNECTION_S,
            ),
            # A proxy of the environment cannot reach this machine's own loopback.
            trust_env=not _is_loopback(base.host),
            # Reading the certificates takes longer than most commands, and plain HTTP needs none.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if plain else True,
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        waits_s: float = 0.0,
    ) -> httpx.Response:
        """Return the answer if it is 2xx or 304. `waits_s` is how long the request itself asks the service to wait.

        Raises ProblemError, UnreachableError or UnexpectedAnswerError.
        """
        extra = dict(headers or {})
        if body is not None:
            extra["Content-Type"] = "application/json"
        timeout = httpx.Timeout(ANSWER_TIMEOUT_S + waits_s, connect=CONNECT_TIMEOUT_S)
        attempt = 1
        while True:
            failure: ProblemError | UnreachableError
            try:
                response = await self._http.request(
                    method, path, content=body, params=params, headers=extra, timeout=timeout
                )
            except UnicodeError as error:
                raise UnsendableError(f"this cannot be sent: {error}") from error
            except httpx.TransportError as error:
                failure = UnreachableError(f"{self.url} does not answer: {silence.reason(error, self._base)}")
                if silence.is_lasting(error):
                    raise failure from error
            except httpx.RequestError as error:
                text = silence.reason(error, self._base)
                raise UnexpectedAnswerError(f"{self.url} answered what cannot be read: {text}") from error
            else:
                if response.is_success or response.status_code == httpx.codes.NOT_MODIFIED:
                    return response
                failure = _problem(response)
                if response.status_code not in RETRIED_STATUSES:
                    raise failure
            delay = self._retry.delay(attempt, getattr(failure, "retry_after_s", None))
            if delay is None:
                raise failure
            if self._on_retry is not None:
                self._on_retry(failure)
            await self._sleep(delay)
            attempt += 1


def _problem(response: httpx.Response) -> ProblemError:
    status = response.status_code
    if not response.is_error:
        where = response.headers.get("Location", "nowhere")
        raise UnexpectedAnswerError(f"the server redirects to {where} ({status}): is the URL right?")
    fallback = Problem(title=f"{status} {response.reason_phrase or 'error'}", status=status)
    media_type = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if media_type == "application/problem+json":
        try:
            problem = msgspec.json.decode(response.content, type=Problem)
        except msgspec.MsgspecError:
            problem = fallback
        if not problem.title or not problem.status:
            problem = msgspec.structs.replace(
                problem, title=problem.title or fallback.title, status=problem.status or status
            )
    elif status in _STRANGERS_STATUSES:
        raise UnexpectedAnswerError(
            f"{_root(response)} answered {fallback.title}, which is not of the highscores API: is the URL right, and "
            "does it begin with https:// if it has to?"
        )
    else:
        problem = fallback
    if problem.type == _NOT_FOUND:
        where = response.request.url.copy_with(query=None)
        raise UnexpectedAnswerError(f"there is nothing at {where}: is the URL right? It is what stands before /v1")
    return ProblemError(problem, retry_after_seconds(response.headers.get("Retry-After")))


def _root(response: httpx.Response) -> str:
    return str(response.request.url.copy_with(raw_path=b"/")).removesuffix("/")


def _checked_url(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
        parsed.host.encode("idna")  # what the resolver will do; it must not fail there first
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValueError(f"{url!r} is not a URL: {error}") from error
    port = 80 if parsed.port is None else parsed.port
    if parsed.scheme not in ("http", "https") or not parsed.host or not 0 < port <= PORT_MAX:
        raise ValueError(f"{url!r} is not a URL of the form http://host:port")
    return parsed


def _checked_key(key: str) -> str:
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("an API key is printable ASCII without spaces")
    return key


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
