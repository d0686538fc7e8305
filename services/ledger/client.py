"""A client that spends little on a command: redis-py's own, without its retries, its measuring and a task for each write.

A lost connection is an error of whatever command meets it, at once: no command is ever sent twice. What the commands
of redis-py return, and the errors that a server's replies raise, stay as they are; a value that cannot be packed is a
``TypeError``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from hiredis import pack_command
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooLate
from redis.typing import EncodableT


class DirectClient(Redis):
    """Sends each command once, over a connection of a ``DirectPool`` that no other command uses meanwhile."""

    async def execute_command(self, *args: EncodableT, **options: object) -> object:
        """Send a command and return its reply."""
        connection = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_command(*args)
            return await self.parse_response(connection, args[0], **options)  # type: ignore[arg-type]
        finally:
            await self.connection_pool.release(connection)

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:
        """Return what collects commands and sends them in one go."""
        return DirectPipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)


class DirectPipeline(Pipeline):
    """Sends collected commands once; a transaction goes redis-py's own way, but for a connection that is lost.

    That is an error here too: as a change of what is watched it would be done again, though it may have been done.
    """

    async def execute(self, raise_on_error: bool = True) -> list[object]:
        """Return the replies to the commands that were collected, or raise the first that is an error."""
        if self.is_transaction or self.explicit_transaction or self.connection or self.scripts:
            return await super().execute(raise_on_error)
        commands, self.command_stack = self.command_stack, []
        if not commands:
            return []
        connection = await self.connection_pool.get_connection()  # type: ignore[no-untyped-call]
        try:
            await connection.send_packed_command(connection.pack_commands(args for args, _ in commands))
            replies = [await self._reply(connection, *command) for command in commands]
        except BaseException:  # a reply that is left there would be taken for that to another command
            await connection.disconnect(nowait=True)
            raise
        finally:
            await self.connection_pool.release(connection)
        if raise_on_error:
            self.raise_first_error(commands, replies)
        return replies

    async def _reply(
        self, connection: AbstractConnection, args: Sequence[EncodableT], options: Mapping[str, object]
    ) -> object:
        try:
            return await self.parse_response(connection, args[0], **options)  # type: ignore[arg-type]
        except ResponseError as error:
            return error

    async def _let_go(self, connection: AbstractConnection, *_: object, **__: object) -> None:
        await connection.disconnect(nowait=True)

    _disconnect_raise_on_watching = _let_go  # type: ignore[assignment]
    _disconnect_reset_raise_on_watching = _let_go  # type: ignore[assignment]


class DirectPool(ConnectionPool):
    """Keeps the connections that nobody uses by itself; to redis-py's book-keeping all of them are in use.

    There are ``max_connections`` at most: who comes when each is used waits for the next that is not, in order. Of the
    ways to close connections, ``disconnect`` and ``aclose`` of a client are for it.
    """

    def __init__(self, *args: object, **options: object) -> None:
        """Begin with no connection."""
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._idle: list[AbstractConnection] = []
        self._waiting: deque[asyncio.Future[AbstractConnection]] = deque()

    async def get_connection(self, *_: object, **__: object) -> AbstractConnection:
        """Return a connection to which nobody else writes until its release, and on which no reply is left.

        One that is found closed is made anew; a command that is sent before that is known meets the loss.
        """
        connection = self._idle.pop() if self._idle else await self._made_or_released()
        try:
            if not connection.is_connected or await connection.can_read():
                await self.ensure_connection(connection)
        except BaseException:
            await self.release(connection)
            raise
        return connection

    async def release(self, connection: AbstractConnection) -> None:
        """Take a connection back, for who has waited longest."""
        while self._waiting:
            if not (waiting := self._waiting.popleft()).done():
                waiting.set_result(connection)
                return
        self._idle.append(connection)

    async def _made_or_released(self) -> AbstractConnection:
        if len(self._in_use_connections) < self.max_connections:
            return cast("AbstractConnection", self.get_available_connection())  # type: ignore[no-untyped-call]
        waiting: asyncio.Future[AbstractConnection] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if not waiting.cancelled():
                await self.release(waiting.result())
            raise


class DirectConnection(AbstractConnection):
    """Writes commands as ``hiredis`` packs them, in half the time that redis-py takes, and waits in no task of its own.

    Mixed into the kind of connection that a URL asks for.
    """

    def pack_command(self, *command: EncodableT) -> list[bytes]:
        """Return a command as it is sent; its name may be of several words."""
        name = command[0]
        if isinstance(name, str) and " " in name:
            command = (*name.split(), *command[1:])
        return [pack_command(command)]  # type: ignore[arg-type]

    async def send_packed_command(
        self,
        command: bytes | str | Iterable[bytes],
        check_health: bool = True,
    ) -> None:
        """Write what was packed.

        Raises:
            Unreachable: the connection is closed.
            TooLate: the server has not taken the command within ``socket_timeout``.
        """
        if not self.is_connected:
            raise Unreachable("the connection is closed")
        if check_health and self.health_check_interval:
            await self.check_health()  # type: ignore[no-untyped-call]
        try:
            async with asyncio.timeout(self.socket_timeout):
                await self._send_packed_command(command)  # type: ignore[arg-type]
        except TimeoutError as error:
            await self.disconnect(nowait=True)
            raise TooLate("Timeout writing to socket") from error
        except (OSError, RuntimeError) as error:  # uvloop raises the latter where the server is gone
            await self.disconnect(nowait=True)
            raise Unreachable(f"Error while writing to socket: {error}") from error
        except BaseException:
            await self.disconnect(nowait=True)
            raise

    async def can_read(self) -> bool:
        """Tell whether a reply is left, or the connection is lost, so that it must not be used."""
        broken = self._reader is None or self._reader.exception() is not None
        return broken or await self._parser.can_read()  # type: ignore[attr-defined]

    async def disconnect(self, nowait: bool = False, *args: object, **options: object) -> None:
        """Close the connection; with ``nowait``, without sending what is not sent yet, since its command was given up."""
        if nowait and self._writer is not None:
            self._writer.transport.abort()
        await super().disconnect(nowait, *args, **options)  # type: ignore[arg-type]


def made_direct(pool: ConnectionPool) -> None:
    """Let a pool make its connections as ``DirectConnection``, of the kind that it would make otherwise.

    Whatever client uses the pool, no command is sent again: a connection that was lost is not made anew for it.
    """
    pool.connection_class = type("Connection", (DirectConnection, pool.connection_class), {})
