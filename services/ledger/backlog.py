"""How many events are in the inboxes and waiting lists: for monitoring, never for deciding anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection
from typing import NamedTuple, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from events.envelope import agency_of
from services.ledger import keys
from services.ledger.reservations import WaitingEvent

_SCAN = 5000


class DecidedArrivals(NamedTuple):
    """How far adjudication has come: partitions with arrivals that are not decided, and the position of each one's last event."""

    waiting: int
    heads: list[int]


async def documents(core: Redis, edge: Redis, agencies: Collection[str]) -> int:
    """Return how many documents of these agencies intake has not admitted, whether they came over HTTP or an outbox."""
    count = 0
    for client, name in ((core, keys.taken), (edge, keys.outbox)):
        async with client.pipeline(transaction=False) as pipe:
            for agency in agencies:
                pipe.xlen(name(agency))
            count += sum(cast("list[int]", await pipe.execute()))
    return count


async def decided(client: Redis, partitions: int) -> DecidedArrivals:
    """Look at the last arrival of each partition and only then at its head, so that what is decided meanwhile counts."""
    async with client.pipeline(transaction=False) as pipe:
        for partition in range(partitions):
            pipe.xrevrange(keys.inbox(partition), count=1)
        last = cast("list[list[tuple[bytes, object]]]", await pipe.execute())
        for partition in range(partitions):
            pipe.hmget(keys.head(partition), "position", "inbox")
        heads = cast("list[tuple[bytes | None, bytes | None]]", await pipe.execute())
    waiting = sum(
        bool(found) and _order(found[0][0]) > _order(inbox or b"0-0")
        for found, (_, inbox) in zip(last, heads, strict=True)
    )
    return DecidedArrivals(waiting, [int(position or 0) for position, _ in heads])


def _order(entry: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = entry.partition(b"-")
    return int(milliseconds), int(sequence)


async def arrivals(client: Redis, partitions: int) -> list[int]:
    """Return for each partition how many arrivals have not been decided."""
    async with client.pipeline(transaction=False) as pipe:
        for partition in range(partitions):
            pipe.xlen(keys.inbox(partition))
        return cast("list[int]", await pipe.execute())


async def waiting(client: Redis) -> int:
    """Return how many events wait for a filing or for what they retract; goes through every key name."""
    lists = await _lists(client)
    async with client.pipeline(transaction=False) as pipe:
        for name in lists:
            pipe.llen(name)
        return sum(cast("list[int]", await pipe.execute()))


async def waiting_by_agency(client: Redis) -> Counter[str]:
    """Return how many of them each agency sent; reads every one, a list at a time."""
    counts: Counter[str] = Counter()
    async for held in every_waiting(client):
        counts[agency_of(sender(held))] += 1
    return counts


async def every_waiting(client: Redis) -> AsyncIterator[WaitingEvent]:
    """Go through everything that waits, a list at a time."""
    for name in sorted(await _lists(client)):
        for element in cast("list[bytes]", await client.lrange(name, 0, -1)):
            yield WaitingEvent.unpacked(element)


def sender(held: WaitingEvent) -> str:
    """Return the source of an event that waits."""
    return _sent.decode(held.body).source


async def _lists(client: Redis) -> set[bytes]:
    return {
        name
        for pattern in (keys.waiting("*"), f"{keys.early('*', b'')}*")
        async for name in client.scan_iter(match=pattern, count=_SCAN)
    }


class _Sent(Struct):
    source: str


_sent = msgspec.json.Decoder(_Sent)
