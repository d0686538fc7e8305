"""What is billed: treatment, transport, devices and care at home, each up to its own cap."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import ClassVar, Literal, TypeAlias

from msgspec import field

from events.assessment import Line
from events.findings import Device, Homecare, MedicalItem, Transport, Treatment
from events.redaction import account_key
from services.benefits.award import line, whole
from services.benefits.case import Case
from services.benefits.claim import Claim
from services.benefits.doubts import Doubt
from services.benefits.families.benefit import Benefit
from services.benefits.figures import Amount, Days, PriceShare, Uncapped

Mode: TypeAlias = Literal["land", "sea", "air"]
DeviceKind: TypeAlias = Literal["orthosis", "prosthesis", "denture", "hearing-aid", "glasses"]


class TreatmentBill(Benefit, frozen=True, kw_only=True, tag="treatment"):
    """As billed, without a cap, to whoever treated."""

    as_billed: Uncapped

    def lines(self, case: Case) -> list[Line]:
        """Pay each bill to its provider."""
        figure = case.law[self.as_billed]
        lines: list[Line] = []
        for item, ref in case.claim.stated(Treatment):
            payee, formula = f"provider:{item.item}", case.money(item.amount)
            lines.append(line(self.code, payee, item.amount, formula, (*case.facts, ref), figure))
        return lines

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """What says that there is no cap."""
        return {"": (self.as_billed,)}


class TransportBill(Benefit, frozen=True, kw_only=True, tag="transport"):
    """The sum of each mode of transport, each up to its own cap; a mode without one is not paid."""

    kind: ClassVar[str] = "transport"
    caps: dict[Mode, Amount]

    def lines(self, case: Case) -> list[Line]:
        """Pay a line for each mode."""
        sums: dict[Mode, int] = {}
        refs: dict[Mode, list[str]] = {}
        for item, ref in case.claim.stated(Transport):
            if item.mode in self.caps:
                sums[item.mode] = sums.get(item.mode, 0) + item.amount
                refs.setdefault(item.mode, []).append(ref)
        lines: list[Line] = []
        for mode, billed in sums.items():
            cap = case.law[self.caps[mode]]
            formula = f"{mode}: {capped(case, billed, cap.whole)}"
            lines += case.in_person(self.code, min(billed, cap.whole), formula, cap, refs[mode])
        return lines

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """The cap of the mode."""
        return {str(mode): (code,) for mode, code in self.caps.items()}


class DeviceBill(Benefit, frozen=True, kw_only=True, tag="device"):
    """Each device up to its cap, or up to a percentage of a reference price; one that has neither is not paid."""

    kind: ClassVar[str] = "device"
    caps: dict[DeviceKind, Amount] = field(default_factory=dict)
    by_price: dict[DeviceKind, PriceShare] = field(default_factory=dict)

    def lines(self, case: Case) -> list[Line]:
        """Pay a line for each device."""
        lines: list[Line] = []
        for item, ref in case.claim.stated(Device):
            if share := self.by_price.get(item.device):
                figure = case.law[share]
                price = item.reference_price or 0
                cap = whole(price * figure.decimal / 100)
                billed = f"{item.device}: {capped(case, item.amount, cap)}"
                formula = f"{billed} ({figure.whole}% × {case.money(price)})"
            elif code := self.caps.get(item.device):
                figure = case.law[code]
                cap = figure.whole
                formula = f"{item.device}: {capped(case, item.amount, cap)}"
            else:
                continue
            lines += case.in_person(self.code, min(item.amount, cap), formula, figure, (ref,))
        return lines

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """The figure of the device."""
        return {str(device): (code,) for device, code in (*self.caps.items(), *self.by_price.items())}


class HomecareBill(Benefit, frozen=True, kw_only=True, tag="homecare"):
    """Care that begins within so many ``days`` of the earliest, together up to the cap."""

    kind: ClassVar[str] = "homecare"
    cap: Amount
    days: Days

    def lines(self, case: Case) -> list[Line]:
        """Pay one line for all of it."""
        items = case.claim.stated(Homecare)
        if not items:
            return []
        cap = case.law[self.cap]
        first = min(item.first_day for item, _ in items)
        within = case.law.whole(self.days)
        within_period = [(item, ref) for item, ref in items if (item.first_day - first).days < within]
        billed = sum(item.amount for item, _ in within_period)
        refs = [ref for _, ref in within_period]
        formula = capped(case, billed, cap.whole)
        return case.in_person(self.code, min(billed, cap.whole), formula, cap, refs)

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """The cap, and the time for which it is."""
        return {"": (self.cap, self.days)}


def capped(case: Case, amount: int, cap: int) -> str:
    """Write an amount, and its cap where it binds."""
    return f"min({case.money(amount)}; {case.money(cap)})" if amount > cap else case.money(amount)


def bill_of(item: MedicalItem) -> tuple[Hashable, ...]:
    """Return what two statements of one bill have in common, whatever they call it; empty for what is no bill."""
    match item:
        case Treatment():
            paid_to = account_key(item.payee.account) if item.payee else item.provider
            return ("treatment", item.amount, bool(item.payee), paid_to)
        case Transport():
            return ("transport", item.amount, item.mode)
        case Device():
            return ("device", item.amount, item.device)
        case Homecare():
            return ("homecare", item.amount, item.first_day, item.last_day)
        case _:
            return ()


def repeated(claim: Claim) -> Iterator[Doubt]:
    """Yield each bill that a claim states under several labels."""
    alike: dict[tuple[Hashable, ...], list[str]] = {}
    for label, (item, _) in claim.items.items():
        if bill := bill_of(item):
            alike.setdefault(bill, []).append(label)
    for bill, labels in alike.items():
        if len(labels) > 1:
            inputs = tuple(claim.items[label][1] for label in labels)
            yield Doubt("item-repeated", (*bill, *sorted(labels)), inputs, about=tuple(labels))
