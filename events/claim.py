"""A claim as agencies report it: filed, amended, documented, verified, reviewed, objected to, withdrawn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from events.content import CitedEvent, ClaimFact, Content
from events.envelope import Envelope
from events.findings import Findings
from events.personal import (
    Account,
    FreeText,
    Nik,
    OfficerName,
    Payee,
    Person,
    PersonalName,
    PersonalText,
)
from events.values import Cause, ClaimNumber, Code, EventReference, LocalId, Relation, Sha256

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

    def fact(self, act: CitedEvent) -> Filed:
        """Return what the rules compute with."""
        documents, children = _kinds(self.documents or ()), _ranked(self.children or ())
        return Filed(*act, self.claim, self.cause, self.event_date, documents, children, self.nik)


class Amendment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """What a filing said otherwise: each key given replaces the filing's, ``children`` the whole list anew."""

    claim: ClaimNumber
    children: Children | UnsetType = UNSET
    event_date: dt.date | UnsetType = UNSET
    cause: Cause | UnsetType = UNSET
    claimant: Claimant | UnsetType = UNSET

    def fact(self, act: CitedEvent) -> Amended:
        """Return what the rules compute with."""
        children = None if self.children is UNSET else _ranked(self.children)
        relation = self.claimant.relation if self.claimant else None
        return Amended(*act, self.claim, children, self.event_date or None, self.cause or None, relation)


