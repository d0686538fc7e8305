"""The ledger under test: in memory, on the embedded Valkey and on Redis 7.0."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
