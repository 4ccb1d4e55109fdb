"""A small TCP proxy between two programs: it cuts, delays, swallows, at a moment of the test's choice."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from highscores_local.ports import LOOPBACK

CHUNK_BYTES = 65_536
START_TIMEOUT_S = 5.0

# Looks at what passes; returns what is to become of it.
PASS, CUT_BEFORE, CUT_AFTER = "pass", "cut before", "cut after"
Inspect = Callable[[bytes], str]


def pass_all(_: bytes) -> str:
    return PASS


class Proxy:
    """Forwards connections to `target_port`. Faults are set from other threads, and hold for all connections."""

    def __init__(self, target_port: int) -> None:
        self.port = 0
        self.cuts = 0
        self.latency_s = 0.0  # each way
        self.inspect_to_server: Inspect = pass_all
        self.inspect_to_client: Inspect = pass_all
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._flows: asyncio.Event
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Reset every connection there is."""
        self._call(self._cut())

    def swallow(self) -> None:
        """Let nothing through any more, and tell nobody."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def flow(self) -> None:
        self._loop.call_soon_threadsafe(self._flows.set)

    def cut_once_at(self, pattern: bytes, *, to_server: bool, forward: bool) -> None:
        """Cut the connection on which `pattern` passes next, after or instead of forwarding it."""
        armed = threading.Event()

        def inspect(data: bytes) -> str:
            if pattern in data and not armed.is_set():
                armed.set()
                return CUT_AFTER if forward else CUT_BEFORE
            return PASS

        if to_server:
            self.inspect_to_server = inspect
        else:
            self.inspect_to_client = inspect

    def mend(self) -> None:
        self.latency_s = 0.0
        self.inspect_to_server = self.inspect_to_client = pass_all
        self.flow()

    @contextmanager
    def running(self) -> Iterator["Proxy"]:
        self._thread.start()
        self._call(self._listen())
        try:
            yield self
        finally:
            self._call(self._close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(START_TIMEOUT_S)

    async def _listen(self) -> None:
        self._flows = asyncio.Event()
        self._flows.set()
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _accept(self, client_reader: asyncio.StreamReader, client_writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(LOOPBACK, self._target_port)
        except OSError:
            client_writer.transport.abort()
            return
        both = (client_writer, server_writer)
        self._writers.update(both)
        # Not the functions as they are now: a test sets others while connections live.
        self._pump(client_reader, server_writer, both, lambda data: self.inspect_to_server(data))  # noqa: PLW0108
        self._pump(server_reader, client_writer, both, lambda data: self.inspect_to_client(data))  # noqa: PLW0108

    def _pump(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, ...],
        inspect: Inspect,
    ) -> None:
        queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        for work in (self._read(reader, queue), self._write(queue, writer, both, inspect)):
            task = self._loop.create_task(work)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _read(self, reader: asyncio.StreamReader, queue: "asyncio.Queue[tuple[float, bytes]]") -> None:
        """An empty chunk is the end."""
        data = b"-"
        while data:
            data = b""
            with suppress(OSError):
                data = await reader.read(CHUNK_BYTES)
            queue.put_nowait((self._loop.time() + self.latency_s, data))

    async def _write(
        self,
        queue: "asyncio.Queue[tuple[float, bytes]]",
        writer: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, ...],
        inspect: Inspect,
    ) -> None:
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            await self._flows.wait()
            fate = inspect(data) if data else CUT_BEFORE
            with suppress(OSError):
                if fate != CUT_BEFORE:
                    writer.write(data)
                    await writer.drain()
                if fate == CUT_AFTER:
                    writer.close()  # what was written still arrives
                    await asyncio.sleep(0.01)
            if fate != PASS:
                self.cuts += bool(data)
                for each in both:
                    each.transport.abort()
                    self._writers.discard(each)
                return
