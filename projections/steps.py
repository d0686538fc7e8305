"""What an event says about a claim, in codes and amounts: one step of the claim, nothing personal in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from events.assessment import (
    ClaimAssessed,
    ClaimClosed,
    ClaimDenied,
    ClaimOpened,
    ClaimReferred,
    Line,
    Reason,
)
from events.catalogue import EVENT_TYPES, Event
from events.claim import (
    Child,
    ClaimAmended,
    ClaimFiled,
    ClaimObjected,
    ClaimPaid,
    ClaimReviewed,
    ClaimVerified,
    ClaimWithdrawn,
    Document,
    DocumentsReceived,
    PaymentReturned,
    SchoolingConfirmed,
)
from events.envelope import reference
from events.payment import (
    ClaimOverpaid,
    PaymentCancelled,
    PaymentMismatched,
    PaymentOrdered,
    PaymentReleased,
)
from events.retraction import EventRetracted

ClaimEvent: TypeAlias = (
    ClaimFiled
    | ClaimAmended
    | DocumentsReceived
    | ClaimVerified
    | SchoolingConfirmed
    | ClaimReviewed
    | ClaimObjected
    | ClaimWithdrawn
    | ClaimPaid
    | PaymentReturned
    | ClaimOpened
    | ClaimAssessed
    | ClaimReferred
    | ClaimDenied
    | ClaimClosed
    | PaymentOrdered
    | PaymentReleased
    | PaymentCancelled
    | ClaimOverpaid
    | PaymentMismatched
)
CLAIM_EVENTS: frozenset[type[ClaimEvent]] = frozenset(ClaimEvent.__args__)
"""The events of one claim: each names it in ``data.claim``."""


class Says(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The content of a step. Amounts are whole rupiah, dates ``YYYY-MM-DD``; what a type does not say is empty."""

    codes: tuple[str, ...] = ()
    """What no figure is computed from: document kinds, findings, children, decisions, laws, changes."""
    cause: str = ""
    programme: str = ""
    event_date: str = ""
    version: int = 0
    outcome: str = ""
    missing: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    benefits: dict[str, int] = {}
    """Rupiah by benefit: of the award, or of the order."""
    payees: dict[str, int] = {}
    """Rupiah of the award by payee."""
    order: str = ""
    payee: str = ""
    amount: int = 0
    expected: int = 0
    date: str = ""
    """When an order is due, or when money was paid or came back."""
    calendar: str = ""
    since: str = ""
    since_on: str = ""
    """The fact from whose civil date an order's working days count, and that date."""
    batch: str = ""
    replaces: dict[str, int] = {}
    """Rupiah of earlier orders that came back and are ordered again by this one."""
    made_at: int = 0
    """Position of the fact that made an order due."""
    reference: str = ""
    """Token of the bank's reference of a payment."""
    retracts: str = ""
    """Reference of the event that no longer counts."""


class Step(Struct, frozen=True):
    """One recorded event of a claim (or a retraction, whose ``claim`` is empty).

    ``ref`` and ``cause`` are references ``agency:id``; instants are RFC 3339 in UTC with milliseconds.
    """

    claim: str
    partition: int
    position: int
    person: str
    recordedtime: str
    time: str
    type: str
    ref: str
    cause: str
    says: Says


SHORT_NAMES = {kind: name.removeprefix("kelambu.").rsplit(".", 1)[0] for name, kind in EVENT_TYPES.items()}
"""Type names as read models show them, e.g. ``claim.filed``."""


