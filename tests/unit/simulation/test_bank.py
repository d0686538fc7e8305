"""The simulated bank pays every order, mostly in time and once, or sends it back once and pays what replaces it."""

import datetime as dt
from itertools import chain

from events.bank import ClaimPaid, PaymentReturned
from events.catalogue import decode
from events.claim import ClaimReviewed, ClaimVerified
from services.ledger.payments import Departure
from services.simulation import Bank, World

DUE = dt.date(2025, 6, 12)
LEFT = dt.date(2025, 6, 9)


def order(claim: str, number: int, payee: str, due_on: dt.date = DUE) -> Departure:
    return Departure(
        order=f"{claim}.{number}",
        claim=claim,
        payee=payee,
        amount=5_000,
        due_on=due_on,
        person="~",
        partition=0,
        released_at=1,
    )


def answered(payee: str, claims: int = 400, due_on: dt.date = DUE, number: int = 1):
    world = World(1, 500, claims, trouble=False)
    bank = Bank(1, world.courses)
    for course in world.courses:
        if payee.startswith("heir:") and not course.heirs:
            continue
        who = f"heir:{course.heirs[0]['heir']}" if payee.startswith("heir:") else payee
        made = order(course.claim, number, who, due_on)
        yield bank, made, [decode(message.body) for message in bank.answer(made, LEFT)]


def payments(events):
    return [e.data for e in events if isinstance(e, ClaimPaid)]


def test_most_orders_are_paid_in_full_by_their_due_date_and_some_late():
    """Nine of ten orders that are not sent back are paid by the day they are due, and each is paid in full once all has come."""
    on_time = late = 0
    for _, made, events in answered("participant"):
        ours = [paid for paid in payments(events) if paid.order == made.order]
        if not ours:
            continue
        back = sum(e.data.amount or 0 for e in events if isinstance(e, PaymentReturned))
        assert sum(paid.amount for paid in ours) - back == 5_000
        assert all(paid.paid_on > LEFT and paid.paid_on.weekday() < 5 for paid in ours)
        on_time += ours[0].paid_on <= DUE
        late += ours[0].paid_on > DUE
    assert 0 < late < on_time / 9


def test_some_orders_are_paid_twice_in_parts_or_under_a_wrong_number():
    """Among enough orders the bank pays one twice and fetches it back by its reference, pays one in parts, mistypes one."""
    kinds = set()
    for _, made, events in chain(*(answered("provider:care", 500, number=n) for n in (1, 2))):
        paid = payments(events)
        if len(paid) == 2:
            back = [e.data for e in events if isinstance(e, PaymentReturned)]
            assert [one.payment for one in back] in ([], [paid[1].reference])
            kinds.add("twice" if back else "typo" if paid[0].order != made.order else "parts")
    assert kinds == {"twice", "typo", "parts"}


def test_no_answer_is_dated_before_its_order_left():
    """An order that left after it was due is paid on a later working day."""
    for _, _, events in answered("participant", 60, due_on=dt.date(2025, 3, 3)):
        assert all(event.time.date() > LEFT for event in events)


def test_a_returned_order_gets_a_new_account_and_an_approval():
    """After a return the office states another account and an officer approves it, and the next order is paid."""
    returned = 0
    for bank, made, events in answered("heir:"):
        if not isinstance(events[0], PaymentReturned):
            continue
        returned += 1
        stated, approved = events[1:]
        assert isinstance(stated, ClaimVerified)
        assert isinstance(approved, ClaimReviewed)
        assert approved.data.reasons == ["account-changed", "payment-returned"]
        again = bank.answer(order(made.claim, 2, made.payee), LEFT)
        assert isinstance(decode(again[-1].body), ClaimPaid | PaymentReturned)
        assert not any(isinstance(decode(m.body), ClaimVerified) for m in again)
    assert returned
