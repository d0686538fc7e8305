"""JKK care: treatment, transport, days without work, devices and homecare (PP 82/2019 Pasal 25, Lampiran III)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from events.assessment import Line
from events.findings import Device, Homecare, Incapacity, Transport, Treatment
from services.benefits.award import line, plain, rupiah, whole
from services.benefits.case import Case


def treatment(case: Case) -> list[Line]:
    """As billed, without a cap, to whoever treated."""
    figure = case.law["jkk.treatment"]
    return [
        line(
            "jkk.treatment",
            f"provider:{item.item}",
            item.amount,
            rupiah(item.amount),
            (*case.facts, ref),
            "jkk.treatment",
            figure,
        )
        for item, ref in case.claim.items.values()
        if isinstance(item, Treatment)
    ]


def transport(case: Case) -> list[Line]:
    """Sum per mode, each up to its own cap."""
    sums: dict[str, int] = {}
    refs: dict[str, list[str]] = {}
    for item, ref in case.claim.items.values():
        if isinstance(item, Transport):
            sums[item.mode] = sums.get(item.mode, 0) + item.amount
            refs.setdefault(item.mode, []).append(ref)
    lines: list[Line] = []
    for mode, billed in sums.items():
        cap = case.law[f"jkk.transport.{mode}"]
        formula = f"{mode}: {capped(billed, cap.whole)}"
        lines += case.in_person("jkk.transport", min(billed, cap.whole), formula, cap, refs[mode])
    return lines


def incapacity(case: Case) -> list[Line]:
    """A thirtieth of the base a day (STMB): full for 360 days of the whole claim, half from then on."""
    spans = [(item, ref) for item, ref in case.claim.items.values() if isinstance(item, Incapacity)]
    if not spans:
        return []
    law = case.law
    days = days_covered([(item.first_day, item.last_day) for item, _ in spans])
    full = min(days, law.whole("jkk.incapacity-full-days"))
    later = law["jkk.incapacity-later-percent"]
    weighted = full + (days - full) * later.decimal / 100
    divisor = law["jkk.incapacity-divisor"]
    formula = f"{rupiah(case.base)} ÷ {divisor.whole} × {full}"
    if days > full:
        formula += f" + {rupiah(case.base)} ÷ {divisor.whole} × {days - full} × {plain(later.decimal)}%"
    amount = whole(Decimal(case.base) * weighted / divisor.decimal)
    inputs = (case.base_ref, *(ref for _, ref in spans))
    return case.in_person("jkk.incapacity", amount, formula, divisor, inputs)


def days_covered(spans: list[tuple[dt.date, dt.date]]) -> int:
    """Count the days of all spans, inclusive, each day once."""
    total = until = 0
    for first, last in sorted(spans):
        if last.toordinal() > until:
            total += last.toordinal() - max(first.toordinal() - 1, until)
            until = last.toordinal()
    return total


def devices(case: Case) -> list[Line]:
    """Each device up to its cap; orthosis and prosthesis up to 140 % of the reference price."""
    lines: list[Line] = []
    for item, ref in case.claim.items.values():
        if not isinstance(item, Device):
            continue
        if item.device in ("orthosis", "prosthesis"):
            figure = case.law["jkk.device.reference-percent"]
            price = item.reference_price or 0
            cap = whole(price * figure.decimal / 100)
            formula = f"{item.device}: {capped(item.amount, cap)} ({figure.whole}% × {rupiah(price)})"
        else:
            figure = case.law[f"jkk.device.{item.device}"]
            cap = figure.whole
            formula = f"{item.device}: {capped(item.amount, cap)}"
        lines += case.in_person("jkk.device", min(item.amount, cap), formula, figure, (ref,))
    return lines


def homecare(case: Case) -> list[Line]:
    """Items that begin within a year of the earliest, together up to the cap."""
    items = [(item, ref) for item, ref in case.claim.items.values() if isinstance(item, Homecare)]
    if not items:
        return []
    cap = case.law["jkk.homecare"]
    first = min(item.first_day for item, _ in items)
    counted = [
        (item, ref)
        for item, ref in items
        if (item.first_day - first).days < case.law.whole("jkk.homecare-days")
    ]
    billed = sum(item.amount for item, _ in counted)
    refs = [ref for _, ref in counted]
    return case.in_person("jkk.homecare", min(billed, cap.whole), capped(billed, cap.whole), cap, refs)


def capped(amount: int, cap: int) -> str:
    """Write an amount, and its cap where it binds."""
    return f"min({rupiah(amount)}; {rupiah(cap)})" if amount > cap else rupiah(amount)
