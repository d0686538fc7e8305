"""What must hold for every history, whatever came in whatever order."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from events.catalogue import AgencyEvent, Event, OrderProposal, decode, encode
from events.payment import (
    ClaimOverpaid,
    PaymentCancelled,
    PaymentOrdered,
    PaymentReleased,
    Release,
)
from services.adjudication.decider import advance, decode_state, encode_state, initial
from services.adjudication.replay import claim_view
from services.adjudication.state import State
from services.benefits.history import History
from services.benefits.reading.folder import load
from tests.lives import JKK_DEATH_PAPERS, JKM_PAPERS, Life, bank, days, disability, heir

PAPERS = tuple(dict.fromkeys((*JKK_DEATH_PAPERS, *JKM_PAPERS)))

STEPS = {
    "enrolled": lambda life: life.enrolled(),
    "paid": lambda life: life.paid_months(),
    "gap": lambda life: life.paid_months("2025-01", "2025-12"),
    "ended": lambda life: life.ended("2026-02-01"),
    "accident": lambda life: life.accident("A-1", papers=PAPERS),
    "illness": lambda life: life.filed("B-2", papers=PAPERS),
    "died": lambda life: life.died("2026-03-05", id=f"died-{len(life.documents)}"),
    "at work": lambda life: life.at_work(),
    "not at work": lambda life: life.at_work(False),
    "heirs": lambda life: life.heirs(heir("a"), heir("b", "child", "2")),
    "one heir": lambda life: life.heirs(heir("a"), id=f"heir-{len(life.documents)}"),
    "other account": lambda life: life.heirs(heir("a", account="8"), agency="desa"),
    "days": lambda life: life.items(days("2026-03-01", 40)),
    "fewer days": lambda life: life.items(days("2026-03-01", 10)),
    "eye": lambda life: life.items({"item": "eye", **disability("eye", side="left")}),
    "second died": lambda life: life.died("2026-03-05", claim="B-2").heirs(heir(), claim="B-2"),
    "paid first": lambda life: life.paid("A-1.1", 1_000_000),
    "paid all": lambda life: life.paid("A-1.1", 35_000_000),
    "returned": lambda life: life.returned("A-1.1"),
    "approve": lambda life: life.reviewed(
        "approve", "objected", "account-changed", "payment-returned", "disability-then-death", "in-arrears"
    ),
    "deny": lambda life: life.reviewed("deny"),
    "objected": lambda life: life.objected(),
    "withdrawn": lambda life: life.withdrawn(id="withdrawn"),
    "back": lambda life: life.retracted("withdrawn"),
}
histories = st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=18)


def live(names: list[str]) -> Life:
    life = Life().enrolled().paid_months().accident("A-1", papers=PAPERS)
    for name in names:
        life = STEPS[name](life)
    return life


def recorded(life: Life, release: random.Random | None = None) -> tuple[State, list[Event]]:
    """Decide a life event by event as the worker does; now and then an order is released."""
    state: State = initial()
    ledger: list[Event] = []
    seen: set[tuple[str, str]] = set()
    for line in life.lines():
        event = decode(line)
        if (event.source, event.id) in seen:
            continue
        seen.add((event.source, event.id))
        state, said = advance(state, replace(event, partition=0, position=len(ledger) + 1), load())
        ledger += said
        open_orders = [e for e in said if isinstance(e, PaymentOrdered)]
        for order in open_orders:
            if release and release.random() < 0.5:
                proposal = PaymentReleased(
                    specversion="1.0",
                    id=f"release-{order.data.order}",
                    source="/agencies/kelambu",
                    time=event.time,
                    data=Release(order.data.claim, order.data.order, "p00-1"),
                    partition=0,
                    position=len(ledger) + 1,
                )
                state, said = advance(state, proposal, load())
                ledger += said
    return state, ledger


@settings(max_examples=150, deadline=None)
@given(histories, st.integers(0, 9))
@example(["at work", "days", "returned", "deny"], 0)
@example(["at work", "days", "returned", "fewer days"], 0)
def test_orders_less_cancellations_less_overpaid_is_the_entitlement(names, seed):
    """Of every payee whose claim is due, denied or withdrawn, to the rupiah; and no position is left out.

    An order that the bank sent back has left and cannot be cancelled: it stands until it is ordered again, and
    what of it is no longer due is not overpaid, since it is with nobody.
    """
    state, ledger = recorded(live(names), random.Random(seed))
    assert [event.position for event in ledger] == list(range(1, len(ledger) + 1))
    history = History(state.facts)
    for number, claim in history.claims.items():
        view, record = claim_view(state, history, number), state.claims[number]
        said = [event for event in ledger if event.subject == number]
        orders = {e.data.order: e.data for e in said if isinstance(e, PaymentOrdered)}
        ordered = Counter[str]()
        for order in orders.values():
            ordered[order.payee] += order.amount - sum(part.amount for part in order.replaces)
        for event in said:
            if isinstance(event, PaymentCancelled):
                ordered[orders[event.data.order].payee] -= event.data.amount
        assert view.ordered == ordered.total()
        if view.status in ("waiting", "referred"):
            continue
        overpaid = {e.data.payee: e.data.amount for e in said if isinstance(e, ClaimOverpaid)}
        entitled = Counter[str]()
        for _, payee, amount in record.sums:
            entitled[payee] += amount
        assert entitled.total() == sum(view.entitled.values())
        for payee in ordered.keys() | entitled.keys():
            came_back = sum(claim.open_of(order) for order in record.orders if order.payee == payee)
            too_much = ordered[payee] - entitled[payee]
            assert too_much >= 0
            assert overpaid.get(payee, 0) == max(0, too_much - came_back)


@settings(max_examples=100, deadline=None)
@given(histories, st.integers(0, 9))
def test_the_ledger_replayed_says_the_same_again(names, seed):
    """Feeding what was admitted from the ledger through the decider gives every recorded byte and the state."""
    state, ledger = recorded(live(names), random.Random(seed))
    again, said_again = initial(), []
    for event in ledger:
        if isinstance(event, AgencyEvent | OrderProposal):
            stored = decode(encode(event))
            again, said = advance(decode_state(encode_state(again)), stored, load())
            said_again += said
    assert [encode(e) for e in said_again] == [encode(e) for e in ledger]
    assert encode_state(again) == encode_state(state)


@settings(max_examples=100, deadline=None)
@given(st.permutations(["papers", "died", "cause", "heirs", "days", "account"]))
def test_statements_about_different_keys_may_come_in_any_order(order):
    """The entitlement is the same for every order of statements about different keys and items."""
    steps = {
        "papers": lambda life: life.send(
            "claim.documents-received",
            {"claim": "A-1", "documents": [{"kind": kind, "reference": "arsip"} for kind in PAPERS]},
        ),
        "died": lambda life: life.died("2026-03-05"),
        "cause": lambda life: life.at_work(),
        "heirs": lambda life: life.heirs(heir("a"), heir("b", "child", "2")),
        "days": lambda life: life.found(medical={"items": [{"item": "d", **days("2026-03-01", 3)}]}),
        "account": lambda life: life.found(participant_account=bank("77")),
    }
    life = Life().insured().accident("A-1", papers=())
    for name in order:
        steps[name](life)
    claim = life.claim()
    assert claim.entitled == {
        "jkk.death": 48_000_000,
        "jkk.periodic": 12_000_000,
        "jkk.funeral": 10_000_000,
        "jkk.incapacity": 100_000,
    }
    assert claim.ordered == 70_100_000


@settings(max_examples=100, deadline=None)
@given(histories, st.data())
def test_a_retracted_event_leaves_the_entitlement_as_if_it_had_never_come(names, data):
    """What is entitled and why is that of the history without the event."""
    life = live([name for name in names if "paid " not in name and name != "returned"])
    struck = data.draw(st.integers(3, len(life.documents) - 1)) if len(life.documents) > 4 else 2
    document = life.documents[struck]
    if document["type"].endswith(("claim.filed.v1", "event.retracted.v1")):
        return
    agency = str(document["source"]).removeprefix("/agencies/")
    without = Life()
    without.documents = [d for d in life.documents if d["id"] != document["id"]]
    life.retracted(str(document["id"]), agency=agency)
    for number, claim in life.replayed().claims.items():
        clean = without.replayed().claims[number]
        if "account-changed" in (*claim.reasons, *clean.reasons):
            continue
        assert (claim.status, claim.entitled, claim.missing, claim.reasons) == (
            clean.status,
            clean.entitled,
            clean.missing,
            clean.reasons,
        )
