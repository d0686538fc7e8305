"""Releasing orders: what is proposed to the decider, and what it recorded.

An order is released through the ledger before it leaves the house. The proposal goes into the inbox of the
order's partition like any other event; the decider records it only if the order still stands and has not been
released before, so that a proposal repeated after a crash does nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from events.assessment import ClaimAssessed
from events.catalogue import decode, encode, type_of
from events.envelope import KELAMBU
from events.message import message
from events.payment import PaymentCancelled, PaymentOrdered, PaymentReleased, Release
from events.retraction import EventRetracted
from services.ledger.protocol import Ledger, LedgerError

E = TypeVar("E", PaymentOrdered, PaymentReleased, PaymentCancelled, ClaimAssessed, EventRetracted)

_PAGE = 2000
_PATIENCE = (0.002, 0.1)
"""Seconds between two looks at the inbox: at first, and at most."""


async def recorded(
    ledger: Ledger, partition: int, span: tuple[int, int], kind: type[E], limit: int = 0
) -> list[E]:
    """The events of one type in positions ``span[0]`` + 1 to ``span[1]``, at most ``limit`` of them (0: all)."""
    start = b'{"type":"%s"' % type_of(kind).encode()
    after, to = span
    found: list[E] = []
    while after < to:
        page = await ledger.read(partition, after, min(_PAGE, to - after))
        if not page:
            raise LedgerError(message("ledger.ends", partition=partition, end=after, before=to))
        for entry in page:
            if entry.body.startswith(start):
                found.append(read_as(kind, entry.body))
                if len(found) == limit:
                    return found
        after = page[-1].position
    return found


def read_as(kind: type[E], body: bytes) -> E:
    """Decode an event that must be of this type."""
    event = decode(body)
    if not isinstance(event, kind):
        raise LedgerError(message("ledger.other-type", found=type_of(event), expected=type_of(kind)))
    return event


def proposal(ordered: PaymentOrdered, batch: str, now: dt.datetime) -> bytes:
    """The event that proposes an order for release in ``batch``."""
    order = ordered.data
    event = PaymentReleased(
        specversion="1.0",
        id=f"release-{order.order}",
        source=KELAMBU,
        subject=order.claim,
        time=now,
        admittedtime=now,
        person=ordered.person,
        data=Release(order.claim, order.order, batch),
    )
    return encode(event)


async def decided(ledger: Ledger, partition: int, inbox_id: str, stopped: Callable[[], bool]) -> bool:
    """Wait until the partition's inbox is decided up to this id; False when stopped before."""
    pause, longest = _PATIENCE
    while _id(inbox_id) > _id((await ledger.head(partition)).inbox):
        if stopped():
            return False
        await asyncio.sleep(pause)
        pause = min(2 * pause, longest)
    return True


def _id(inbox_id: str) -> tuple[int, int]:
    milliseconds, _, sequence = inbox_id.partition("-")
    return int(milliseconds), int(sequence)


async def orders_of(
    ledger: Ledger, partition: int, releases: Sequence[PaymentReleased]
) -> dict[str, PaymentOrdered]:
    """The orders that were released, by order id, each with the account to which it was released."""
    wanted = {release.data.order: release.data for release in releases}
    start = b'{"type":"%s"' % type_of(PaymentOrdered).encode()
    found: dict[str, PaymentOrdered] = {}
    for claim in dict.fromkeys(release.data.claim for release in releases):
        for entry in await ledger.history(partition, claim):
            if entry.body.startswith(start):
                ordered = read_as(PaymentOrdered, entry.body)
                if release := wanted.get(ordered.data.order):
                    found[ordered.data.order] = _to_account_of(release, ordered)
    if missing := wanted.keys() - found.keys():
        raise LedgerError(message("ledger.never-ordered", partition=partition, order=min(missing)))
    return found


def _to_account_of(release: Release, ordered: PaymentOrdered) -> PaymentOrdered:
    if not release.stated_at:
        return ordered
    order = replace(ordered.data, account=release.account, stated_at=release.stated_at)
    return replace(ordered, data=order)
