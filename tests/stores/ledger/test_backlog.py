"""How much is still to be done, asked of all agencies and partitions at once."""

from __future__ import annotations

from redis.asyncio import Redis

from services.ledger import backlog, keys
from services.ledger.edge import Edge
from services.ledger.store import create_or_open
from tests.stores.ledger.steps import append, event


async def test_partitions_whose_last_arrival_is_not_decided_are_counted(redis: Redis):
    """Also where an earlier arrival is decided; of each partition the last position is told."""
    ledger = await create_or_open(redis, 3)
    assert await backlog.decided(redis, 3) == (0, [0, 0, 0])
    first, _, _ = await ledger.deliver([(1, b"{}", b""), (1, b"{}", b""), (2, b"{}", b"")])
    assert await backlog.decided(redis, 3) == (2, [0, 0, 0])
    await append(ledger, event("a"), event("b"), partition=1, inbox=first)
    assert await backlog.decided(redis, 3) == (2, [0, 2, 0])
    (last,) = await ledger.deliver([(1, b"{}", b"")])
    await append(ledger, event("c"), partition=1, inbox=last)
    assert await backlog.decided(redis, 3) == (1, [0, 3, 0])


async def test_documents_of_either_way_are_counted_for_the_agencies_that_are_named(redis: Redis):
    """Those in an outbox, and those that came over HTTP."""
    await Edge(redis).submit("rsud", [b"{}", b"{}"])
    await Edge(redis).submit("dinsos", [b"{}"])
    await redis.xadd(keys.taken("rsud"), {"e": b"{}"})
    assert await backlog.documents(redis, redis, ["rsud", "bank"]) == 3
    assert await backlog.documents(redis, redis, ["rsud", "dinsos"]) == 4
