"""A claim as agencies report it: filed, amended, documented, verified, reviewed, objected to, paid, returned."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from events.envelope import Envelope
from events.findings import Findings
from events.values import (
    Cause,
    ClaimNumber,
    Code,
    FreeText,
    LocalId,
    Nik,
    OrderId,
    Payee,
    PaymentReference,
    Person,
    PersonalName,
    PersonalText,
    Relation,
    Rupiah,
    Sha256,
)

Level = Literal["TK", "SD", "SMP", "SMA", "PT"]


class Document(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    kind: Code
    reference: PersonalText
    sha256: Sha256 | UnsetType = UNSET


class Claimant(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    name: PersonalName
    nik: Nik | UnsetType = UNSET
    relation: Relation
    phone: PersonalText | UnsetType = UNSET


class Child(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    child: LocalId
    name: PersonalName
    birth_date: dt.date
    nik: Nik | UnsetType = UNSET


Documents = Annotated[list[Document], Meta(max_length=100)]
Children = Annotated[list[Child], Meta(max_length=50)]


class Filing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """``event_date`` is the day of the accident, the diagnosis or the death; children in the family's order."""

    claim: ClaimNumber
    nik: Nik
    cause: Cause
    event_date: dt.date
    claimant: Claimant
    summary: FreeText | UnsetType = UNSET
    documents: Documents | UnsetType = UNSET
    children: Children | UnsetType = UNSET


class Amendment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a filing said otherwise: each key given replaces the filing's, ``children`` the whole list anew."""

    claim: ClaimNumber
    children: Children | UnsetType = UNSET
    event_date: dt.date | UnsetType = UNSET
    cause: Cause | UnsetType = UNSET
    claimant: Claimant | UnsetType = UNSET


class DocumentsReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    documents: Documents


class Verification(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    findings: Findings


class Schooling(Struct, frozen=True, forbid_unknown_fields=True):
    """``school_year`` is the year in which the school year starts."""

    claim: ClaimNumber
    child: LocalId
    level: Level
    school_year: Annotated[int, Meta(ge=1945, le=2200)]
    studying: bool
    payee: Payee


class Review(Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer to a referred claim; for ``approve`` the referral codes that it lifts."""

    claim: ClaimNumber
    officer: PersonalText
    decision: Literal["approve", "deny"]
    reasons: Annotated[list[Code], Meta(max_length=50)]
    grounds: FreeText


class Objection(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    by: Person
    grounds: FreeText


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    reason: FreeText


class Payment(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    order: OrderId
    amount: Rupiah
    paid_on: dt.date
    reference: PaymentReference


class Return(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """``payment`` is the ``reference`` of the payment that came back, ``amount`` what came back of it or of the order."""

    claim: ClaimNumber
    order: OrderId
    returned_on: dt.date
    reason: FreeText
    amount: Rupiah | UnsetType = UNSET
    payment: PaymentReference | UnsetType = UNSET


class ClaimFiled(Envelope[Filing], frozen=True, tag="kelambu.claim.filed.v1"):
    """A claim was filed."""


class ClaimAmended(Envelope[Amendment], frozen=True, tag="kelambu.claim.amended.v1"):
    """The agency that filed a claim says something of the filing otherwise."""


class DocumentsReceived(Envelope[DocumentsReceipt], frozen=True, tag="kelambu.claim.documents-received.v1"):
    """Documents for a claim arrived."""


class ClaimVerified(Envelope[Verification], frozen=True, tag="kelambu.claim.verified.v1"):
    """An agency established one finding or several."""


class SchoolingConfirmed(Envelope[Schooling], frozen=True, tag="kelambu.claim.schooling-confirmed.v1"):
    """A child studies, or no longer does, in a school year."""


class ClaimReviewed(Envelope[Review], frozen=True, tag="kelambu.claim.reviewed.v1"):
    """A person decided what the rules had referred."""


class ClaimObjected(Envelope[Objection], frozen=True, tag="kelambu.claim.objected.v1"):
    """Somebody objected to a decision."""


class ClaimWithdrawn(Envelope[Withdrawal], frozen=True, tag="kelambu.claim.withdrawn.v1"):
    """The claim was withdrawn."""


class ClaimPaid(Envelope[Payment], frozen=True, tag="kelambu.claim.paid.v1"):
    """The bank paid an order, in whole or in part."""


class PaymentReturned(Envelope[Return], frozen=True, tag="kelambu.claim.payment-returned.v1"):
    """The bank sent a payment back."""
