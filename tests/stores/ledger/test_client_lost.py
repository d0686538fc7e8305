"""The client when a connection is lost: an error of whatever command meets it, at once, and nothing is sent again.

A connection that lies idle and is known to be closed has met no command: the next has a new one, which is looked at first.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
import redis as blocking
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import TimeoutError as TooLate

from services.ledger.client import made_direct
from services.ledger.connection import ConnectionCheck, connect
from services.runtime.embedded_server import EmbeddedServer
from tests.servers import STORES, emptied, started
from tests.stores.ledger.steps import connections_are


@pytest.fixture(params=STORES)
async def server(request: pytest.FixtureRequest) -> EmbeddedServer:
    """An empty server of each kind in turn."""
    found = cast("EmbeddedServer", request.getfixturevalue(f"{request.param}_server"))
    async with emptied(found):
        return found


def only_connection(client: Redis):
    """The connection of a client that has one."""
    (connection,) = client.connection_pool._in_use_connections
    return connection


def both(client: Redis) -> Pipeline:
    """A pipeline of two commands."""
    pipe = client.pipeline(transaction=False)
    pipe.incr("count")
    pipe.echo("text")
    return pipe


def kill(server: EmbeddedServer, connection: int) -> None:
    """Let the server close a connection before this process looks at it again."""
    with blocking.Redis(unix_socket_path=str(server.socket)) as other:
        assert other.client_kill_filter(_id=str(connection)) == 1


async def test_an_idle_connection_that_is_known_to_be_closed_is_made_anew(server: EmbeddedServer):
    """The check sees the new one before the command is sent, and none is in between."""
    check = ConnectionCheck("nothing")
    async with await connect(server.url, watch=check) as client:
        assert check.connections == 1
        kill(server, await client.client_id())
        while not only_connection(client)._reader.at_eof():  # noqa: ASYNC110 -- the stream tells nobody
            await asyncio.sleep(0)
        assert (await client.incr("count"), check.connections) == (1, 2)


@pytest.mark.parametrize("piped", [False, True])
async def test_a_command_that_meets_the_loss_fails_and_is_not_sent_again(
    server: EmbeddedServer, *, piped: bool
):
    """Nothing is connected to on its behalf; the next command has a new connection."""
    check = ConnectionCheck("nothing")
    async with await connect(server.url, watch=check) as client:
        kill(server, await client.client_id())
        with pytest.raises(ConnectionLost):
            await (both(client).execute() if piped else client.incr("count"))
        assert check.connections == 1
        assert (await client.get("count"), check.connections) == (None, 2)


async def test_a_client_that_would_send_again_does_not(server: EmbeddedServer):
    """One of redis-py itself, as intake reads with, has the error too; its next command has a new connection."""
    pool = ConnectionPool.from_url(server.url, retry=Retry(NoBackoff(), 3))
    made_direct(pool)
    async with Redis.from_pool(pool) as client:
        kill(server, await client.client_id())
        with pytest.raises(ConnectionLost):
            await client.incr("count")
        assert await client.get("count") is None


async def test_a_new_connection_that_the_check_refuses_gets_no_command(server: EmbeddedServer):
    """It is closed, and each command that would use it has the refusal."""
    check = ConnectionCheck("nothing")
    async with await connect(server.url) as control, await connect(server.url, watch=check) as client:

        def refuse(mark: str) -> None:
            raise PermissionError("another server")

        check.admits = refuse
        await client.connection_pool.disconnect()
        for _ in range(3):
            with pytest.raises(PermissionError):
                await client.incr("count")
        await connections_are(control, 1)
        check.admits = None
        assert await client.incr("count") == 1


@asynccontextmanager
async def relayed(server: EmbeddedServer) -> AsyncIterator[tuple[str, list[asyncio.StreamWriter]]]:
    """A network between client and server: its address, and the ends of its connections towards clients."""
    ends: list[asyncio.StreamWriter] = []

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while some := await source.read(65536):
            target.write(some)
        target.close()

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends.append(writer)
        from_server, to_server = await asyncio.open_unix_connection(server.socket)
        await asyncio.gather(pass_on(reader, to_server), pass_on(from_server, writer), return_exceptions=True)
        to_server.close()

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as network:
        yield f"redis://127.0.0.1:{network.sockets[0].getsockname()[1]}", ends


async def test_an_idle_connection_that_the_network_has_reset_is_made_anew(server: EmbeddedServer):
    """A reset is known like a close, and costs no command."""
    check = ConnectionCheck("nothing")
    async with relayed(server) as (url, ends), await connect(url, watch=check) as client:
        ends[0].get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        ends[0].transport.abort()
        while only_connection(client)._reader.exception() is None:  # noqa: ASYNC110 -- the stream tells nobody
            await asyncio.sleep(0)
        assert (await client.incr("count"), check.connections) == (1, 2)


@pytest.mark.parametrize("by", ["server", "client"])
async def test_a_transaction_whose_connection_is_lost_is_an_error(server: EmbeddedServer, by: str):
    """It is no change of what is watched, after which it would be done again; nor is it done without the watch."""
    async with await connect(server.url) as client, client.pipeline(transaction=True) as pipe:
        await pipe.watch("count")
        if by == "server":
            kill(server, cast("int", await pipe.execute_command("CLIENT", "ID")))
        else:
            await client.connection_pool.disconnect()
        await client.set("count", 7)
        pipe.multi()
        pipe.incr("count")
        with pytest.raises(ConnectionLost):
            await pipe.execute()
        assert await client.get("count") == b"7"


async def test_a_transaction_that_waits_while_the_server_dies_is_an_error():
    """It may have been done: nobody is asked to do it again."""
    with started("valkey") as server:
        async with await connect(server.url) as client, client.pipeline(transaction=True) as pipe:
            await pipe.watch("count")
            pipe.multi()
            pipe.incr("count")
            os.kill(server.process.pid, signal.SIGSTOP)
            waiting = asyncio.ensure_future(pipe.execute())
            await asyncio.sleep(0)
            server.process.kill()
            with pytest.raises(ConnectionLost):
                await waiting


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("store", STORES)
async def test_a_server_that_dies_before_it_replies_is_an_error_at_once(store: str, *, piped: bool):
    """After it has come back at the same address every connection is made anew, and nothing is sent again."""
    with started(store) as server:
        check = ConnectionCheck("nothing")
        async with await connect(server.url, watch=check) as client:
            await asyncio.gather(*(client.echo(f"{number}") for number in range(3)))
            assert check.connections == 3
            os.kill(server.process.pid, signal.SIGSTOP)
            waiting = asyncio.ensure_future(both(client).execute() if piped else client.incr("count"))
            await asyncio.sleep(0)
            server.process.kill()
            server.process.wait()
            with pytest.raises(ConnectionLost):
                await waiting
            with pytest.raises(ConnectionLost):
                await client.incr("count")
            server.restart()
            replies = await asyncio.gather(*(client.echo(f"{number}") for number in range(3)))
            assert replies == [b"0", b"1", b"2"]
            assert (await client.get("count"), check.connections) == (None, 6)


@pytest.mark.parametrize("piped", [False, True])
@pytest.mark.parametrize("store", STORES)
async def test_a_server_that_stands_still_is_too_late(store: str, *, piped: bool):
    """Each command waits no longer than ``socket_timeout``, is sent once, and its reply is nobody's when it comes."""
    with started(store) as server:
        async with (
            await connect(server.url) as control,
            await connect(f"{server.url}?socket_timeout=0.2") as client,
        ):
            os.kill(server.process.pid, signal.SIGSTOP)
            for _ in range(2):
                with pytest.raises(TooLate):
                    await (both(client).execute() if piped else client.incr("count"))
            os.kill(server.process.pid, signal.SIGCONT)
            await connections_are(control, 1)
            assert await client.echo("next") == b"next"
            assert int(await client.get("count") or 0) <= 2
            assert len(client.connection_pool._in_use_connections) == 1
