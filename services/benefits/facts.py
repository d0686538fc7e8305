"""Facts: of every event only what the rules compute with, small enough to keep a person's whole history at hand.

Months are counted as ``year * 12 + month - 1``. Facts stand in the order of the person's ledger; that order, never
``time``, says what is later.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeAlias

from msgspec import UNSET, Struct

from events import catalogue, claim, participant, retraction
from events.envelope import reference
from events.findings import Findings
from events.forms import compared, compared_account
from events.personal import REDACTED
from events.values import JAKARTA, Account
from services.benefits.calendar import month_number


class Fact(Struct, frozen=True, array_like=True):
    """``ref`` cites the event, ``day`` is the civil date of its ``time``, ``position`` its place in the ledger."""

    ref: str
    day: dt.date
    position: int

    @property
    def agency(self) -> str:
        """The agency that sent the event."""
        return self.ref.partition(":")[0]


class Enrolled(Fact, frozen=True, array_like=True, tag="e"):
    starts_on: dt.date
    programmes: tuple[str, ...]
    income: int
    dominant_hand: str


class Declared(Fact, frozen=True, array_like=True, tag="i"):
    income: int
    from_month: int


class Contributed(Fact, frozen=True, array_like=True, tag="c"):
    first_month: int
    last_month: int
    paid_on: dt.date


class Ended(Fact, frozen=True, array_like=True, tag="x"):
    ended_on: dt.date


class Retracted(Fact, frozen=True, array_like=True, tag="z"):
    target: str


class ClaimFact(Fact, frozen=True, array_like=True):
    claim: str


class RankedChild(Struct, frozen=True, array_like=True):
    """A child as a filing or an amendment ranks it; ``nik`` is its token, or empty."""

    label: str
    birth_date: dt.date
    nik: str = ""


class Filed(ClaimFact, frozen=True, array_like=True, tag="f"):
    """``nik`` is the participant's token."""

    cause: str
    event_date: dt.date
    documents: tuple[str, ...]
    children: tuple[RankedChild, ...]
    nik: str


class Amended(ClaimFact, frozen=True, array_like=True, tag="a"):
    """What an amendment states of a filing; None what it leaves as it is. ``claimant`` is the claimant's relation."""

    children: tuple[RankedChild, ...] | None = None
    event_date: dt.date | None = None
    cause: str | None = None
    claimant: str | None = None


class Documented(ClaimFact, frozen=True, array_like=True, tag="d"):
    documents: tuple[str, ...]


class Verified(ClaimFact, frozen=True, array_like=True, tag="v"):
    findings: Findings


class Schooled(ClaimFact, frozen=True, array_like=True, tag="s"):
    child: str
    level: claim.Level
    school_year: int
    studying: bool
    account: Account
    nik: str
    """The payee's token, or empty."""


class Reviewed(ClaimFact, frozen=True, array_like=True, tag="r"):
    approved: bool
    reasons: tuple[str, ...]


class Objected(ClaimFact, frozen=True, array_like=True, tag="o"):
    pass


class Withdrawn(ClaimFact, frozen=True, array_like=True, tag="w"):
    pass


class Paid(ClaimFact, frozen=True, array_like=True, tag="p"):
    """``reference`` is the token of the bank's reference."""

    order: str
    amount: int
    paid_on: dt.date
    reference: str


class Returned(ClaimFact, frozen=True, array_like=True, tag="b"):
    """``amount`` is 0 and ``payment``, the token of a payment's reference, empty where the return does not say."""

    order: str
    returned_on: dt.date
    amount: int = 0
    payment: str = ""


AnyFact: TypeAlias = (
    Enrolled
    | Declared
    | Contributed
    | Ended
    | Retracted
    | Filed
    | Amended
    | Documented
    | Verified
    | Schooled
    | Reviewed
    | Objected
    | Withdrawn
    | Paid
    | Returned
)


Shares: TypeAlias = tuple[tuple[str, str], ...]
"""Payees and what part of one each is paid, as a fraction: ``1/2``."""


