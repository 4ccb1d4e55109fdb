"""Group commit: while one message waits for its confirm, what arrives meanwhile gathers, and the next carries it all.

One confirm answers every caller in it. With no load nobody waits for company.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from highscores.queue.publisher import UnconfirmedError

GROUP_MAX_ITEMS = 256  # at some 1.3 KiB at most each
WAITING_MAX_ITEMS = 10_000

Item = TypeVar("Item")


class GroupCommit(Generic[Item]):
    """Gathers items into groups; `send` commits one group and returns for each item None or why it was refused."""

    def __init__(self, send: Callable[[Sequence[Item]], Awaitable[Sequence[Exception | None]]]) -> None:
        self._send = send
        self._waiting: deque[tuple[Item, asyncio.Future[None]]] = deque()
        self._sender: asyncio.Task[None] | None = None

    async def commit(self, item: Item) -> None:
        """Return when the item's group is committed; raise what `send` raised, or what it returned for this item."""
        if len(self._waiting) >= WAITING_MAX_ITEMS:
            raise UnconfirmedError("too many are waiting")
        future = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._sender is None:
            # In no caller's context: it works for all of them, and its lines of log are not one request's.
            self._sender = asyncio.create_task(self._send_groups(), context=Context())
        await future

    async def _send_groups(self) -> None:
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX_ITEMS))]
                # A caller who has gone away before its group was sent has not asked for anything.
                group = [(item, future) for item, future in group if not future.done()]
                if group:
                    await self._send_group(group)
        finally:
            self._sender = None

    async def _send_group(self, group: Sequence[tuple[Item, "asyncio.Future[None]"]]) -> None:
        outcomes: Sequence[Exception | None]
        try:
            outcomes = await self._send([item for item, _ in group])
        except Exception as error:  # it belongs to the callers, who each get it
            outcomes = [error] * len(group)
        for (_, future), outcome in zip(group, outcomes, strict=True):
            if future.done():
                continue
            if outcome is None:
                future.set_result(None)
            else:
                future.set_exception(outcome)
