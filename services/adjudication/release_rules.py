"""Whether an order may leave, who may let it, by when it is then to be paid, and to which account."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from events.bank import Paid, Returned
from events.catalogue import AnyFact, Event, OrderProposal
from events.claim import Documented, Reviewed, Verified
from events.operation import EpochBegun, ReleaseArranged
from events.payment import (
    PaymentReleased,
    Release,
    ReleaseApproved,
    ReleaseMode,
    ReleaseRefused,
)
from services.adjudication.orders import clock_of
from services.adjudication.state import State, orders_of, with_record
from services.benefits.assess import assess
from services.benefits.award import Ordered
from services.benefits.citation import Citation
from services.benefits.history import History
from services.benefits.rulebook import Rulebook

Obstacle: TypeAlias = Literal["unknown", "cancelled", "left", "not-due", "changed", "decided", "reviewed"]
"""Why nothing is decided about an order: it is not known, no longer stands, has left; its claim is not due; it is not
as it was seen; the same was decided before; or who would approve it has reviewed its claim."""


class Releasing(Struct, frozen=True):
    """How orders of a partition leave, and the batches that had left before this ledger recorded them."""

    mode: ReleaseMode = "automatic"
    left: frozenset[str] = frozenset()

    def after(self, event: Event) -> Self:
        """Return how they leave after one more event of the partition."""
        if isinstance(event, ReleaseArranged):
            return replace(self, mode=event.data.mode)
        if isinstance(event, EpochBegun):
            return replace(self, left=self.left.union(event.data.adopted))
        return self

    def mode_of(self, release: Release) -> ReleaseMode:
        """Return how an order leaves: one that had left before anybody could approve it needs no approval."""
        return "automatic" if release.batch in self.left else self.mode


def propose(state: State, event: OrderProposal, rulebook: Rulebook) -> tuple[State, list[Event]]:
    """Record a proposal about an order if it is allowed; otherwise record nothing."""
    if isinstance(event, PaymentReleased):
        return _release(state, event, rulebook)
    if obstacle(state, event, rulebook):
        return state, []
    officer, number = event.data.officer, event.data.claim
    approved = isinstance(event, ReleaseApproved)
    record = state.claims[number]
    orders = tuple(
        replace(order, approved_by=officer if approved else "", refused_by="" if approved else officer)
        if order.order == event.data.order
        else order
        for order in record.orders
    )
    return with_record(state, number, replace(record, orders=orders)), [event]


def obstacle(state: State, event: ReleaseApproved | ReleaseRefused, rulebook: Rulebook) -> Obstacle | None:
    """Return why a person cannot decide so about an order; None if nothing hinders it."""
    record = state.claims.get(event.data.claim)
    order = next((one for one in record.orders if one.order == event.data.order), None) if record else None
    if record is None or order is None:
        return "unknown"
    if not order.stands:
        return "cancelled"
    if record.outcome != "due":
        return "left" if order.released_at else "not-due"
    if order.released_at and not _may_leave_again(
        order, event.data.claim, state, event.position or 0, rulebook
    ):
        return "left"
    return _objection(state, event, order)


def _objection(
    state: State, event: ReleaseApproved | ReleaseRefused, order: Ordered
) -> Literal["changed", "decided", "reviewed"] | None:
    """Return why this person cannot decide so about an order that may be decided about."""
    data = event.data
    if order.amount != data.amount or state.facts[-1].position > data.seen:
        return "changed"
    if order.approved_by if isinstance(event, ReleaseApproved) else order.refused_by:
        return "decided"
    if isinstance(event, ReleaseApproved) and data.officer in reviewers(state, data.claim):
        return "reviewed"
    return None


def reviewers(state: State, number: str) -> set[str]:
    """Return the tokens of everybody who has ever reviewed a claim, also where the review was taken back."""
    facts = History(state.facts).all_facts
    return {fact.officer for fact in facts if isinstance(fact, Reviewed) and fact.claim == number}


def lapsed(orders: Iterable[Ordered]) -> tuple[Ordered, ...]:
    """Return the orders without their approvals and refusals: their claim is not due, or was decided on again."""
    return tuple(
        replace(one, approved_by="", refused_by="") if one.approved_by or one.refused_by else one
        for one in orders
    )


def _release(state: State, event: PaymentReleased, rulebook: Rulebook) -> tuple[State, list[Event]]:
    """Let an order leave if its claim is due, it stands, is still here, and was approved where that is asked for."""
    number, record = event.data.claim, state.claims.get(event.data.claim)
    if record is None or record.outcome != "due":
        return state, []
    for order in record.orders:
        if order.order != event.data.order or not order.stands:
            continue
        if event.data.mode == "named" and not order.approved_by:
            continue
        if not order.released_at or _may_leave_again(order, number, state, event.position or 0, rulebook):
            after = _released(order, number, state, event.position or 0)
            return after, [_addressed(state, event, order, rulebook)]
    return state, []


def _released(order: Ordered, number: str, state: State, at: int) -> State:
    """Return the state once an order has left, at this position of the ledger."""
    record = state.claims[number]
    orders = tuple(replace(one, released_at=at) if one is order else one for one in record.orders)
    return with_record(state, number, replace(record, orders=orders))


def _may_leave_again(order: Ordered, number: str, state: State, at: int, rulebook: Rulebook) -> bool:
    return _is_still_here(order, number, state, _released(order, number, state, at), rulebook)


def _is_still_here(order: Ordered, number: str, state: State, after: State, rulebook: Rulebook) -> bool:
    """Whether an order counts as left by the bank's word alone, all of which was taken back, and may leave as it was made.

    It may not where less is due to its payee by now, part of it was ordered again, or the claim would come to something
    else because it leaves only now (``after``): it waits until the bank says by a return that it did not take it.
    """
    history = History(state.facts)
    claim, record = history.claims[number], state.claims[number]
    spoken = (fact.position for fact in history.all_facts if isinstance(fact, Paid | Returned))
    counting = (fact.position for fact in claim.bank.get(order.order, ()))
    if order.released_at not in spoken or any(position > order.made_at for position in counting):
        return False
    if order.moved or order.payee in dict(record.excess):
        return False
    now, then = (assess(history, number, rulebook, orders_of(one)) for one in (state, after))
    return now == then


def _addressed(state: State, event: PaymentReleased, order: Ordered, rulebook: Rulebook) -> PaymentReleased:
    """Send the money to the account in force: a changed one has been approved, or the claim would not be due.

    An order that was held meanwhile rests on what ended that too, and its days count from there.
    """
    history = History(state.facts)
    claim = history.claims[event.data.claim]
    data = event.data
    if statements := claim.accounts.get(order.payee):
        account = statements[-1]
        data = replace(data, account=account.account.number, stated_at=account.position)
    if any(_answers(fact, claim.number) and fact.position > order.made_at for fact in history.facts):
        citation = Citation(history, claim.number, rulebook, orders_of(state))
        clock = clock_of(order.payee, citation.award, claim, rulebook, citation)
        if clock.started.day > order.day and _answers(clock.started, claim.number):
            data = replace(data, due_on=clock.due_on)
    return replace(event, data=data)


def _answers(fact: AnyFact, number: str) -> bool:
    """Whether a fact may end what held a claim's orders: a decision, a finding, a paper."""
    return isinstance(fact, Reviewed | Verified | Documented) and fact.claim == number