def instant(moment: dt.datetime | UnsetType) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds; empty where there is none."""
    if moment is UNSET:
        return ""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def died_on(step: Step) -> str:
    """Return the day of death that a step finds; empty where it finds none."""
    if step.type != "claim.verified":
        return ""
    return next((code.removeprefix("death:") for code in step.says.codes if code.startswith("death:")), "")


def place(event: Event) -> tuple[int, int]:
    """Return the partition and position of a recorded event; raises ``ValueError`` for one that has none."""
    if event.partition is UNSET or event.position is UNSET:
        raise ValueError(f"event {event.id} of {event.source} carries no position")
    return event.partition, event.position


def step_of(event: ClaimEvent | EventRetracted) -> Step:
    """Return what a recorded event says about its claim."""
    partition, position = place(event)
    kind = type(event)
    return Step(
        claim="" if isinstance(event, EventRetracted) else event.data.claim,
        partition=partition,
        position=position,
        person=event.person or "",
        recordedtime=instant(event.recordedtime),
        time=instant(event.time),
        type=SHORT_NAMES[kind],
        ref=reference(event.source, event.id),
        cause=event.causationid or "",
        says=_SAYS[kind](event),
    )


def _kinds(documents: list[Document] | UnsetType) -> tuple[str, ...]:
    return tuple(f"document:{document.kind}" for document in documents or ())


def _codes(reasons: tuple[Reason, ...]) -> tuple[str, ...]:
    return tuple(reason.code for reason in reasons)


def _sums(lines: tuple[Line, ...]) -> tuple[dict[str, int], dict[str, int]]:
    benefits: dict[str, int] = {}
    payees: dict[str, int] = {}
    for line in lines:
        benefits[line.benefit] = benefits.get(line.benefit, 0) + line.amount
        payees[line.payee] = payees.get(line.payee, 0) + line.amount
    return benefits, payees


def _filed(event: ClaimFiled) -> Says:
    data = event.data
    codes = (f"claimant:{data.claimant.relation}", *_kinds(data.documents))
    return Says(
        codes=codes + _ranked(data.children), cause=data.cause, event_date=data.event_date.isoformat()
    )


def _amended(event: ClaimAmended) -> Says:
    data = event.data
    codes: tuple[str, ...] = (f"claimant:{data.claimant.relation}",) if data.claimant else ()
    if data.children is not UNSET:
        codes += _ranked(data.children) or ("children:none",)
    return Says(
        codes=codes,
        cause=data.cause or "",
        event_date=data.event_date.isoformat() if data.event_date else "",
    )


def _ranked(children: list[Child] | UnsetType) -> tuple[str, ...]:
    return tuple(f"child:{child.child}" for child in children or ())


def _verified(event: ClaimVerified) -> Says:
    found = event.data.findings
    codes: list[str] = []
    if found.cause:
        codes.append("cause:work-related" if found.cause.work_related else "cause:not-work-related")
    if found.death:
        codes.append(f"death:{found.death.died_on}")
    if found.medical:
        codes += [f"medical:{item.__struct_config__.tag}:{item.item}" for item in found.medical.items or ()]
        if found.medical.outcome:
            codes.append(f"outcome:{found.medical.outcome.state}")
    if found.heirs is not UNSET:
        codes += [f"heir:{heir.heir}:{heir.relation}" for heir in found.heirs] or ["heirs:none"]
    if found.burial:
        codes.append("burial")
    if found.participant_account:
        codes.append("participant-account")
    return Says(codes=tuple(codes))


def _schooling(event: SchoolingConfirmed) -> Says:
    data = event.data
    studying = "studying" if data.studying else "not-studying"
    return Says(codes=(f"child:{data.child}", f"level:{data.level}", f"year:{data.school_year}", studying))


def _assessed(event: ClaimAssessed) -> Says:
    data = event.data
    benefits, payees = _sums(data.lines)
    return Says(
        codes=tuple(f"changed:{name}" for name in data.changed),
        programme=data.programme,
        event_date=data.event_date.isoformat(),
        version=data.version,
        outcome=data.outcome,
        missing=data.missing,
        reasons=_codes(data.reasons),
        benefits=benefits,
        payees=payees,
    )


def _opened(event: ClaimOpened) -> Says:
    data = event.data
    return Says(
        codes=tuple(f"law:{law}" for law in data.laws),
        programme=data.programme,
        event_date=data.event_date.isoformat(),
        missing=data.missing,
    )


def _ordered(event: PaymentOrdered) -> Says:
    data = event.data
    benefits: dict[str, int] = {}
    for line in data.lines:
        benefits[line.benefit] = benefits.get(line.benefit, 0) + line.amount
    return Says(
        benefits=benefits,
        order=data.order,
        payee=data.payee,
        amount=data.amount,
        date=data.due_on.isoformat(),
        calendar=data.calendar,
        since=data.started_by,
        since_on=data.started_on.isoformat() if data.started_on else "",
        replaces={part.order: part.amount for part in data.replaces},
        made_at=data.made_at,
    )


def _released(event: PaymentReleased) -> Says:
    data = event.data
    due_on = data.due_on.isoformat() if data.due_on else ""
    return Says(order=data.order, batch=data.batch, date=due_on)


def _paid(event: ClaimPaid) -> Says:
    data = event.data
    return Says(order=data.order, amount=data.amount, date=data.paid_on.isoformat(), reference=data.reference)


def _returned(event: PaymentReturned) -> Says:
    data = event.data
    return Says(
        order=data.order,
        amount=data.amount or 0,
        date=data.returned_on.isoformat(),
        reference=data.payment or "",
    )


def _mismatched(event: PaymentMismatched) -> Says:
    data = event.data
    return Says(codes=(f"mismatch:{data.kind}",), order=data.order, expected=data.expected, amount=data.paid)


def _judged(event: ClaimReferred | ClaimDenied) -> Says:
    return Says(version=event.data.version, reasons=_codes(event.data.reasons))


def _silent(_: ClaimObjected | ClaimWithdrawn) -> Says:
    return Says()


_SAYS: dict[type[ClaimEvent | EventRetracted], Callable[[Any], Says]] = {
    ClaimFiled: _filed,
    ClaimAmended: _amended,
    DocumentsReceived: lambda event: Says(codes=_kinds(event.data.documents)),
    ClaimVerified: _verified,
    SchoolingConfirmed: _schooling,
    ClaimReviewed: lambda event: Says(codes=(event.data.decision,), reasons=tuple(event.data.reasons)),
    ClaimObjected: _silent,
    ClaimWithdrawn: _silent,
    ClaimPaid: _paid,
    PaymentReturned: _returned,
    ClaimOpened: _opened,
    ClaimAssessed: _assessed,
    ClaimReferred: _judged,
    ClaimDenied: _judged,
    ClaimClosed: lambda event: Says(amount=event.data.paid),
    PaymentOrdered: _ordered,
    PaymentReleased: _released,
    PaymentCancelled: lambda event: Says(order=event.data.order, amount=event.data.amount),
    ClaimOverpaid: lambda event: Says(payee=event.data.payee, amount=event.data.amount),
    PaymentMismatched: _mismatched,
    EventRetracted: lambda event: Says(retracts=reference(event.source, event.data.retracts)),
}
