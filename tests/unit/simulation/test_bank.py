"""The simulated bank pays every order once, or sends it back once and pays what replaces it."""

import datetime as dt

from events.catalogue import decode
from events.claim import ClaimPaid, ClaimReviewed, ClaimVerified, PaymentReturned
from services.simulation import Bank, World

DUE = dt.date(2025, 6, 12)


def _answers(payee: str, orders: int = 400):
    world = World(1, 500, orders, trouble=False)
    bank = Bank(1, world.courses)
    for course in world.courses:
        if payee.startswith("heir:") and not course.heirs:
            continue
        who = f"heir:{course.heirs[0]['heir']}" if payee.startswith("heir:") else payee
        yield bank, course.claim, who, bank.answer(f"{course.claim}.1", course.claim, who, 5_000, DUE)


def test_most_orders_are_paid_on_their_due_date_in_full():
    """An order that is not sent back is paid with its whole amount, on the day it is due."""
    for _, claim, _, messages in _answers("participant"):
        event = decode(messages[-1].body)
        if isinstance(event, ClaimPaid):
            assert (event.data.order, event.data.amount, event.data.paid_on) == (f"{claim}.1", 5_000, DUE)


def test_a_returned_order_gets_a_new_account_and_an_approval():
    """After a return the office states another account and an officer approves it, and the next order is paid."""
    returned = 0
    for bank, claim, payee, messages in _answers("heir:"):
        events = [decode(message.body) for message in messages]
        if not isinstance(events[0], PaymentReturned):
            continue
        returned += 1
        stated, approved = events[1:]
        assert isinstance(stated, ClaimVerified)
        assert isinstance(approved, ClaimReviewed)
        assert approved.data.reasons == ["account-changed", "payment-returned"]
        again = bank.answer(f"{claim}.2", claim, payee, 5_000, DUE)
        assert isinstance(decode(again[-1].body), ClaimPaid)
    assert returned


def test_a_hospital_is_never_sent_back():
    """The account of a provider stands in the registry, so its payments arrive."""
    for _, _, _, messages in _answers("provider:care"):
        assert isinstance(decode(messages[-1].body), ClaimPaid)
