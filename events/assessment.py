"""What Kelambu concludes about a claim: opened, assessed, referred, denied, closed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from events.content import Content, summed
from events.envelope import Envelope
from events.values import ClaimNumber, OrderId, Programme

Outcome = Literal["waiting", "referred", "denied", "due", "withdrawn"]
"""The rules' answer. ``due``: the lines are owed; whether they are ordered or paid is the orders' matter."""


class Line(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of an award.

    ``payee`` is ``heir:ID``, ``child:ID``, ``participant``, ``provider:ITEM`` or ``burial``; ``amount`` is
    whole rupiah; ``formula`` is readable with its numbers; ``inputs`` are references of the facts that this line uses;
    ``confidence`` is ``F`` found, ``M`` from memory, ``C`` sources conflict, ``D`` design decision.
    ``verified_until`` stands only where the event lies after it: nobody has looked whether the law still says so.
    """

    benefit: str
    payee: str
    amount: int
    formula: str
    inputs: tuple[str, ...]
    rule: str
    citation: str
    confidence: str
    reading: str = ""
    verified_until: dt.date | UnsetType = UNSET


class OtherClaim(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another claim of the participant; ``amount`` is the whole rupiah of it that a reason is about, 0 for none."""

    claim: ClaimNumber
    amount: int = 0


class Reason(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Why a claim is referred or denied: the code, its citation, the facts that say so, what it is about.

    ``about`` are ids within the claim, of items, children, payees or orders, ``others`` the participant's other claims.
    """

    code: str
    citation: str
    inputs: tuple[str, ...]
    others: tuple[OtherClaim, ...] = ()
    about: tuple[str, ...] = ()


class Asked(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An earlier claim of the person that a judgement asked about, and the answer.

    ``answer``: ``withdrawn`` or the codes for which it is denied, where it does not stand in this one's way;
    ``scholarship`` where it opens the one scholarship too: then so many ``children`` have a place and ``school_years``
    are paid there.
    """

    claim: ClaimNumber
    answer: tuple[str, ...]
    children: int = 0
    school_years: int = 0


class Basis(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an assessment rests on: every fact without which it would be another, and none that could be left out.

    ``facts`` are references in the order of the ledger, each once: whoever decides on these alone, with the ``orders``
    named, gets the same lines, missing documents and reasons. A retraction that matters is named with what it takes
    back. ``paid_months`` are counted from ``counted_from`` where the judgement asked how many there are. ``lifted``
    are the reasons that a person's decision lifted.
    """

    facts: tuple[str, ...] = ()
    orders: tuple[OrderId, ...] = ()
    counted_from: dt.date | UnsetType = UNSET
    paid_months: int = 0
    lifted: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()


class Counted(Struct, frozen=True, forbid_unknown_fields=True):
    """What another claim has paid that counts as ordered in this one, in whole rupiah.

    ``paid_to`` there, ``payee`` here.
    """

    claim: ClaimNumber
    paid_to: str
    payee: str
    benefit: str
    amount: int


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """SHA-256 (hex) of the rulebook, of the facts that the assessment rests on, and of its lines."""

    rulebook: str
    inputs: str
    lines: str


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """``laws`` are the ids of the regulation versions in force on ``event_date``."""

    claim: ClaimNumber
    programme: Programme
    event_date: dt.date
    laws: tuple[str, ...]
    missing: tuple[str, ...]

    def content(self) -> Content:
        """Return what it says."""
        return Content(
            codes=tuple(f"law:{law}" for law in self.laws),
            programme=self.programme,
            event_date=self.event_date.isoformat(),
            missing=self.missing,
        )


class Assessing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An award in full; ``changed`` names what differs from the last version, ``missing`` what it waits for.

    ``counted`` is what counts as ordered already, since other claims have paid it.
    """

    claim: ClaimNumber
    version: int
    outcome: Outcome
    programme: Programme
    event_date: dt.date
    laws: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    counted: tuple[Counted, ...] = ()
    changed: tuple[str, ...] = ()
    basis: Basis = Basis()
    receipt: Receipt

    def content(self) -> Content:
        """Return what it says."""
        return Content(
            codes=tuple(f"changed:{name}" for name in self.changed),
            programme=self.programme,
            event_date=self.event_date.isoformat(),
            version=self.version,
            outcome=self.outcome,
            missing=self.missing,
            reasons=_codes(self.reasons),
            benefits=summed((line.benefit, line.amount) for line in self.lines),
            payees=summed((line.payee, line.amount) for line in self.lines),
        )


class Referral(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    version: int
    reasons: tuple[Reason, ...]

    def content(self) -> Content:
        """Return what it says."""
        return Content(version=self.version, reasons=_codes(self.reasons))


class Denial(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    version: int
    reasons: tuple[Reason, ...]

    def content(self) -> Content:
        """Return what it says."""
        return Content(version=self.version, reasons=_codes(self.reasons))


class Closing(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    paid: int

    def content(self) -> Content:
        """Return what it says."""
        return Content(amount=self.paid)


class ClaimOpened(Envelope[Opening], frozen=True, tag="kelambu.claim.opened.v1"):
    """What was known at filing."""


class ClaimAssessed(Envelope[Assessing], frozen=True, tag="kelambu.claim.assessed.v1"):
    """A new version of the award."""


class ClaimReferred(Envelope[Referral], frozen=True, tag="kelambu.claim.referred.v1"):
    """A person must decide."""


class ClaimDenied(Envelope[Denial], frozen=True, tag="kelambu.claim.denied.v1"):
    """Nothing is due; each reason with its citation."""


class ClaimClosed(Envelope[Closing], frozen=True, tag="kelambu.claim.closed.v1"):
    """All that is due has been paid; a new fact reopens the claim."""


def _codes(reasons: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(reason.code for reason in reasons)
