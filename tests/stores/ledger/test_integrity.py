"""What is stored fits together, or each contradiction is found by counting, whatever the ledger's size."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from services.ledger import keys
from services.ledger.integrity import UnsoundLedgerError, check_soundness, faults_of
from services.ledger.protocol import CorruptedError
from services.ledger.store import create_or_open
from services.ledger.trail import TrailHead, TrailStore
from services.texts.catalogue import render
from tests.stores.ledger.steps import NOON, append, event, seen

P = 2
EVENTS = 100


async def filled(client: Redis) -> None:
    """A ledger of 4 partitions, one of which has a hundred events and everything else that a partition has."""
    ledger = await create_or_open(client, 4)
    given = await ledger.deliver([(P, b"{}", b"")] * 2)
    for number in range(EVENTS):
        await append(
            ledger,
            event(str(number), claim=f"CLM-{number % 9}"),
            partition=P,
            states=[(f"~{number % 30}", b"state")],
            segments=[(f"~{number % 30}", number // 30, b"facts")],
            ids=[seen(str(number))],
            park=[("~parked", b"{}")] if number == 50 else [],
            inbox=given[0],
        )
    await TrailStore(client).append(TrailHead(), NOON, [b"first", b"second", b"third"])
    for number in range(9):
        await client.hset(keys.route(f"CLM-{number}"), "filing", b"f" * 16)


async def test_a_sound_ledger_has_no_fault(redis: Redis):
    """Empty; filled; after states are deleted, the parked are taken up, and what was handed on has left the inbox."""
    ledger = await create_or_open(redis, 4)
    assert await faults_of(redis, 4) == []
    await filled(redis)
    assert await faults_of(redis, 4) == []
    await append(ledger, partition=P, states=[("~0", b"")], unpark=[("~parked", 1)])
    assert await faults_of(redis, 4) == []
    await check_soundness(redis, 4)


async def move_head(client: Redis) -> None:
    """As if the ledger had ended before its head."""
    await client.hset(keys.head(P), "position", EVENTS + 40)


async def lose_all_ids(client: Redis) -> None:
    """Every hash of ids."""
    await client.delete(*[name async for name in client.scan_iter(f"{keys.ids(P)}:*")])


LOSSES: dict[str, Callable[[Redis], Awaitable[object]]] = {
    f"ends at {EVENTS}-0, and its head says {EVENTS + 40}": move_head,
    f"has {EVENTS - 1} events": lambda client: client.xdel(keys.ledger(P), "50-0"),
    f"has {EVENTS - 10} events": lambda client: client.xtrim(keys.ledger(P), minid="11-0", approximate=False),
    "ends at 0-0": lambda client: client.delete(keys.ledger(P)),
    "0 states of persons, and its head says 30": lambda client: client.delete(keys.states(P)),
    "29 states of persons": lambda client: client.hdel(keys.states(P), "~7"),
    "0 segments of states, and its head says 100": lambda client: client.delete(keys.segments(P)),
    "99 segments of states": lambda client: client.hdel(keys.segments(P), keys.segment("~7", 2)),
    "0 claims in the index": lambda client: client.delete(keys.index(P)),
    "8 claims in the index": lambda client: client.hdel(keys.index(P), "CLM-3"),
    "0 persons are parked": lambda client: client.delete(keys.parked(P)),
    "the inbox ends before": lambda client: client.delete(keys.inbox(P)),
    "ids that it remembers are lost": lose_all_ids,
    "1 of 9 claims have no route": lambda client: client.delete(keys.route("CLM-4")),
    "is of another type": lambda client: client.rename(keys.states(P), keys.ledger(P)),
    "audit trail ends at 3-0 with 2 records": lambda client: client.xdel(keys.TRAIL, "2-0"),
    "audit trail ends at 2-0 with 2 records, and its head says 3": lambda client: client.xdel(
        keys.TRAIL, "3-0"
    ),
    "audit trail ends at 3-0 with 3 records": lambda client: client.hset(keys.TRAIL_HEAD, "hash", "0" * 64),
    "payment orders end at none, and the progress says 5": lambda client: client.hset(
        keys.PROGRESS, "orders", 5
    ),
}


@pytest.mark.parametrize("said", LOSSES)
async def test_each_loss_is_told(redis: Redis, said: str):
    """The partition is named, and what it has and should have; then nothing is served."""
    await filled(redis)
    await LOSSES[said](redis)
    assert any(said in render(fault, "en") for fault in await faults_of(redis, 4))
    with pytest.raises(UnsoundLedgerError, match=r"kelambu verify.*kelambu recover"):
        await check_soundness(redis, 4)


async def test_a_lost_number_of_partitions_is_not_made_up(redis: Redis):
    """Where partitions are there, their number is not recorded anew: events would go to other partitions."""
    await filled(redis)
    await redis.delete(keys.META)
    with pytest.raises(CorruptedError, match="no longer says how many"):
        await create_or_open(redis, 8)
    assert not await redis.exists(keys.META)
