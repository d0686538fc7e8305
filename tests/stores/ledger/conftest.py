"""The ledger under test: in memory, on the embedded Valkey and on Redis 7.0.

The client is tried on the event loop of commands and on that of services.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import uvloop

from services.ledger.protocol import Ledger
from services.ledger.store import create_or_open
from tests.memory_ledger import MemoryLedger
from tests.servers import STORES, emptied


@pytest.fixture(params=("memory", *STORES))
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Ledger]:
    """An empty ledger of 4 partitions in each store in turn."""
    if request.param == "memory":
        yield MemoryLedger(4)
        return
    async with emptied(request.getfixturevalue(f"{request.param}_server")) as client:
        yield await create_or_open(client, 4)


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """What makes the event loop of a test, by its name in the name of the test."""
    commands: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    return (
        {**commands, "uvloop": uvloop.new_event_loop}
        if item.path.stem.startswith("test_client")
        else commands
    )
