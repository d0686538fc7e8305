"""Commits as tests write them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence

from redis.asyncio import Redis

from services.ledger.protocol import Append, Commit, Head, Ledger

NOON = "2026-03-02T05:00:00.000Z"
RULEBOOK = "0" * 64 + "@1"


def event(text: str, claim: str = "") -> Append:
    """An event whose body is a small JSON document."""
    return Append(b'{"says":"%s"}' % text.encode(), claim)


def seen(text: str) -> tuple[bytes, bytes]:
    """An id and its tag."""
    digest = hashlib.sha256(text.encode()).digest()
    return digest[:16], digest[16:24]


async def append(ledger: Ledger, *events: Append, partition: int = 0, **parts: object) -> Head:
    """Commit events on top of what is there; returns the new head."""
    head = await ledger.head(partition)
    then = Head(head.position + len(events), str(parts.pop("inbox", head.inbox)), RULEBOOK, NOON)
    await ledger.commit(Commit(partition=partition, expected=head, then=then, events=events, **parts))  # type: ignore[arg-type]
    return then


async def content(ledger: Ledger, partition: int, persons: Sequence[str] = ()) -> object:
    """Everything a partition can be asked, to compare before and after."""
    parked = await ledger.parked(partition)
    return (
        await ledger.head(partition),
        await ledger.read(partition),
        await ledger.all_states(partition),
        await ledger.inbox(partition, "0-0", 1000),
        {person: await ledger.parked_events(partition, person) for person in parked},
    )


async def connections_are(client: Redis, number: int) -> None:
    """Wait until a server has this number of connections, that of the client among them; it closes them when it comes to it."""
    async with asyncio.timeout(20):
        while len(await client.client_list()) != number:  # noqa: ASYNC110 -- the server tells nobody
            await asyncio.sleep(0)