class DocumentsReceipt(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    documents: Documents

    def fact(self, act: CitedEvent) -> Documented:
        """Return what the rules compute with."""
        return Documented(*act, self.claim, _kinds(self.documents))


class Verification(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    findings: Findings

    def fact(self, act: CitedEvent) -> Verified:
        """Return what the rules compute with."""
        return Verified(*act, self.claim, self.findings)


class Schooling(Struct, frozen=True, forbid_unknown_fields=True):
    """``school_year`` is the year in which the school year starts."""

    claim: ClaimNumber
    child: LocalId
    level: Level
    school_year: Annotated[int, Meta(ge=1945, le=2200)]
    studying: bool
    payee: Payee

    def fact(self, act: CitedEvent) -> Schooled:
        """Return what the rules compute with."""
        account, nik = self.payee.account, self.payee.nik or ""
        return Schooled(
            *act, self.claim, self.child, self.level, self.school_year, self.studying, account, nik
        )


class Review(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A person's answer to a referred claim; for ``approve`` the referral codes that it lifts.

    ``last_seen`` is the last event that the person had before them: what was recorded between it and the review is not
    answered by it.
    """

    claim: ClaimNumber
    officer: OfficerName
    decision: Literal["approve", "deny"]
    reasons: Annotated[list[Code], Meta(max_length=50)]
    grounds: FreeText
    last_seen: EventReference | UnsetType = UNSET

    def fact(self, act: CitedEvent) -> Reviewed:
        """Return what the rules compute with."""
        approved, reasons = self.decision == "approve", tuple(self.reasons)
        if self.last_seen:
            return ReviewedUpTo(*act, self.claim, approved, reasons, self.officer, self.last_seen)
        return Reviewed(*act, self.claim, approved, reasons, self.officer)


class Objection(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    by: Person
    grounds: FreeText

    def fact(self, act: CitedEvent) -> Objected:
        """Return what the rules compute with."""
        return Objected(*act, self.claim)


class Withdrawal(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    reason: FreeText

    def fact(self, act: CitedEvent) -> Withdrawn:
        """Return what the rules compute with."""
        return Withdrawn(*act, self.claim)


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


class RankedChild(Struct, frozen=True, array_like=True):
    """A child as a filing or an amendment ranks it; ``nik`` is its token, or empty."""

    label: str
    birth_date: dt.date
    nik: str = ""


class Filed(ClaimFact, frozen=True, array_like=True, tag="f"):
    """``nik`` is the participant's token."""

    kind = "claim.filed"

    cause: str
    event_date: dt.date
    documents: tuple[str, ...]
    children: tuple[RankedChild, ...]
    nik: str

    @property
    def happened_on(self) -> dt.date:
        """The day of the accident, the diagnosis or the death."""
        return self.event_date

    def content(self) -> Content:
        """Return what it says."""
        codes = (*_document_codes(self.documents), *_child_codes(self.children))
        return Content(codes=codes, cause=self.cause, event_date=self.event_date.isoformat())


class Amended(ClaimFact, frozen=True, array_like=True, tag="a"):
    """What an amendment states of a filing; None what it leaves as it is. ``claimant`` is the claimant's relation."""

    kind = "claim.amended"

    children: tuple[RankedChild, ...] | None = None
    event_date: dt.date | None = None
    cause: str | None = None
    claimant: str | None = None

    @property
    def happened_on(self) -> dt.date:
        """The day of the event, where it states another; else that of the amendment."""
        return self.event_date or self.day

    def content(self) -> Content:
        """Return what it says."""
        codes: tuple[str, ...] = (f"claimant:{self.claimant}",) if self.claimant else ()
        if self.children is not None:
            codes += _child_codes(self.children) or ("children:none",)
        date = self.event_date.isoformat() if self.event_date else ""
        return Content(codes=codes, cause=self.cause or "", event_date=date)


class Documented(ClaimFact, frozen=True, array_like=True, tag="d"):
    kind = "claim.documents-received"

    documents: tuple[str, ...]

    def content(self) -> Content:
        """Return what it says."""
        return Content(codes=_document_codes(self.documents))


class Verified(ClaimFact, frozen=True, array_like=True, tag="v"):
    kind = "claim.verified"

    findings: Findings

    @property
    def happened_on(self) -> dt.date:
        """The last day that is found; where no finding has one, the day on which it was found."""
        return max(self.findings.dates(), default=self.day)

    def content(self) -> Content:
        """Return what it says."""
        return Content(codes=tuple(self.findings.codes()))


class Schooled(ClaimFact, frozen=True, array_like=True, tag="s"):
    kind = "claim.schooling-confirmed"

    child: str
    level: Level
    school_year: int
    studying: bool
    account: Account
    nik: str
    """The payee's token, or empty."""

    def content(self) -> Content:
        """Return what it says."""
        studying = "studying" if self.studying else "not-studying"
        return Content(
            codes=(f"child:{self.child}", f"level:{self.level}", f"year:{self.school_year}", studying)
        )


class Reviewed(ClaimFact, frozen=True, array_like=True, tag="r"):
    """``officer`` is the token of the person who decided; empty where none is known."""

    kind = "claim.reviewed"

    approved: bool
    reasons: tuple[str, ...]
    officer: str = ""

    def content(self) -> Content:
        """Return what it says."""
        return Content(codes=("approve" if self.approved else "deny",), reasons=self.reasons)


class ReviewedUpTo(Reviewed, frozen=True, array_like=True, tag="u"):
    """A review that names the last event that was known to the person."""

    last_seen: str = ""

    def content(self) -> Content:
        """Return what it says."""
        return msgspec.structs.replace(super().content(), last_seen=self.last_seen)


class Objected(ClaimFact, frozen=True, array_like=True, tag="o"):
    kind = "claim.objected"


class Withdrawn(ClaimFact, frozen=True, array_like=True, tag="w"):
    kind = "claim.withdrawn"


def _kinds(documents: Iterable[Document]) -> tuple[str, ...]:
    return tuple(document.kind for document in documents)


def kinds_without_hash(documents: Iterable[Document]) -> tuple[str, ...]:
    """Return the kinds of the documents of which no SHA-256 was sent."""
    return tuple(document.kind for document in documents if not document.sha256)


def _ranked(children: Iterable[Child]) -> tuple[RankedChild, ...]:
    return tuple(RankedChild(child.child, child.birth_date, child.nik or "") for child in children)


def _document_codes(kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"document:{kind}" for kind in kinds)


def _child_codes(children: Iterable[RankedChild]) -> tuple[str, ...]:
    return tuple(f"child:{child.label}" for child in children)
