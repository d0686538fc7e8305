"""Every order that is due leaves once, whatever the bank says of it by mistake and takes back."""

from __future__ import annotations

import datetime as dt
import functools
import random
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events.catalogue import Event, decode
from events.payment import Order, PaymentOrdered, PaymentReleased, Release, ReleaseMode
from services.adjudication.decider import advance, initial
from services.adjudication.state import ClaimRecord, State
from services.benefits.claim import Claim
from services.benefits.history import History
from services.benefits.reading.folder import load
from tests.lives import Life, days, jkm_death
from tests.unit.adjudication.test_properties import STEPS, live


def taken_back(life: Life) -> Life:
    """Everything that the bank said by mistake until now."""
    for document in [*life.documents]:
        if str(document["id"]).startswith("slip-"):
            life.retracted(
                str(document["id"]), agency="bank", id=f"no-{document['id']}-{len(life.documents)}"
            )
    return life


NOW = dt.datetime(2026, 7, 2, tzinfo=dt.UTC)
SLIPS = {
    "paid by slip": lambda life: life.paid("A-1.1", 1_000_000, id=f"slip-{len(life.documents)}"),
    "returned by slip": lambda life: life.returned("A-1.1", id=f"slip-{len(life.documents)}"),
    "part returned by slip": lambda life: life.returned(
        "A-1.1", id=f"slip-{len(life.documents)}", amount=300_000
    ),
    "slips taken back": taken_back,
}
histories = st.lists(st.sampled_from(sorted([*STEPS, *SLIPS, *SLIPS])), min_size=4, max_size=18)


class IntakeInstallation:
    """A person's events decided one by one, and orders proposed for release as disbursement does."""

    def __init__(self, *lives: Life) -> None:
        self.state: State = initial()
        self.ledger: list[Event] = []
        self._seen: set[str] = set()
        self.mode: ReleaseMode = "automatic"
        for life in lives:
            for line in life.lines():
                self.take(line)

    def take(self, line: bytes) -> None:
        """Decide what an agency sends; a repeat changes nothing."""
        event = decode(line)
        if event.id in self._seen:
            return
        self._seen.add(event.id)
        self._decide(replace(event, person="p", partition=0, position=len(self.ledger) + 1))

    def propose(self, order: str) -> bool:
        """Propose an order for release; whether it may leave."""
        before = len(self.ledger)
        self._decide(
            PaymentReleased(
                specversion="1.0",
                id=f"release-{order}",
                source="/agencies/kelambu",
                time=NOW,
                data=Release(order.partition(".")[0], order, "p00-1", mode=self.mode),
                person="p",
                partition=0,
                position=before + 1,
            )
        )
        return len(self.ledger) > before

    def _decide(self, event: Event) -> None:
        self.state, said = advance(self.state, event, load())
        self.ledger += said

    @property
    def orders(self) -> list[Order]:
        return [event.data for event in self.ledger if isinstance(event, PaymentOrdered)]

    @property
    def released(self) -> list[str]:
        return [event.data.order for event in self.ledger if isinstance(event, PaymentReleased)]


@settings(max_examples=150, deadline=None)
@given(histories, st.integers(0, 9))
@example(["at work", "days", "paid by slip", "slips taken back"], 0)
@example(["at work", "days", "returned by slip", "approve", "slips taken back"], 0)
def test_whatever_is_due_leaves_once(names, seed):
    """Proposed at any moment and at the end.

    No order twice, none that is due and whole stays for ever, nobody has too much. An order stays only where the
    bank's word about it counts, part of it was ordered again, or less is due by now.
    """
    chance, installation = random.Random(seed), IntakeInstallation()
    life = functools.reduce(lambda life, name: (STEPS | SLIPS)[name](life), names, live([]))
    for line in life.lines():
        installation.take(line)
        for order in installation.orders:
            if chance.random() < 0.3:
                installation.propose(order.order)
    for order in installation.orders:
        installation.propose(order.order)
    assert len(set(installation.released)) == len(installation.released)
    history = History(installation.state.facts)
    for number, record in installation.state.claims.items():
        if record.outcome == "due":
            assert_left(history.claims[number], record, set(installation.released))


def assert_left(claim: Claim, record: ClaimRecord, released: set[str]) -> None:
    """Nobody has more than is due or told as overpaid; what is due and has not left waits for a return."""
    due: Counter[str] = Counter()
    for _, payee, amount in record.sums:
        due[payee] += amount
    out: Counter[str] = Counter()
    for order in record.orders:
        if order.order in released:
            out[order.payee] += order.amount + order.moved - sum(claim.settlement(order).back.values())
        elif order.stands:
            stated = any(fact.position > order.made_at for fact in claim.bank.get(order.order, ()))
            assert stated or order.moved or order.payee in dict(record.excess)
    for payee, amount in out.items():
        assert amount <= due[payee] + dict(record.overpaid).get(payee, 0)


@pytest.mark.parametrize("slip", ["paid by slip", "returned by slip"])
def test_an_order_leaves_although_the_bank_spoke_of_it_by_mistake(slip: str):
    """Not while the bank's word counts; then once."""
    life = SLIPS[slip](jkm_death())
    installation = IntakeInstallation(life)
    assert not installation.propose("A-1.1")
    sent = len(life.documents)
    for line in taken_back(life).lines()[sent:]:
        installation.take(line)
    assert installation.propose("A-1.1")
    assert not installation.propose("A-1.1")


def test_an_order_that_left_never_leaves_again_whatever_the_bank_takes_back():
    """Paid, the payment taken back: it had been released before."""
    life = jkm_death()
    installation = IntakeInstallation(life)
    assert installation.propose("A-1.1")
    sent = len(life.documents)
    for line in taken_back(SLIPS["paid by slip"](life)).lines()[sent:]:
        installation.take(line)
    assert not installation.propose("A-1.1")


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda life: life.paid("A-1.1", 1_333_333, id="slip-1").items(days("2026-03-01", 10)),
        lambda life: life.returned("A-1.1", id="slip-1", amount=300_000).reviewed(
            "approve", "payment-returned"
        ),
    ],
)
def test_an_order_of_which_not_all_is_due_any_more_does_not_leave(meanwhile):
    """Less is due since, or part of it was ordered again, while it counted as having left; a return frees the rest."""
    life = meanwhile(live(["at work", "days"]))
    installation = IntakeInstallation(taken_back(life))
    assert not installation.propose("A-1.1")
    before = len(installation.orders)
    sent = len(life.documents)
    life.returned("A-1.1").reviewed("approve", "payment-returned")
    for line in life.lines()[sent:]:
        installation.take(line)
    assert not installation.propose("A-1.1")
    assert len(installation.orders) == before + 1
    leaving = [order.amount for order in installation.orders if installation.propose(order.order)]
    assert sum(leaving) == sum(amount for _, _, amount in installation.state.claims["A-1"].sums)


def test_an_order_that_counted_as_left_before_a_death_does_not_leave_after_it():
    """It counts as paid to the participant, and not to the heirs, only because it is thought to have left before."""
    life = live(["at work", "days"]).paid("A-1.1", 1_333_333, id="slip-1")
    life = STEPS["one heir"](STEPS["died"](life)).reviewed("approve", "after-death")
    installation = IntakeInstallation(taken_back(life))
    assert installation.state.claims["A-1"].outcome == "due"
    assert not installation.propose("A-1.1")
