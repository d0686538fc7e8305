"""Whether an order may leave, by when it is then to be paid, and to which account."""

from __future__ import annotations

from msgspec.structs import replace

from events.catalogue import AnyFact, Event
from events.claim import Documented, Paid, Returned, Reviewed, Verified
from events.payment import PaymentReleased
from services.adjudication.orders import clock_of
from services.adjudication.state import State, orders_of, with_record
from services.benefits.assess import assess
from services.benefits.award import Ordered
from services.benefits.citation import Citation
from services.benefits.history import History
from services.benefits.rulebook import Rulebook


def release(state: State, event: PaymentReleased, rulebook: Rulebook) -> tuple[State, list[Event]]:
    """Let an order leave that is proposed for it, if its claim is due and it stands and is still here; else nothing is said."""
    number, record = event.data.claim, state.claims.get(event.data.claim)
    if record is None or record.outcome != "due":
        return state, []
    for index, order in enumerate(record.orders):
        if order.order != event.data.order or not order.stands:
            continue
        orders = list(record.orders)
        orders[index] = replace(order, released_at=event.position or 0)
        after = with_record(state, number, replace(record, orders=tuple(orders)))
        if not order.released_at or _is_still_here(order, number, state, after, rulebook):
            return after, [_addressed(state, event, order, rulebook)]
    return state, []


def _is_still_here(order: Ordered, number: str, state: State, after: State, rulebook: Rulebook) -> bool:
    """Whether an order counts as left by the bank's word alone, all of which was taken back, and may leave as it was made.

    It may not where less is due to its payee by now, part of it was ordered again, or the claim would come to something
    else because it leaves only now (``after``): it waits until the bank says by a return that it did not take it.
    """
    history = History(state.facts)
    claim, record = history.claims[number], state.claims[number]
    spoken = (fact.position for fact in history.told if isinstance(fact, Paid | Returned))
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
