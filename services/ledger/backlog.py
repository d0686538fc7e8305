"""How much stands in the inboxes and waiting lists: for those who watch, never for deciding anything."""

from __future__ import annotations

from typing import cast

from redis.asyncio import Redis

from services.ledger import keys

_SCAN = 5000


async def arrivals(client: Redis, partitions: int) -> list[int]:
    """Return for each partition how many arrivals have not been decided."""
    async with client.pipeline(transaction=False) as pipe:
        for partition in range(partitions):
            pipe.xlen(keys.inbox(partition))
        return cast("list[int]", await pipe.execute())


async def waiting(client: Redis) -> int:
    """Return how many events wait for a filing or for what they retract; goes through every key name."""
    lists: list[bytes] = []
    for pattern in (keys.waiting("*"), f"{keys.early('*', b'')}*"):
        lists += [name async for name in client.scan_iter(match=pattern, count=_SCAN)]
    async with client.pipeline(transaction=False) as pipe:
        for name in set(lists):
            pipe.llen(name)
        return sum(cast("list[int]", await pipe.execute()))
