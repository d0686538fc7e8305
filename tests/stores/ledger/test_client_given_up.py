"""The client when a task gives its command up: the reply that is still to come is nobody's, and nothing stays open."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from typing import cast

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as TooLate

from services.ledger.connection import ConnectionCheck, connect
from services.runtime.backoff import unless
from services.runtime.embedded_server import EmbeddedServer
from tests.servers import STORES, emptied, started
from tests.stores.ledger.steps import connections_are

_COUNTS = 200


@pytest.fixture(params=STORES)
def server(request: pytest.FixtureRequest) -> EmbeddedServer:
    """A server of each kind in turn."""
    return cast("EmbeddedServer", request.getfixturevalue(f"{request.param}_server"))


@pytest.fixture
async def control(server: EmbeddedServer) -> AsyncIterator[Redis]:
    """Another client of the server, which is empty."""
    async with emptied(server) as client:
        yield client


@pytest.mark.parametrize("kind", ["command", "pipeline", "transaction"])
async def test_a_task_may_end_at_any_moment(server: EmbeddedServer, control: Redis, kind: str):
    """While its connection is made and greeted, while it writes, while it waits: the next reply is the next command's."""
    check = ConnectionCheck("nothing")
    check.admits = lambda _: None
    async with await connect(f"{server.url}?db=1", watch=check) as client:
        for turns in itertools.count():
            await client.connection_pool.disconnect()
            pipe = client.pipeline(transaction=kind == "transaction")
            for _ in range(3):
                pipe.echo("given up")
            command = asyncio.ensure_future(client.echo("given up") if kind == "command" else pipe.execute())
            for _ in range(turns):
                await asyncio.sleep(0)
            given_up = command.cancel()
            await asyncio.gather(command, return_exceptions=True)
            replies = await asyncio.gather(*(client.echo(f"{turns} {other}") for other in range(2)))
            assert replies == [f"{turns} {other}".encode() for other in range(2)]
            await connections_are(control, 1 + 2)
            assert len(client.connection_pool._in_use_connections) == 2
            if not given_up:
                break


@pytest.mark.parametrize("how", ["cancelled", "too late"])
@pytest.mark.parametrize("store", STORES)
async def test_what_is_given_up_is_not_written_later(store: str, how: str):
    """The commands of a pipeline that the server had not taken never reach it; its connection is closed at once."""
    with started(store) as server:
        patience = "" if how == "cancelled" else "?socket_timeout=0.5"
        async with await connect(server.url) as control, await connect(server.url + patience) as client:
            pipe = client.pipeline(transaction=False)
            for _ in range(_COUNTS):
                pipe.incr("count")
                pipe.echo("much" * 25_000)
            (connection,) = client.connection_pool._in_use_connections
            assert connection._writer
            transport = connection._writer.transport
            os.kill(server.process.pid, signal.SIGSTOP)
            writing = asyncio.ensure_future(pipe.execute())
            while not transport.get_write_buffer_size():  # noqa: ASYNC110 -- nor does the transport
                await asyncio.sleep(0)
            if how == "cancelled":
                writing.cancel()
            with pytest.raises(asyncio.CancelledError if how == "cancelled" else TooLate):
                await writing
            os.kill(server.process.pid, signal.SIGCONT)
            await connections_are(control, 1)
            assert await client.echo("next") == b"next"
            assert int(await control.get("count") or 0) < _COUNTS // 2


async def test_a_worker_that_stops_while_it_waits_leaves_no_reply(server: EmbeddedServer, control: Redis):
    """Its connection is closed: what is appended afterwards is told to nobody who did not ask."""
    async with await connect(server.url) as client:
        stop = asyncio.Event()
        reading = cast("Coroutine[object, object, object]", client.xread({"stream": "0"}, block=2000))
        waiting = asyncio.ensure_future(unless(stop, reading))
        while not (await control.info("clients"))["blocked_clients"]:  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0)
        stop.set()
        assert await waiting is None
        assert await client.echo("next") == b"next"
        await control.xadd("stream", {"field": "value"})
        assert await client.echo("another") == b"another"
        assert len(await client.xread({"stream": "0"})) == 1
        await connections_are(control, 1 + 1)
        assert len(client.connection_pool._in_use_connections) == 1


async def test_who_comes_when_each_connection_is_used_waits(server: EmbeddedServer, control: Redis):
    """There are no more connections than the URL allows, and who gives up waiting takes none from others."""
    async with await connect(f"{server.url}?max_connections=3") as client:
        blocked = [asyncio.ensure_future(client.blpop(["list"], 3)) for _ in range(3)]
        while (await control.info("clients"))["blocked_clients"] < 3:  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0)
        waiting = [asyncio.ensure_future(client.echo(f"{number}")) for number in range(200)]
        await asyncio.sleep(0)
        for number, one in enumerate(waiting):
            if number % 3 == 0:
                one.cancel()
        await control.rpush("list", "a", "b", "c")
        await asyncio.gather(*blocked)
        replies = await asyncio.gather(*waiting, return_exceptions=True)
        for number, reply in enumerate(replies):
            assert isinstance(reply, asyncio.CancelledError) if number % 3 == 0 else reply == b"%d" % number
        await connections_are(control, 1 + 3)


async def test_a_connection_goes_on_from_a_task_that_ends_when_it_has_it(server: EmbeddedServer):
    """The task was woken for the only connection, and is cancelled before it can take it."""
    async with await connect(f"{server.url}?max_connections=1") as client:
        connection = await client.connection_pool.get_connection()
        waiting = [asyncio.ensure_future(client.echo(f"{number}")) for number in range(2)]
        await asyncio.sleep(0)
        await client.connection_pool.release(connection)
        waiting[0].cancel()
        async with asyncio.timeout(20):
            assert await waiting[1] == b"1"
        assert waiting[0].cancelled()


async def test_more_commands_than_connections_find_one_each(redis: Redis):
    """A burst of requests is no fault of the server, by what a URL without any option allows."""
    replies = await asyncio.gather(*(redis.echo(f"{number}") for number in range(300)))
    assert replies == [b"%d" % number for number in range(300)]
