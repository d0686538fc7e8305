"""Facts as an explanation cites them: which event of which agency and day, and what it says, without names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from events.findings import Device, Disability, Findings, Homecare, Incapacity, Transport, Treatment
from services.benefits.calendar import month_text
from services.benefits.checklist import kind_of
from services.benefits.currency import Currency
from services.benefits.facts import (
    Amended,
    AnyFact,
    Contributed,
    Declared,
    Documented,
    Ended,
    Enrolled,
    Filed,
    Objected,
    Paid,
    Retracted,
    Returned,
    Reviewed,
    Schooled,
    Verified,
    Withdrawn,
)

_KINDS: dict[type[object], str] = {
    Enrolled: "participant.enrolled",
    Declared: "participant.income-declared",
    Contributed: "participant.contributions-paid",
    Ended: "participant.ended",
    Retracted: "event.retracted",
    Filed: "claim.filed",
    Amended: "claim.amended",
    Documented: "claim.documents-received",
    Verified: "claim.verified",
    Schooled: "claim.schooling-confirmed",
    Reviewed: "claim.reviewed",
    Objected: "claim.objected",
    Withdrawn: "claim.withdrawn",
    Paid: "claim.paid",
    Returned: "claim.payment-returned",
}


class MedicalItem(Struct, frozen=True, omit_defaults=True):
    """A medical item: its kind and name, and whatever of days, money, mode or device, loss and units it states."""

    kind: str
    item: str
    sort: str = ""
    amount: int = 0
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    loss_percent: str = ""
    units: int = 0


class Source(Struct, frozen=True, omit_defaults=True):
    """One event. ``day`` is the civil date of the act; ``struck`` when it was taken back.

    ``dates`` are ISO days or months, ``codes`` what was found, delivered or decided, ``items`` what medical
    items were stated; ``amount`` is whole money.
    """

    ref: str
    agency: str
    kind: str
    day: dt.date
    position: int
    dates: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    items: tuple[MedicalItem, ...] = ()
    amount: int = 0
    struck: bool = False


def source_of(fact: AnyFact, currency: Currency, *, struck: bool = False) -> Source:
    """Say what a fact says; percentages are written as in this currency."""
    dates, codes, amount = _said(fact, currency)
    return Source(
        ref=fact.ref,
        agency=fact.ref.partition(":")[0],
        kind=_KINDS[type(fact)],
        day=fact.day,
        position=fact.position,
        dates=dates,
        codes=codes,
        items=tuple(_items(fact.findings, currency)) if isinstance(fact, Verified) else (),
        amount=amount,
        struck=struck,
    )


def _said(fact: AnyFact, currency: Currency) -> tuple[tuple[str, ...], tuple[str, ...], int]:  # noqa: C901, PLR0911, PLR0912 -- one return a kind
    match fact:
        case Enrolled():
            return (fact.starts_on.isoformat(),), fact.programmes, fact.income
        case Declared():
            return (month_text(fact.from_month),), (), fact.income
        case Contributed():
            months = (month_text(fact.first_month), month_text(fact.last_month))
            return (*months, fact.paid_on.isoformat()), (), 0
        case Ended():
            return (fact.ended_on.isoformat(),), (), 0
        case Filed():
            return (fact.event_date.isoformat(),), (fact.cause, *fact.documents), 0
        case Amended():
            date = () if fact.event_date is None else (fact.event_date.isoformat(),)
            return date, tuple(_amended(fact)), 0
        case Documented():
            return (), fact.documents, 0
        case Verified():
            return _found(fact.findings, currency)
        case Schooled():
            codes = (fact.child, fact.level, "studying" if fact.studying else "not-studying")
            return (str(fact.school_year),), codes, 0
        case Reviewed():
            return (), ("approve" if fact.approved else "deny", *fact.reasons), 0
        case Paid():
            return (fact.paid_on.isoformat(),), (fact.order,), fact.amount
        case Returned():
            return (fact.returned_on.isoformat(),), (fact.order,), fact.amount
        case Retracted():
            return (), (fact.target,), 0
        case Objected() | Withdrawn():
            return (), (), 0


def _amended(fact: Amended) -> Iterator[str]:
    """Say what an amendment states: the cause or nothing, the claimant's relation, the children in rank."""
    yield fact.cause or ""
    if fact.claimant is not None:
        yield f"claimant:{fact.claimant}"
    if fact.children is not None:
        yield from (f"child:{child.label}" for child in fact.children)
        if not fact.children:
            yield "children:none"


def _found(findings: Findings, currency: Currency) -> tuple[tuple[str, ...], tuple[str, ...], int]:
    dates = (findings.death.died_on.isoformat(),) if findings.death else ()
    return dates, tuple(_codes(findings, currency)), 0


def _codes(findings: Findings, currency: Currency) -> Iterator[str]:
    if findings.cause:
        yield "cause:work-related" if findings.cause.work_related else "cause:not-work-related"
    if findings.death:
        yield "death"
    if isinstance(findings.heirs, list):
        for heir in findings.heirs:
            said = f"heir:{heir.heir}:{heir.relation}"
            percent = heir.share_percent
            yield f"{said}:{currency.plain(Decimal(str(percent)))}" if isinstance(percent, float) else said
        if not findings.heirs:
            yield "heirs:none"
    if findings.burial:
        yield "burial"
    if findings.participant_account:
        yield "participant-account"


def _items(findings: Findings, currency: Currency) -> Iterator[MedicalItem]:
    for item in (findings.medical.items or ()) if findings.medical else ():
        told = MedicalItem(kind_of(item), item.item)
        match item:
            case Incapacity():
                yield replace(told, first_day=item.first_day, last_day=item.last_day)
            case Homecare():
                yield replace(told, amount=item.amount, first_day=item.first_day, last_day=item.last_day)
            case Transport():
                yield replace(told, amount=item.amount, sort=item.mode)
            case Device():
                yield replace(told, amount=item.amount, sort=item.device)
            case Treatment():
                yield replace(told, amount=item.amount)
            case Disability():
                loss = currency.plain(Decimal(str(item.loss_percent))) if item.loss_percent else ""
                yield replace(told, sort=item.part, loss_percent=loss, units=item.units or 0)
            case _:
                yield told
