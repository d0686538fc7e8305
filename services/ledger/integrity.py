"""Does what is stored fit together? Asked at each start, in a few calls for each partition, whatever the size.

Counts and ends are compared that the commit function keeps: a ledger that ends elsewhere than its head, or has lost
events, states or claims, is found; that every single value is right, ``kelambu verify`` finds out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import cast

from msgspec import Struct
from redis.asyncio import Redis

from events.message import Message, message
from services.ledger import keys
from services.ledger.protocol import LedgerError
from services.ledger.trail import hash_of

_ENTRY = re.compile(rb"[0-9]+-[0-9]+")
_SAMPLE = 16
"""Claims of each partition whose route is looked for."""


class UnsoundLedgerError(LedgerError):
    """Parts of the ledger contradict each other; ``faults`` says which, and the message what to do."""

    def __init__(self, faults: list[Message]) -> None:
        """Keep every fault and say them all."""
        super().__init__(message("unsound.ledger", faults=tuple(faults)))
        self.faults = tuple(faults)


class _PartitionEnds(Struct, frozen=True, array_like=True):
    """What the server counts in a partition; the head's words first. A number that the head does not tell is -1."""

    wrong: bytes
    position: int
    inbox: bytes
    ids: int
    states: int
    segments: int
    claims: int
    parked: int
    last_event: bytes
    events: int
    last_arrival: bytes
    states_there: int
    segments_there: int
    claims_there: int
    parked_there: int
    ids_lost: int
    ids_looked_for: int


async def check_soundness(client: Redis, partitions: int) -> None:
    """Raise ``UnsoundLedgerError`` if what is stored does not fit together; the server has the functions."""
    if faults := await faults_of(client, partitions):
        raise UnsoundLedgerError(faults)


async def faults_of(client: Redis, partitions: int) -> list[Message]:
    """Return a sentence for each contradiction."""
    async with client.pipeline(transaction=False) as pipe:
        for partition in range(partitions):
            names = [name(partition) for name in keys.PARTITION]
            pipe.execute_command("FCALL_RO", "kelambu_count", len(names), *names)
        for partition in range(partitions):
            pipe.execute_command("HRANDFIELD", keys.index(partition), _SAMPLE)
        replies = await pipe.execute(raise_on_error=False)
    faults = [fault for p, reply in enumerate(replies[:partitions]) for fault in _of_partition(p, reply)]
    sampled = [[] if isinstance(claims, Exception) else claims or [] for claims in replies[partitions:]]
    return [
        *faults,
        *await _of_routes(client, sampled),
        *await _of_payments(client),
        *await _of_trail(client),
    ]


def _of_partition(partition: int, reply: object) -> Iterator[Message]:
    if isinstance(reply, Exception):
        raise reply
    ends = _PartitionEnds(*cast("list[bytes]", reply))  # type: ignore[arg-type]
    if ends.wrong:
        yield message("unsound.type", partition=partition, what=ends.wrong.decode(errors="replace"))
        return
    if ends.last_event != b"%d-0" % ends.position:
        end = ends.last_event.decode()
        yield message("unsound.end", partition=partition, end=end, position=ends.position)
    if ends.events != ends.position:
        yield message("unsound.events", partition=partition, count=ends.events, position=ends.position)
    if not _ENTRY.fullmatch(ends.inbox) or _order(ends.last_arrival) < _order(ends.inbox):
        yield message("unsound.inbox", partition=partition)
    for what, noted_count, there in (
        ("states", ends.states, ends.states_there),
        ("segments", ends.segments, ends.segments_there),
        ("claims", ends.claims, ends.claims_there),
        ("parked", ends.parked, ends.parked_there),
    ):
        if noted_count not in (-1, there):
            yield message(f"unsound.{what}", partition=partition, count=there, counted=noted_count)
    if ends.ids_lost > (ends.ids_looked_for > 1):  # by chance one may be empty
        yield message("unsound.ids", partition=partition, count=ends.ids)


def _order(inbox_id: bytes) -> tuple[int, int]:
    milliseconds, _, sequence = inbox_id.partition(b"-")
    return int(milliseconds), int(sequence)


async def _of_routes(client: Redis, sampled: Sequence[Sequence[bytes]]) -> list[Message]:
    numbers = [[claim.decode() for claim in claims if not claim.startswith(b"@")] for claims in sampled]
    async with client.pipeline(transaction=False) as pipe:
        for claims in numbers:
            pipe.exists(*(keys.route(claim) for claim in claims or [""]))
        there = await pipe.execute()
    return [
        message("unsound.no-route", partition=partition, lost=len(claims) - routed, count=len(claims))
        for partition, (claims, routed) in enumerate(zip(numbers, there, strict=True))
        if routed < len(claims)
    ]


async def _of_payments(client: Redis) -> list[Message]:
    async with client.pipeline(transaction=True) as pipe:
        pipe.hmget(keys.PROGRESS, "orders", "batches")
        for stream in (keys.ORDERS, keys.BATCHES):
            pipe.xrevrange(stream, count=1)
        counts, *ends = await pipe.execute()
    return [
        message(f"unsound.{what}", end=end[0][0].decode() if end else "none", count=_number(count))
        for what, count, end in zip(("orders", "batches"), counts, ends, strict=True)
        if (end[0][0] if end else b"0-0") != b"%d-0" % _number(count)
    ]


async def _of_trail(client: Redis) -> list[Message]:
    """The trail ends where its head says, with the record of this hash, and none before it is lost."""
    async with client.pipeline(transaction=True) as pipe:
        pipe.hmget(keys.TRAIL_HEAD, "position", "hash")
        pipe.xlen(keys.TRAIL)
        pipe.xrevrange(keys.TRAIL, count=1)
        (position, head_hash), count, last = await pipe.execute()
    end, body = (last[0][0].decode(), last[0][1].get(b"e", b"")) if last else ("0-0", b"")
    whole = (end, count) == (f"{_number(position)}-0", _number(position))
    if whole and (not last or hash_of(body).encode() == head_hash):
        return []
    return [message("unsound.trail", end=end, count=count, position=_number(position))]


def _number(stored: bytes | None) -> int:
    """Return a number that the server keeps, 0 where it keeps none; -1 where the key holds something else."""
    return int(stored or 0) if (stored or b"0").isdigit() else -1
