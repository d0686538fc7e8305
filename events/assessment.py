"""What Kelambu concludes about a claim: opened, assessed, referred, denied, closed."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from events.envelope import Envelope
from events.values import ClaimNumber, Programme

Outcome = Literal["waiting", "referred", "denied", "due", "withdrawn"]
"""The rules' answer. ``due``: the lines are owed; whether they are ordered or paid is the orders' matter."""


class Line(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line of an award.

    ``payee`` is ``heir:ID``, ``child:ID``, ``participant``, ``provider:ITEM`` or ``burial``; ``amount`` is
    whole rupiah; ``formula`` is readable with its numbers; ``inputs`` are references of the facts used;
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

    ``about`` are ids within the claim, of items or children, ``others`` the participant's other claims.
    """

    code: str
    citation: str
    inputs: tuple[str, ...] = ()
    others: tuple[OtherClaim, ...] = ()
    about: tuple[str, ...] = ()


class Receipt(Struct, frozen=True, forbid_unknown_fields=True):
    """SHA-256 (hex) of the rulebook, of the inputs and of the lines of one assessment."""

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


class Assessing(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """An award in full; ``changed`` names what differs from the last version, ``missing`` what it waits for."""

    claim: ClaimNumber
    version: int
    outcome: Outcome
    programme: Programme
    event_date: dt.date
    laws: tuple[str, ...]
    lines: tuple[Line, ...] = ()
    missing: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    changed: tuple[str, ...] = ()
    receipt: Receipt


class Referral(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    version: int
    reasons: tuple[Reason, ...]


class Denial(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    version: int
    reasons: tuple[Reason, ...]


class Closing(Struct, frozen=True, forbid_unknown_fields=True):
    claim: ClaimNumber
    paid: int


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
