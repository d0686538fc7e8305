"""What the bank reports of an order: that it was paid, and that money came back."""

from __future__ import annotations

import datetime as dt

from msgspec import UNSET, Struct, UnsetType

from events.content import CitedEvent, ClaimFact, Content
from events.envelope import Envelope
from events.forms import compared
from events.personal import FreeText, PaymentReference
from events.values import ClaimNumber, OrderId, Rupiah


class Payment(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    order: OrderId
    amount: Rupiah
    paid_on: dt.date
    reference: PaymentReference

    def fact(self, act: CitedEvent) -> Paid:
        """Return what the rules compute with."""
        return Paid(*act, self.claim, self.order, self.amount, self.paid_on, compared(self.reference))


class Return(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """``payment`` is the ``reference`` of the payment that came back, ``amount`` what came back of it or of the order."""

    claim: ClaimNumber
    order: OrderId
    returned_on: dt.date
    reason: FreeText
    amount: Rupiah | UnsetType = UNSET
    payment: PaymentReference | UnsetType = UNSET

    def fact(self, act: CitedEvent) -> Returned:
        """Return what the rules compute with."""
        amount, payment = self.amount or 0, compared(self.payment or "")
        return Returned(*act, self.claim, self.order, self.returned_on, amount, payment)


class ClaimPaid(Envelope[Payment], frozen=True, tag="kelambu.claim.paid.v1"):
    """The bank paid an order, in whole or in part."""


class PaymentReturned(Envelope[Return], frozen=True, tag="kelambu.claim.payment-returned.v1"):
    """The bank sent a payment back."""


class Paid(ClaimFact, frozen=True, array_like=True, tag="p"):
    """``reference`` is the token of the bank's reference."""

    kind = "claim.paid"

    order: str
    amount: int
    paid_on: dt.date
    reference: str

    @property
    def happened_on(self) -> dt.date:
        """The bank's date."""
        return self.paid_on

    def content(self) -> Content:
        """Return what it says."""
        date = self.paid_on.isoformat()
        return Content(order=self.order, amount=self.amount, date=date, reference=self.reference)


class Returned(ClaimFact, frozen=True, array_like=True, tag="b"):
    """``amount`` is 0 and ``payment``, the token of a payment's reference, empty where the return does not say."""

    kind = "claim.payment-returned"

    order: str
    returned_on: dt.date
    amount: int = 0
    payment: str = ""

    @property
    def happened_on(self) -> dt.date:
        """The bank's date."""
        return self.returned_on

    def content(self) -> Content:
        """Return what it says."""
        date = self.returned_on.isoformat()
        return Content(order=self.order, amount=self.amount, date=date, reference=self.payment)
