"""Real servers for tests: started once per session on a unix socket, emptied before each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from services.embedded import EmbeddedServer, ServerBinary, find_server, inspect
from services.ledger.connection import connect

STORES = ("valkey", "redis7")
"""The servers that every contract suite over a real server runs against."""


def binary_of(store: str) -> ServerBinary:
    """Return the program of one of ``STORES``, or skip the test with the reason."""
    if store == "valkey":
        return find_server()
    path = shutil.which("redis-server")
    found = inspect(Path(path)) if path else None
    if found is None or found.version[:2] != (7, 0):
        pytest.skip("no redis-server 7.0 on the PATH (Debian's package redis-server)")
    return found


@contextmanager
def started(store: str) -> Iterator[EmbeddedServer]:
    """Run a server of one of ``STORES`` in a directory of its own; its data goes when it ends."""
    binary = binary_of(store)
    data = Path(tempfile.mkdtemp(prefix="kelambu-test-"))
    server = EmbeddedServer.start(data, binary)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)


@asynccontextmanager
async def emptied(server: EmbeddedServer) -> AsyncIterator[Redis]:
    """Connect to a server from which every key has been removed."""
    client = await connect(server.url)
    try:
        await client.flushall()
        yield client
    finally:
        await client.aclose()
