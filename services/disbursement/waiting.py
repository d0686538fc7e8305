"""Orders that wait for a named person.

By whom each may not be released, and one name for all of them as they are now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct, json
from sqlalchemy import select

from projections import open_orders, timeline
from projections.claims import claim_table
from projections.open_orders import some_unreleased, unreleased
from projections.payment_rows import OrderRow
from projections.payments import PAYMENTS
from projections.store import View
from services.disbursement.approval import SeenOrder

Stand: TypeAlias = Literal["open", "refused", "approved"]


class WaitingOrder(Struct, frozen=True):
    """An order that has not left, in rupiah, with the legal day for paying it.

    ``stand`` is what was decided about it: nothing, that it does not leave, or that it leaves, which it is about to do.
    ``decided_by`` is that person's token, ``reviewed_by`` those of everybody who has ever reviewed the claim: none of
    them may let it leave. ``position`` is the claim's last event, ``seen`` how far its partition was known.
    """

    order: str
    claim: str
    payee: str
    amount: int
    due_on: str
    stand: Stand
    decided_by: str
    decided_at: str
    reviewed_by: tuple[str, ...]
    person: str
    partition: int
    position: int
    seen: int

    @property
    def as_seen(self) -> SeenOrder:
        """What a decision says of it."""
        return SeenOrder(self.order, self.claim, self.person, self.partition, self.amount, self.seen)


class PartitionTotal(Struct, frozen=True):
    """How many orders of a partition wait, and their rupiah."""

    partition: int
    orders: int
    amount: int


class WaitingList(Struct, frozen=True):
    """The orders that wait, oldest legal day first, without those that are approved: these are ``leaving``."""

    orders: tuple[WaitingOrder, ...]
    leaving: tuple[WaitingOrder, ...] = ()

    @property
    def amount(self) -> int:
        """Rupiah of all that wait."""
        return amount(self.orders)

    @property
    def name(self) -> str:
        """A name for exactly these orders with these amounts, as their claims are now: 12 hexadecimal digits."""
        content = [(one.order, one.amount, one.stand, one.position) for one in self.orders]
        return hashlib.sha256(json.encode(content)).hexdigest()[:12]

    @property
    def by_partition(self) -> tuple[PartitionTotal, ...]:
        """Count and rupiah of each partition in which any waits."""
        parts: dict[int, list[WaitingOrder]] = {}
        for one in self.orders:
            parts.setdefault(one.partition, []).append(one)
        return tuple(PartitionTotal(place, len(some), amount(some)) for place, some in sorted(parts.items()))

    def among(self, orders: Collection[str]) -> WaitingList:
        """Return the list of those of these orders that wait."""
        return WaitingList(tuple(one for one in self.orders if one.order in orders))

    def by(self, officer: str) -> WaitingList:
        """Return the list of what this person, by the token, may let leave and nobody has refused."""
        return WaitingList(
            tuple(one for one in self.orders if one.stand == "open" and officer not in one.reviewed_by)
        )


def amount(orders: Iterable[WaitingOrder]) -> int:
    """Return the rupiah of some orders."""
    return sum(one.amount for one in orders)


class _ClaimPlace(Struct, frozen=True):
    claim: str
    person: str
    partition: int
    position: int


class WaitingTotals(Struct, frozen=True):
    """How many orders wait, how many are about to leave, and their rupiah.

    ``name`` is the same only while the same orders wait and nothing more is recorded of their claims: what comes in is
    recorded behind what was there, so that in no partition the number and the sum of positions stay while anything
    moves.
    """

    orders: int
    amount: int
    leaving: int
    leaving_amount: int
    name: str


def waiting_totals(view: View) -> WaitingTotals:
    """Return the totals of the list of ``waiting`` without reading it."""
    totals = open_orders.waiting_totals(view)
    wait, leaving = ([one for one in totals if one.approved == which] for which in (0, 1))
    return WaitingTotals(
        orders=sum(one.orders for one in wait),
        amount=sum(one.amount for one in wait),
        leaving=sum(one.orders for one in leaving),
        leaving_amount=sum(one.amount for one in leaving),
        name=hashlib.sha256(json.encode(wait)).hexdigest()[:12],
    )


def waiting(view: View, orders: Collection[str] | None = None) -> WaitingList:
    """Return the orders that wait for a named person, and those that are about to leave.

    Where ``orders`` are named, only these are among them.
    """
    return _waiting_list(view, unreleased(view, orders))


def some_waiting(view: View, first: int, count: int) -> Sequence[WaitingOrder]:
    """Return so many of those that wait from one on."""
    return _waiting_list(view, some_unreleased(view, first, count)).orders


def _waiting_list(view: View, orders: Sequence[OrderRow]) -> WaitingList:
    claims = {order.claim for order in orders}
    table = claim_table(view)
    query = select(table.c.claim, table.c.person, table.c.partition, table.c.position)
    places = {one.claim: one for one in view.read_among(query, table.c.claim, claims, _ClaimPlace)}
    reviewers: dict[str, list[str]] = {}
    for step in timeline.reviews(view, claims):
        reviewers.setdefault(step.claim, []).append(step.says.officer)
    seen = view.positions[PAYMENTS.name]
    rows = [
        _waiting(order, places[order.claim], reviewers.get(order.claim, ()), seen)
        for order in orders
        if order.claim in places
    ]
    return WaitingList(
        tuple(one for one in rows if one.stand != "approved"),
        tuple(one for one in rows if one.stand == "approved"),
    )


def _waiting(
    order: OrderRow, place: _ClaimPlace, reviewers: Iterable[str], seen: dict[int, int]
) -> WaitingOrder:
    stand: Stand = "approved" if order.approved_by else "refused" if order.refused_by else "open"
    return WaitingOrder(
        order=order.order,
        claim=order.claim,
        payee=order.payee,
        amount=order.amount,
        due_on=order.due_on,
        stand=stand,
        decided_by=order.approved_by or order.refused_by,
        decided_at=order.decided_at,
        reviewed_by=tuple(sorted({one for one in reviewers if one})),
        person=place.person,
        partition=place.partition,
        position=place.position,
        seen=seen.get(place.partition, 0),
    )
