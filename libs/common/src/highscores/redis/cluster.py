"""Redis Cluster as documents need it: redis-py's client, with its waits bounded and one node's troubles its own."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from redis.asyncio.cluster import ClusterNode, PipelineCommand, RedisCluster
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ClusterError,
    MaxConnectionsError,
    MovedError,
    RedisClusterException,
    RedisError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

REFRESH_INTERVAL_S = 0.5  # after each reading of the layout, all connections are made anew
REFRESH_WAIT_S = 1.0
REDIRECTIONS_MAX = 5
TRY_AGAIN_AFTER_S = 0.02  # while the keys of a call move one by one

_UNREACHABLE = (RedisConnectionError, RedisTimeoutError, ClusterDownError)


class Cluster(RedisCluster):
    """Knows which node has which key, follows MOVED and ASK, and reads the layout anew when a node fails.

    Unlike its base: who finds all connections to a node in use waits for one, as with a single Redis; what cannot be
    reached is a RedisError; while one node fails, only its own keys wait for the layout, which one task reads; and no
    failure closes connections that others use.
    """

    def __init__(self, *, host: str, port: int, max_connections: int, connection_wait_s: float, **options: Any) -> None:
        # Twice as many: pipelines come on top of those who have waited for their turn.
        super().__init__(host=host, port=port, max_connections=2 * max_connections, **options)
        self._address = (host, port)
        self._turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(max_connections))
        self._connection_wait_s = connection_wait_s
        self._refreshing: asyncio.Task[None] | None = None
        self._refreshed_at = -REFRESH_INTERVAL_S

    async def aclose(self) -> None:
        if self._refreshing is not None:
            await asyncio.gather(self._refreshing, return_exceptions=True)
        self._initialize = False  # else its base takes it for closed
        await super().aclose()

    async def execute_command(self, *arguments: Any, **options: Any) -> Any:
        await self.initialize()  # first: without a layout, its base sends the command to any node
        return await super().execute_command(*arguments, **options)

    async def execute_each(self, commands: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """Send commands, each with a key of its own before it, in one round trip to each node that has some of them.

        An error stands in the place of its answer: that one node does not answer does not silence the others.
        """
        await self.initialize()
        by_node: defaultdict[ClusterNode, list[PipelineCommand]] = defaultdict(list)
        queued = [PipelineCommand(position, *command) for position, (_, command) in enumerate(commands)]
        for (key, _), command in zip(commands, queued, strict=True):
            by_node[self.nodes_manager.get_node_from_slot(self.keyslot(key))].append(command)
        await asyncio.gather(*(self._send(node, share) for node, share in by_node.items()))
        for command in queued:
            if isinstance(command.result, AskError | TryAgainError):  # or MovedError, its subclass
                await self._send_after(command)
        return [command.result for command in queued]

    async def _send(self, node: ClusterNode, commands: list[PipelineCommand]) -> None:
        try:
            await node.execute_pipeline(commands)
        except RedisError as error:
            for command in commands:
                command.result = error
        if any(isinstance(command.result, _UNREACHABLE) for command in commands):
            self._doubt(node)

    async def _send_after(self, command: PipelineCommand) -> None:
        try:
            command.result = await self.execute_command(*command.args)
        except RedisError as error:
            command.result = error

    async def load_function(self, code: str) -> None:
        """Load a library on every primary that can be reached; who lacks it then says so when it is called."""
        await self.initialize()
        await asyncio.gather(
            *(
                self.execute_command("FUNCTION LOAD", "REPLACE", code, target_nodes=node)
                for node in self.get_primaries()
            ),
            return_exceptions=True,
        )

    async def ping(self, **options: Any) -> bool:
        """Tell whether the cluster can be reached: one node that answers is enough."""
        return bool(await super().ping(target_nodes=self.RANDOM, **options))

    async def initialize(self, *_: Any, last_failed_node_name: str | None = None, **__: Any) -> "Cluster":
        """Read the layout if it is unknown or has failed somebody, who waits for it; all others go on with the old."""
        if not self._initialize:
            return self
        is_known = self.get_default_node() is not None
        if is_known and time.monotonic() < self._refreshed_at + REFRESH_INTERVAL_S:
            self._initialize = False
            return self
        if self._refreshing is None or self._refreshing.done():
            self._refreshing = asyncio.create_task(self._refresh(last_failed_node_name))
            self._refreshing.add_done_callback(_retrieve)
        if not is_known or last_failed_node_name is not None:
            try:
                async with asyncio.timeout(REFRESH_WAIT_S):
                    await asyncio.shield(self._refreshing)  # which goes on for the others
            except TimeoutError as error:
                raise RedisTimeoutError("the layout of the cluster could not be read in time") from error
        return self

    async def _refresh(self, last_failed_node_name: str | None) -> None:
        """Not as its base does it, which closes all connections when it fails."""
        try:
            # The address given is that of a service perhaps, which finds nodes that have all moved.
            await self.nodes_manager.initialize([self._address], last_failed_node_name)
            if not self.commands_parser.commands:
                await self.commands_parser.initialize(self.get_default_node())
            self._initialize = False
        except RedisClusterException as error:  # which is no RedisError: no node can be reached, a slot has none
            raise RedisConnectionError(str(error)) from error
        finally:
            self._refreshed_at = time.monotonic()

    def _doubt(self, node: ClusterNode) -> None:
        """Have the layout read anew, and no connection to this node used again."""
        self._initialize = True
        for connection in node._connections:
            connection.mark_for_reconnect()  # type: ignore[no-untyped-call]

    async def _determine_slot(self, command: str, *arguments: Any) -> int:
        """Route calls of functions by their first key: redis-py sends each to a server first, to learn its keys."""
        if command in {"FCALL", "FCALL_RO"}:
            return self.keyslot(arguments[2])
        return await super()._determine_slot(command, *arguments)

    async def _execute_command(self, target_node: ClusterNode, *arguments: Any, **options: Any) -> Any:
        """Execute on this node, or wherever it sends us. Its base closes all connections when the cluster is down."""
        ask = False
        for _ in range(REDIRECTIONS_MAX):
            try:
                return await self._execute_in_turn(target_node, arguments, options, ask=ask)
            except MovedError as moved:
                await self.nodes_manager.move_slot(moved)
                target_node, ask = self.nodes_manager.get_node_from_slot(moved.slot_id), False
            except AskError as elsewhere:
                asked = self.get_node(elsewhere.host, elsewhere.port)
                if asked is None:
                    self._initialize = True
                    raise
                target_node, ask = asked, True
            except TryAgainError:
                await asyncio.sleep(TRY_AGAIN_AFTER_S)
            except MaxConnectionsError:
                raise
            except _UNREACHABLE as error:
                self._doubt(target_node)
                if not isinstance(error, ClusterDownError):
                    error.last_failed_node_name = target_node.name  # type: ignore[union-attr]  # for its base, which hands it on
                raise
        raise ClusterError("sent from node to node")

    async def _execute_in_turn(self, node: ClusterNode, arguments: Any, options: dict[str, Any], *, ask: bool) -> Any:
        turns = self._turns[node.name]
        try:
            async with asyncio.timeout(self._connection_wait_s):
                await turns.acquire()
        except TimeoutError as error:
            raise MaxConnectionsError("no connection became free") from error
        try:
            if not ask:
                return await node.execute_command(*arguments, **options)
            # Both on one connection, which its base does not see to.
            commands = [PipelineCommand(0, "ASKING"), PipelineCommand(1, *arguments, **options)]
            await node.execute_pipeline(commands)
            if isinstance(commands[1].result, Exception):
                raise commands[1].result
            return commands[1].result
        finally:
            turns.release()


def _retrieve(task: "asyncio.Task[None]") -> None:
    if not task.cancelled():
        task.exception()  # those who wait for it have raised it, if anybody does
