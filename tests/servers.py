"""Real servers for tests: started once per session on a unix socket, emptied before each test; and ports for others."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

import pytest
from redis.asyncio import Redis

from services.ledger.connection import connect
from services.runtime.embedded_server import EmbeddedServer, ServerBinary, find_server, inspect

STORES = ("valkey", "redis7")
"""The servers that every contract suite over a real server runs against."""

_PORTS = range(20_000, 32_000)
"""Below the ports that the system gives to connections and to whoever asks for any."""
_HELD: list[IO[bytes]] = []
"""Locks on the ports that this process was given; they end with it."""


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


def free_port() -> int:
    """Return a port that nobody listens on and that no other test of this machine is given while this process runs."""
    folder = Path(tempfile.gettempdir()) / f"kelambu-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    for port in _PORTS:
        lock = (folder / str(port)).open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            lock.close()
        else:
            _HELD.append(lock)
            return port
    raise AssertionError(f"every port of {_PORTS} is in use")
