"""Ids are remembered for ever, in a few bytes each."""

from __future__ import annotations

from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.protocol import Ledger
from services.ledger.store import create_or_open
from tests.stores.ledger.steps import append, seen


async def test_every_id_is_found_however_many_there_are(ledger: Ledger):
    """After each of many commits of different sizes all ids so far are known, and no other is."""
    recorded = 0
    for size in (1, 30, 1, 1, 500, 33, 2_000, 64, 3_000):
        await append(ledger, ids=[seen(f"id-{n}") for n in range(recorded, recorded + size)])
        recorded += size
        ids = [seen(f"id-{n}") for n in range(recorded + 50)]
        known = await ledger.recorded_tags(0, [event_id for event_id, _ in ids])
        assert known == [tag if n < recorded else None for n, (_, tag) in enumerate(ids)]
    assert await ledger.recorded_tags(0, []) == []


async def test_an_id_costs_few_bytes(redis: Redis):
    """The hashes that hold ids stay in the server's packed form: less than 40 bytes an id, at any number."""
    ledger = await create_or_open(redis, 1)
    recorded = 0
    for size in (700, 20_000):
        await append(ledger, ids=[seen(f"id-{n}") for n in range(recorded, recorded + size)])
        recorded += size
        hashes = [key async for key in redis.scan_iter(f"{keys.ids(0)}:*", count=1000)]
        async with redis.pipeline(transaction=False) as pipe:
            for key in hashes:
                pipe.memory_usage(key)
                pipe.hlen(key)
                pipe.object("ENCODING", key)
            found = await pipe.execute()
        assert set(found[2::3]) == {b"listpack"}
        assert sum(found[1::3]) == recorded
        assert sum(found[0::3]) / recorded < 40
