"""Proposing orders for release, and what the decider recorded of them.

An order is released through the ledger before it leaves the installation. The proposal goes into the inbox of the
order's partition like any other event; the decider records it only if the order is still in force and has not been
released before, so that a proposal repeated after a crash does nothing.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar, get_args

from msgspec.structs import replace

from events.assessment import ClaimAssessed
from events.catalogue import EVENT_TYPES, beginnings, decode, encode, type_of
from events.envelope import KELAMBU
from events.message import message
from events.operation import ReleaseArranged
from events.payment import PaymentCancelled, PaymentOrdered, PaymentReleased, Release, ReleaseApproved
from events.retraction import EventRetracted
from services.ledger.protocol import Ledger, LedgerError

_Kind: TypeAlias = (
    PaymentOrdered
    | ReleaseApproved
    | PaymentReleased
    | PaymentCancelled
    | ClaimAssessed
    | EventRetracted
    | ReleaseArranged
)
E = TypeVar(
    "E",
    PaymentOrdered,
    ReleaseApproved,
    PaymentReleased,
    PaymentCancelled,
    ClaimAssessed,
    EventRetracted,
    ReleaseArranged,
)
_ABOUT_OTHER_THINGS = beginnings(*(kind for kind in EVENT_TYPES.values() if kind not in get_args(_Kind)))

_PAGE = 2000
_PATIENCE = (0.002, 0.1)
"""Seconds between two looks at the inbox: at first, and at most."""


def is_of_interest(body: bytes) -> bool:
    """Tell whether an event may decide what leaves.

    False only of one that begins as today's version of another type.
    """
    return not body.startswith(_ABOUT_OTHER_THINGS)


class LedgerSpan:
    """The events of a partition that decide what may leave, from a position on; each is read once."""

    def __init__(self, ledger: Ledger, partition: int, after: int) -> None:
        self._ledger, self._partition, self._to = ledger, partition, after
        self._found: list[_Kind] = []

    async def read_to(self, to: int) -> None:
        """Read on to a position."""
        while self._to < to:
            page = await self._ledger.read(self._partition, self._to, min(_PAGE, to - self._to))
            if not page:
                raise LedgerError(message("ledger.ends", partition=self._partition, end=self._to, before=to))
            for entry in page:
                if is_of_interest(entry.body) and isinstance(event := decode(entry.body), _Kind):
                    self._found.append(event)
            self._to = page[-1].position

    def of(self, kind: type[E], after: int, to: int) -> list[E]:
        """The events of one type in positions ``after`` + 1 to ``to``, of those that were read."""
        return [e for e in self._found if isinstance(e, kind) and after < (e.position or 0) <= to]


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
    releases_by_order = {release.data.order: release.data for release in releases}
    ordered_only = beginnings(PaymentOrdered)
    by_id: dict[str, PaymentOrdered] = {}
    for claim in dict.fromkeys(release.data.claim for release in releases):
        for entry in await ledger.history(partition, claim):
            if entry.body.startswith(ordered_only):
                ordered = read_as(PaymentOrdered, entry.body)
                if release := releases_by_order.get(ordered.data.order):
                    by_id[ordered.data.order] = _to_account_of(release, ordered)
    if missing := releases_by_order.keys() - by_id.keys():
        raise LedgerError(message("ledger.never-ordered", partition=partition, order=min(missing)))
    return by_id


def _to_account_of(release: Release, ordered: PaymentOrdered) -> PaymentOrdered:
    if not release.stated_at:
        return ordered
    order = replace(ordered.data, account=release.account, stated_at=release.stated_at)
    return replace(ordered, data=order)
