"""Large bodies, and the answer that is made before one has been read: a refusal.

Most clients and proxies read no answer while they send, and see a broken connection when nobody takes the rest: what
was our 503 becomes the proxy's 502. So the rest is taken first, and thrown away, within bounds.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from highscores.web.request_validation import ClientGoneError

DISCARD_MAX_BYTES = 8 * 1024**2
DISCARD_TIMEOUT_S = 1.0
SMALL_DIGITS = 3  # of the length: what has no more than 999 bytes comes together with the headers

Receive = Callable[[], Awaitable[dict[str, Any]]]


class LargeBody:
    """Stands for the server's `receive`, and knows whether the body has been read to its end."""

    def __init__(self, receive: Receive, within_s: float) -> None:
        self._receive = receive
        self._until = asyncio.get_running_loop().time() + within_s
        self._is_read = False

    async def __call__(self) -> dict[str, Any]:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._is_read = True
        return message

    async def discard(self) -> None:
        """Take what is left; raise ClientGoneError when the client leaves. What is far too much is not waited for."""
        discarded = 0
        until = min(asyncio.get_running_loop().time() + DISCARD_TIMEOUT_S, self._until)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                while not self._is_read and discarded < DISCARD_MAX_BYTES:
                    message = await self()
                    if message["type"] != "http.request":
                        raise ClientGoneError
                    discarded += len(message.get("body", b""))


def large_body(headers: Mapping[bytes, bytes], receive: Receive, within_s: float) -> LargeBody | None:
    """Return the body of a request that has a large one; all of it is to be over in `within_s` seconds."""
    if len(headers.get(b"content-length", b"")) <= SMALL_DIGITS and b"transfer-encoding" not in headers:
        return None
    return LargeBody(receive, within_s)
