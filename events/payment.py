"""Money on its way: ordered, approved by a person where that is asked for, released, cancelled, overpaid, mismatched."""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from events.content import Content, summed
from events.envelope import Envelope
from events.personal import FreeText, OfficerName
from events.values import ClaimNumber, EventId, OrderId, Rupiah

ReleaseMode: TypeAlias = Literal["automatic", "named"]
"""How orders leave: by themselves as soon as they are due, or each only after a named person has approved it."""


class OrderLine(Struct, frozen=True, forbid_unknown_fields=True):
    benefit: str
    amount: int
    """Whole rupiah; negative where an earlier order of the same payee had too much of this benefit."""


class Reordered(Struct, frozen=True, forbid_unknown_fields=True):
    """What came back of an earlier order, in whole rupiah: the earlier one stands with the rest, if there is any."""

    order: OrderId
    amount: Rupiah


class Order(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """An order to pay one payee of a claim.

    ``account`` is the account's token (of a provider the agency's name); its clear text is sealed in the event at
    position ``stated_at`` of the same partition. ``replaces`` is what of earlier orders came back and is ordered again.
    ``due_on`` is counted from ``started_on``, the civil date of ``started_by``: the latest act that the order rests on.
    """

    claim: ClaimNumber
    order: OrderId
    payee: str
    lines: tuple[OrderLine, ...]
    amount: Rupiah
    due_on: dt.date
    calendar: str
    """Which days counted as working days: ``national holidays YYYY`` or ``weekends only``."""
    account: str = ""
    stated_at: int = 0
    replaces: tuple[Reordered, ...] = ()
    started_by: str = ""
    started_on: dt.date | UnsetType = UNSET
    made_at: int = 0
    """Position of the fact that made it due: what the bank reported before under this number is about no order."""

    def content(self) -> Content:
        """Return what it says."""
        return Content(
            benefits=summed((line.benefit, line.amount) for line in self.lines),
            order=self.order,
            payee=self.payee,
            amount=self.amount,
            date=self.due_on.isoformat(),
            calendar=self.calendar,
            since=self.started_by,
            since_on=self.started_on.isoformat() if self.started_on else "",
            replaces={part.order: part.amount for part in self.replaces},
            made_at=self.made_at,
            account=self.account,
            stated_at=self.stated_at,
        )


class Release(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """``account`` and ``stated_at`` say where the money goes: to the account in force when the order leaves.

    ``due_on`` is by when: another day than was ordered where the order was held, since what released it starts the
    days. ``mode`` is how orders of the partition left then: ``named`` only with the approval of a person before it.
    """

    claim: ClaimNumber
    order: OrderId
    batch: str
    account: str = ""
    stated_at: int = 0
    due_on: dt.date | UnsetType = UNSET
    mode: ReleaseMode = "automatic"

    def content(self) -> Content:
        """Return what it says."""
        due_on = self.due_on.isoformat() if self.due_on else ""
        return Content(
            order=self.order,
            batch=self.batch,
            date=due_on,
            account=self.account,
            stated_at=self.stated_at,
        )


class ReleaseDecision(Struct, frozen=True, forbid_unknown_fields=True):
    """What a named person decided about an order that waits to leave.

    ``amount`` is the order's as the person saw it, ``seen`` up to which position of the partition the person knew it:
    of an order about whose participant anything has been recorded since, nothing is decided. ``act`` is the same for
    all orders that were decided about together.
    """

    claim: ClaimNumber
    order: OrderId
    amount: Rupiah
    seen: int
    act: EventId
    officer: OfficerName
    reason: FreeText

    def content(self) -> Content:
        """Return what it says."""
        return Content(order=self.order, amount=self.amount, officer=self.officer, seen=self.seen)


class Cancellation(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    order: OrderId
    amount: int

    def content(self) -> Content:
        """Return what it says."""
        return Content(order=self.order, amount=self.amount)


class Overpayment(Struct, frozen=True, forbid_unknown_fields=True):
    """Released to ``payee`` more than the present entitlement, by ``amount`` rupiah (0: no longer)."""

    claim: ClaimNumber
    payee: str
    amount: int

    def content(self) -> Content:
        """Return what it says."""
        return Content(payee=self.payee, amount=self.amount)


class Mismatch(Struct, frozen=True, forbid_unknown_fields=True):
    """A payment that does not fit its order.

    ``more``, ``less``, ``unknown``, ``cancelled``, ``before-order``, ``not-paid``. ``before-order`` was paid before
    the day from which the order's days count. Of ``not-paid`` more came back than stood: ``expected`` is what stood,
    ``paid`` what is said to have come back.
    """

    claim: ClaimNumber
    order: OrderId
    kind: str
    expected: int
    paid: int

    def content(self) -> Content:
        """Return what it says."""
        codes = (f"mismatch:{self.kind}",)
        return Content(codes=codes, order=self.order, expected=self.expected, amount=self.paid)


class PaymentOrdered(Envelope[Order], frozen=True, tag="kelambu.claim.payment-ordered.v1"):
    """Money that is due was ordered."""


class ReleaseApproved(Envelope[ReleaseDecision], frozen=True, tag="kelambu.claim.release-approved.v1"):
    """A named person lets an order leave; it lapses once the claim is decided on, or is not due for a while."""


class ReleaseRefused(Envelope[ReleaseDecision], frozen=True, tag="kelambu.claim.release-refused.v1"):
    """A named person does not let an order leave; it waits until somebody approves it by name, or it is due no more."""


class PaymentReleased(Envelope[Release], frozen=True, tag="kelambu.claim.payment-released.v1"):
    """An order is about to leave; from here on it cannot be cancelled."""


class PaymentCancelled(Envelope[Cancellation], frozen=True, tag="kelambu.claim.payment-cancelled.v1"):
    """An unreleased order is no longer due."""


class ClaimOverpaid(Envelope[Overpayment], frozen=True, tag="kelambu.claim.overpaid.v1"):
    """More was released than is due."""


class PaymentMismatched(Envelope[Mismatch], frozen=True, tag="kelambu.claim.payment-mismatched.v1"):
    """A finding for auditors; it holds nothing back."""