class Ordered(Struct, frozen=True, array_like=True):
    """An order as the rules and the next difference need to know it.

    ``account`` is the one in force when it was made, ``released_at`` the position at which it left
    (0: it has not), ``made_at`` the position of the fact that made it due: what was reported under its number
    before is about no order. ``day`` is the civil date from which its days count,
    that of the fact ``started_by``, ``shares`` are those by which a death
    was paid then, ``rests_on`` the findings of death, heirs and cause that its lines cite. ``amount`` and ``lines`` are
    what stands of it, ``moved`` what came back and was ordered again. A cancelled order, and one that was ordered again
    as a whole, no longer stands.
    """

    order: str
    payee: str
    lines: tuple[tuple[str, int], ...]
    amount: int
    due_on: dt.date
    account: str
    released_at: int = 0
    cancelled: bool = False
    made_at: int = 0
    day: dt.date = dt.date.min
    shares: Shares = ()
    rests_on: tuple[tuple[str, str], ...] = ()
    moved: int = 0
    started_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether the order still counts toward what has been ordered."""
        return not self.cancelled and self.amount > 0


def account_key(account: Account) -> str:
    """Return the text by which two statements of an account are equal or not.

    One that is not in clear is compared as it stands: its number is a token, or a provider's name.
    """
    whole = (account.bank, account.number, account.holder)
    return "|".join(whole if account.holder == REDACTED else compared_account(*whole))


def fact_of(event: catalogue.AgencyEvent, position: int) -> AnyFact:  # noqa: C901, PLR0911, PLR0912
    """Reduce an agency event, clear or redacted alike, to what the rules compute with."""
    ref = reference(event.source, event.id)
    day = civil_date(event)
    data = event.data
    match data:
        case participant.Contributions():
            first, last = month_number(data.first_month), month_number(data.last_month)
            return Contributed(ref, day, position, first, last, data.paid_on)
        case participant.Enrolment():
            hand = data.dominant_hand or ""
            return Enrolled(ref, day, position, data.starts_on, tuple(data.programmes), data.income, hand)
        case participant.IncomeDeclaration():
            return Declared(ref, day, position, data.income, month_number(data.from_month))
        case participant.Ending():
            return Ended(ref, day, position, data.ended_on)
        case retraction.Retraction():
            return Retracted(ref, day, position, reference(event.source, data.retracts))
        case claim.Filing():
            return Filed(
                ref,
                day,
                position,
                data.claim,
                data.cause,
                data.event_date,
                () if data.documents is UNSET else tuple(d.kind for d in data.documents),
                () if data.children is UNSET else _ranked(data.children),
                data.nik,
            )
        case claim.Amendment():
            return Amended(
                ref,
                day,
                position,
                data.claim,
                None if data.children is UNSET else _ranked(data.children),
                data.event_date or None,
                data.cause or None,
                data.claimant.relation if data.claimant else None,
            )
        case claim.Verification():
            return Verified(ref, day, position, data.claim, data.findings)
        case claim.DocumentsReceipt():
            return Documented(ref, day, position, data.claim, tuple(d.kind for d in data.documents))
        case claim.Schooling():
            return Schooled(
                ref,
                day,
                position,
                data.claim,
                data.child,
                data.level,
                data.school_year,
                data.studying,
                data.payee.account,
                data.payee.nik or "",
            )
        case claim.Review():
            return Reviewed(ref, day, position, data.claim, data.decision == "approve", tuple(data.reasons))
        case claim.Objection():
            return Objected(ref, day, position, data.claim)
        case claim.Withdrawal():
            return Withdrawn(ref, day, position, data.claim)
        case claim.Payment():
            return Paid(
                ref,
                day,
                position,
                data.claim,
                data.order,
                data.amount,
                data.paid_on,
                compared(data.reference),
            )
        case claim.Return():
            return Returned(
                ref,
                day,
                position,
                data.claim,
                data.order,
                data.returned_on,
                data.amount or 0,
                compared(data.payment or ""),
            )


def _ranked(children: Iterable[claim.Child]) -> tuple[RankedChild, ...]:
    return tuple(RankedChild(child.child, child.birth_date, child.nik or "") for child in children)


def civil_date(event: catalogue.Event) -> dt.date:
    """Return the civil date of the act in Asia/Jakarta."""
    return event.time.astimezone(JAKARTA).date()
