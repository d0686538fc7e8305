"""What another claim of a person that no longer stands has paid for the same death or accident, and to whom.

It is a reason to refer; once approved it counts as ordered, payee for payee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace

from events.assessment import Counted, OtherClaim
from events.findings import Treatment
from services.benefits.claim import Claim
from services.benefits.doubts import Doubt
from services.benefits.facts import Ordered, Retracted
from services.benefits.families.bills import bill_of
from services.benefits.families.scholarship import children_of, same_children
from services.benefits.history import History
from services.benefits.insured_event import insured_event_of
from services.benefits.persons import alike, known_heirs

if TYPE_CHECKING:
    from services.benefits.assess import Judgement


class _Before(NamedTuple):
    """A claim that no longer stands, and what of each of its orders has left and not come back, in rupiah."""

    claim: Claim
    left: Sequence[tuple[Ordered, int]]

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.left)


def paid_before(judgement: Judgement) -> Iterator[Doubt]:
    """Yield each other claim that has paid what this one is for, with the sum."""
    for before in _claims(judgement):
        number, amount = before.claim.number, before.amount
        inputs = tuple(_inputs(judgement, before))
        yield Doubt("paid-before", (number, amount), inputs, OtherClaim(number, amount))


def counted_as_ordered(judgement: Judgement) -> tuple[Counted, ...]:
    """Return what was paid before to those whom this claim pays, by the payees of both claims and by benefit."""
    found: list[Counted] = []
    for before in _claims(judgement):
        number = before.claim.number
        same = _payees(judgement.history, before.claim, judgement.claim)
        for order, left in before.left:
            if payee := same.get(order.payee):
                found += (
                    Counted(number, order.payee, payee, benefit, amount)
                    for benefit, amount in _parts(order, left)
                )
    return tuple(found)


def paid_to_participant(judgement: Judgement) -> Iterator[Ordered]:
    """Yield what was paid before to the participant, as this claim's own orders: a death does not undo it."""
    for before in _claims(judgement):
        for order, left in before.left:
            if order.payee == "participant":
                yield replace(
                    order,
                    lines=tuple(_parts(order, left)),
                    amount=left,
                    cancelled=False,
                    released_at=order.released_at or order.made_at,
                )


def _parts(order: Ordered, left: int) -> Iterator[tuple[str, int]]:
    """Yield what of each benefit of an order has not come back; what came back is taken from the last."""
    for benefit, amount in order.lines:
        part = amount if order.amount == left else min(amount, left)
        left -= part if order.amount != left else 0
        if part:
            yield benefit, part


def _claims(judgement: Judgement) -> Iterator[_Before]:
    history = judgement.history
    for number, orders in judgement.orders.items():
        other = history.claims.get(number) or history.retracted.get(number)
        if other is None or number == judgement.claim.number:
            continue
        sums = ((order, _left(other, order)) for order in orders)
        left = [(order, amount) for order, amount in sums if amount]
        if left and _alike(judgement, other, orders) and not judgement.other_stands(other):
            yield _Before(other, left)


def _left(claim: Claim, order: Ordered) -> int:
    """Return what of an order has left and not come back; a cancelled one may have been paid all the same."""
    if order.cancelled:
        return min(claim.paid_on(order), order.amount)
    return order.amount - claim.open_of(order) if order.released_at else 0


def _alike(judgement: Judgement, other: Claim, orders: Iterable[Ordered]) -> bool:
    """Whether both are for a death, now or when the other ordered, or for the same accident."""
    insured_event = insured_event_of(other, judgement.rulebook.scheme)
    if judgement.insured_event.is_death and (insured_event.is_death or any(order.shares for order in orders)):
        return True
    accident = judgement.programme.covers == "accident"
    return accident and (insured_event.programme, insured_event.day) == (judgement.programme, judgement.day)


def _inputs(judgement: Judgement, before: _Before) -> Iterator[str]:
    """Yield the facts by which the other claim was filed, no longer stands, and was paid."""
    claim, history = before.claim, judgement.history
    yield from claim.filing("event_date", "cause")
    if claim.number in history.retracted:
        yield from (f.ref for f in history.told if isinstance(f, Retracted) and f.target == claim.filed.ref)
    yield from judgement.other_grounds(claim)
    for order, _ in before.left:
        yield from claim.bank_refs(order)


def _payees(history: History, before: Claim, claim: Claim) -> dict[str, str]:
    """Return which payee of the earlier claim is which of this one; who is nobody here is left out."""
    same = {"participant": "participant", "burial": "burial"}
    heirs = claim.heirs or ()
    for heir, person in zip(heirs, alike(known_heirs(history.told, before.number), heirs), strict=True):
        if person:
            same[f"heir:{person.label}"] = f"heir:{heir.heir}"
    stated = history.as_told(before.number)
    for label, child in same_children(claim.filed.children, children_of(stated)).items():
        same[f"child:{child.names[before.number]}"] = f"child:{label}"
    for label, known_as in _same_bills(claim, stated):
        same[f"provider:{known_as}"] = f"provider:{label}"
    return same


def _same_bills(claim: Claim, before: Claim) -> Iterator[tuple[str, str]]:
    """Yield the labels of each treatment here and there: of the same bill, first under one label, else of one label."""
    here = {label: item for label, (item, _) in claim.items.items() if isinstance(item, Treatment)}
    there = {label: item for label, (item, _) in before.items.items() if isinstance(item, Treatment)}

    def same_label(one: str, other: str) -> bool:
        return one.casefold() == other.casefold()

    def same_bill(one: str, other: str) -> bool:
        return bill_of(here[one]) == bill_of(there[other])

    fits: tuple[Callable[[str, str], bool], ...] = (
        lambda one, other: same_bill(one, other) and same_label(one, other),
        same_bill,
        same_label,
    )
    for fit in fits:
        for label in [*here]:
            if other := next((known for known in there if fit(label, known)), None):
                yield label, other
                del here[label], there[other]
