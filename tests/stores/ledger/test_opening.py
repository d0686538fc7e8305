"""Opening a ledger: the right number of partitions, the right functions, a server that keeps its word."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as ConnectionLost

from services.ledger.connection import UnsafeServerError, check_durability, connect
from services.ledger.function_library import LIBRARY, load_functions
from services.ledger.protocol import MalformedError, WrongPartitionsError
from services.ledger.store import create_or_open
from services.runtime.embedded_server import EmbeddedServer
from services.texts.catalogue import render
from tests.stores.ledger.steps import append, event

UNSAFE = {
    "appendonly": "no",
    "appendfsync": "everysec",
    "no-appendfsync-on-rewrite": "yes",
    "maxmemory-policy": "allkeys-lru",
}


async def test_the_number_of_partitions_is_fixed_at_creation(redis: Redis):
    """The same number opens the ledger again; another is refused with both numbers and changes nothing."""
    await append(await create_or_open(redis, 4), event("a"), partition=3)
    with pytest.raises(WrongPartitionsError) as refused:
        await create_or_open(redis, 8)
    assert (refused.value.recorded, refused.value.asked) == (4, 8)
    assert len(await (await create_or_open(redis, 4)).read(3)) == 1


@pytest.mark.parametrize("partitions", [0, -1, 101])
async def test_a_ledger_has_1_to_100_partitions(valkey: Redis, partitions: int):
    """Other numbers are refused and nothing is recorded."""
    with pytest.raises(MalformedError):
        await create_or_open(valkey, partitions)
    assert await valkey.keys() == []


async def test_functions_are_loaded_when_they_differ(redis: Redis):
    """The library is loaded where there is none or another, and left alone where it is the same."""
    await load_functions(redis)
    assert not await load_functions(redis)
    await redis.function_load(
        f"#!lua name={LIBRARY}\nredis.register_function('kelambu_old', function() return 1 end)", replace=True
    )
    assert await load_functions(redis)
    assert not await load_functions(redis)


def test_a_connection_that_closed_beneath_uvloop_is_a_fault_of_the_server(valkey_server: EmbeddedServer):
    """What services run on says so by a RuntimeError, which would end them; they wait for the server instead."""

    async def sent() -> None:
        async with await connect(valkey_server.url) as client:
            connection = await client.connection_pool.get_connection()
            connection._writer.transport.abort()
            await asyncio.sleep(0)
            with pytest.raises(ConnectionLost):
                await connection.send_command("PING")

    uvloop.run(sent())


async def test_the_embedded_server_is_safe(redis: Redis):
    """A server as Kelambu starts it has no fault."""
    assert await check_durability(redis) == []


@pytest.mark.parametrize("setting", UNSAFE)
async def test_an_unsafe_setting_is_refused_by_name(redis: Redis, setting: str):
    """Each setting that would lose what was acknowledged is named with the command that mends it."""
    right = str((await redis.config_get(setting))[setting])
    await redis.config_set(setting, UNSAFE[setting])
    try:
        (fault,) = await check_durability(redis)
        url = f"unix://{redis.connection_pool.connection_kwargs['path']}"
        with pytest.raises(UnsafeServerError, match=f"{setting} is {UNSAFE[setting]}") as refused:
            await connect(url)
        assert refused.value.faults == (fault,)
        assert f"CONFIG SET {setting} {right}" in render(fault, "en")
        client = await connect(url, unsafe=True)
        await client.aclose()
    finally:
        await redis.config_set(setting, right)


async def test_every_unsafe_setting_is_named_at_once(valkey: Redis):
    """A server with several faults is told all of them."""
    right = await valkey.config_get(*UNSAFE)
    await valkey.config_set("appendfsync", "no")
    await valkey.config_set("maxmemory-policy", "volatile-ttl")
    try:
        assert len(await check_durability(valkey)) == 2
    finally:
        for setting in UNSAFE:
            await valkey.config_set(setting, str(right[setting]))


async def test_torn_writes_are_the_older_servers_fault(redis7: Redis, valkey: Redis):
    """A server that does not roll torn transactions back must refuse a torn file; Valkey 9.1.2 need not."""
    await redis7.config_set("aof-load-truncated", "yes")
    try:
        (fault,) = await check_durability(redis7)
        assert "aof-load-truncated" in render(fault, "en")
    finally:
        await redis7.config_set("aof-load-truncated", "no")
    await valkey.config_set("aof-load-truncated", "yes")
    try:
        assert await check_durability(valkey) == []
    finally:
        await valkey.config_set("aof-load-truncated", "no")
