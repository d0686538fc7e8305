"""Facts as an explanation cites them: which event of which agency and day, and what it says, without names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.catalogue import AnyFact
from events.claim import Verified
from events.content import Content
from events.findings import Device, Disability, Findings, Homecare, Incapacity, Transport, Treatment
from services.benefits.law import Currency


class StatedItem(Struct, frozen=True, omit_defaults=True):
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

    Of findings ``items`` are the medical items, ``shares`` the percentages of heirs for whom one is stated.
    """

    ref: str
    agency: str
    kind: str
    day: dt.date
    position: int
    says: Content
    items: tuple[StatedItem, ...] = ()
    shares: dict[str, str] = {}
    struck: bool = False


def source_of(fact: AnyFact, currency: Currency, *, struck: bool = False) -> Source:
    """Cite a fact; percentages are written as in this currency, and the bank's reference is left out."""
    source = Source(
        ref=fact.ref,
        agency=fact.agency,
        kind=fact.kind,
        day=fact.day,
        position=fact.position,
        says=replace(fact.content(), reference=""),
        struck=struck,
    )
    if not isinstance(fact, Verified):
        return source
    items, shares = _items(fact.findings, currency), _shares(fact.findings, currency)
    return replace(source, items=tuple(items), shares=dict(shares))


def _shares(findings: Findings, currency: Currency) -> Iterator[tuple[str, str]]:
    for heir in findings.heirs or ():
        if heir.share_percent is not UNSET:
            yield heir.heir, currency.plain(Decimal(str(heir.share_percent)))


def _items(findings: Findings, currency: Currency) -> Iterator[StatedItem]:
    for item in (findings.medical.items or ()) if findings.medical else ():
        stated = StatedItem(item.kind, item.item)
        match item:
            case Incapacity():
                yield replace(stated, first_day=item.first_day, last_day=item.last_day)
            case Homecare():
                yield replace(stated, amount=item.amount, first_day=item.first_day, last_day=item.last_day)
            case Transport():
                yield replace(stated, amount=item.amount, sort=item.mode)
            case Device():
                yield replace(stated, amount=item.amount, sort=item.device)
            case Treatment():
                yield replace(stated, amount=item.amount)
            case Disability():
                loss = currency.plain(Decimal(str(item.loss_percent))) if item.loss_percent else ""
                yield replace(stated, sort=item.part, loss_percent=loss, units=item.units or 0)
            case _:
                yield stated
