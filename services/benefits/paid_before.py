"""What another claim of a person that is no longer valid has paid for the same death or accident, and to whom.

It is a reason to refer; once approved it counts as ordered, payee for payee.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec.structs import replace

from events.assessment import Counted, OtherClaim, Reason
from events.claim import Withdrawn
from events.findings import Treatment
from events.retraction import Retracted
from services.benefits.award import Ordered
from services.benefits.claim import Claim
from services.benefits.doubts import Doubt
from services.benefits.families.bills import bill_of
from services.benefits.families.scholarship import children_of, same_children
from services.benefits.history import History
from services.benefits.insured_event import InsuredEvent, insured_event_of
from services.benefits.persons import alike, known_heirs
from services.benefits.scheme import Scheme


class _Before(NamedTuple):
    """A claim that is no longer valid, and how much of each of its orders has left and not come back, in rupiah."""

    claim: Claim
    left: Sequence[tuple[Ordered, int]]

    @property
    def amount(self) -> int:
        return sum(amount for _, amount in self.left)


class EarlierPayments:
    """What the other claims of a person have paid for what one claim is for.

    ``denied`` returns the reasons for which another claim that counts is denied, none where it is not.
    """

    def __init__(
        self,
        history: History,
        claim: Claim,
        insured_event: InsuredEvent,
        scheme: Scheme,
        orders: Mapping[str, Sequence[Ordered]],
        denied: Callable[[Claim], Sequence[Reason]],
    ) -> None:
        self._history, self._claim, self._insured_event = history, claim, insured_event
        self._scheme, self._orders, self._denied = scheme, orders, denied

    def doubts(self) -> Iterator[Doubt]:
        """Yield each other claim that has paid what this one is for, with the sum."""
        for before in self._claims:
            number, amount = before.claim.number, before.amount
            inputs = tuple(self._inputs(before))
            yield Doubt("paid-before", (number, amount), inputs, OtherClaim(number, amount))

    def counted_as_ordered(self) -> tuple[Counted, ...]:
        """Return what was paid before to those whom this claim pays, by the payees of both claims and by benefit."""
        counted: list[Counted] = []
        for before in self._claims:
            payees = _payees(self._history, before.claim, self._claim)
            for order, amount_left in before.left:
                if payee := payees.get(order.payee):
                    counted += (
                        Counted(before.claim.number, order.payee, payee, benefit, amount)
                        for benefit, amount in _parts(order, amount_left)
                    )
        return tuple(counted)

    def to_participant(self) -> Iterator[Ordered]:
        """Yield what was paid before to the participant, as this claim's own orders: a death does not undo it."""
        for order, amount_left in (one for before in self._claims for one in before.left):
            if order.payee == "participant":
                yield replace(
                    order,
                    lines=tuple(_parts(order, amount_left)),
                    amount=amount_left,
                    cancelled=False,
                    released_at=order.released_at or order.made_at,
                )

    @cached_property
    def _claims(self) -> Sequence[_Before]:
        claims: list[_Before] = []
        for number, orders in self._orders.items():
            other = self._history.claims.get(number) or self._history.retracted.get(number)
            if other is None or number == self._claim.number:
                continue
            sums = ((order, _amount_left(other, order)) for order in orders)
            orders_left = [(order, amount) for order, amount in sums if amount]
            if orders_left and self._alike(other, orders) and not self._stands(other):
                claims.append(_Before(other, orders_left))
        return claims

    def _alike(self, other: Claim, orders: Iterable[Ordered]) -> bool:
        """Whether both are for a death, now or when the other ordered, or for the same accident."""
        ours, theirs = self._insured_event, insured_event_of(other, self._scheme)
        if ours.is_death and (theirs.is_death or any(order.shares for order in orders)):
            return True
        same_event = (ours.programme, ours.day) == (theirs.programme, theirs.day)
        return ours.programme.covers == "accident" and same_event

    def _stands(self, other: Claim) -> bool:
        counts = other.number in self._history.claims
        return counts and not other.withdrawn and not self._denied(other)

    def _inputs(self, before: _Before) -> Iterator[str]:
        """Yield the facts by which the other claim was filed, is no longer valid, and was paid."""
        claim, history = before.claim, self._history
        yield from claim.filing("event_date", "cause")
        if claim.number in history.retracted:
            taken_back = (fact for fact in history.all_facts if isinstance(fact, Retracted))
            yield from (fact.ref for fact in taken_back if fact.target == claim.filed.ref)
        if claim.withdrawn:
            withdrawals = (fact for fact in history.facts if isinstance(fact, Withdrawn))
            yield from (fact.ref for fact in withdrawals if fact.claim == claim.number)
        elif claim.number in history.claims:
            yield from (ref for reason in self._denied(claim) for ref in reason.inputs)
        for order, _ in before.left:
            yield from claim.bank_refs(order)


def _parts(order: Ordered, amount_left: int) -> Iterator[tuple[str, int]]:
    """Yield what of each benefit of an order has not come back; what came back is taken from the last."""
    for benefit, amount in order.lines:
        part = amount if order.amount == amount_left else min(amount, amount_left)
        amount_left -= part if order.amount != amount_left else 0
        if part:
            yield benefit, part


def _amount_left(claim: Claim, order: Ordered) -> int:
    """Return what of an order has left and not come back; a cancelled one may have been paid all the same."""
    if order.cancelled:
        return min(claim.paid_on(order), order.amount)
    return order.amount - claim.open_of(order) if order.released_at else 0


def _payees(history: History, before: Claim, claim: Claim) -> dict[str, str]:
    """Return which payee of the earlier claim is which of this one; who is nobody here is left out."""
    payees = {"participant": "participant", "burial": "burial"}
    heirs = claim.heirs or ()
    for heir, person in zip(heirs, alike(known_heirs(history.all_facts, before.number), heirs), strict=True):
        if person:
            payees[f"heir:{person.label}"] = f"heir:{heir.heir}"
    stated = history.as_stated(before.number)
    for label, child in same_children(claim.filed.children, children_of(stated)).items():
        payees[f"child:{child.names[before.number]}"] = f"child:{label}"
    for label, known_as in _same_bills(claim, stated):
        payees[f"provider:{known_as}"] = f"provider:{label}"
    return payees


def _same_bills(claim: Claim, before: Claim) -> Iterator[tuple[str, str]]:
    """Yield the labels of each treatment here and there: of the same bill, first under one label, else of one label."""
    here = {item.item: item for item, _ in claim.stated(Treatment)}
    there = {item.item: item for item, _ in before.stated(Treatment)}

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
            if other := next((bill for bill in there if fit(label, bill)), None):
                yield label, other
                del here[label], there[other]
