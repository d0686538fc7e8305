"""What an award cites, held against what it says: the cited facts give it, and none of them can be taken away."""

from __future__ import annotations

import json
import os
from collections.abc import Collection
from typing import TypeAlias

from hypothesis import HealthCheck, settings
from msgspec.structs import replace

from events.assessment import Basis
from events.catalogue import AnyFact
from events.retraction import Retracted
from services.adjudication.replay import Replay
from services.adjudication.state import State
from services.benefits.assess import assess
from services.benefits.award import Award
from services.benefits.citation import Citation
from services.benefits.history import History
from services.benefits.rulebook import Rulebook
from tests.lives import Data

CITED_LIVES = int(os.environ.get("CITED_LIVES", "60"))
"""Lives drawn for each property of what is cited."""

cited_lives = settings(
    max_examples=CITED_LIVES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

Said: TypeAlias = tuple[object, ...]


def known(state: State) -> tuple[AnyFact, ...]:
    """Every fact by which a person's claims are judged."""
    return state.facts if History(state.facts).enrolled else (*state.facts, *state.waiting)


def cited(state: State, number: str, rulebook: Rulebook) -> Award:
    """The award of a claim as it stands, with all that it rests on."""
    orders = {claim: record.orders for claim, record in state.claims.items()}
    return Citation(History(known(state)), number, rulebook, orders).award


def said(award: Award) -> Said:
    """What is told to people: lines with their formulas, what is missing, the reasons."""
    lines = tuple(replace(line, inputs=()) for line in award.lines)
    reasons = tuple(replace(reason, inputs=()) for reason in award.reasons)
    return (award.outcome, award.programme, award.event_date, lines, award.missing, reasons, award.counted)


def figures(basis: Basis) -> Basis:
    """The counts of months, what was lifted, and what other claims were asked."""
    return replace(basis, facts=(), orders=())


def from_these(
    state: State, number: str, rulebook: Rulebook, refs: Collection[str], orders: Collection[str]
) -> Award | None:
    """The award that these facts and orders alone give; None where the filing is not among them."""
    history = History([fact for fact in known(state) if fact.ref in refs])
    left = {
        claim: [order for order in record.orders if order.order in orders]
        for claim, record in state.claims.items()
    }
    return assess(history, number, rulebook, left) if number in history.claims else None


def assert_cited_suffices(state: State, number: str, rulebook: Rulebook, award: Award) -> None:
    """Only the cited facts: the same lines, missing documents and reasons, and nothing is named that is not cited."""
    basis = award.basis
    again = from_these(state, number, rulebook, basis.facts, basis.orders)
    assert again is not None
    assert (said(again), figures(again.basis)) == (said(award), figures(basis))
    now = assess(
        History(known(state)), number, rulebook, {claim: r.orders for claim, r in state.claims.items()}
    )
    assert said(now) == said(award)
    named = {ref for line in award.lines for ref in line.inputs}
    named |= {ref for reason in award.reasons for ref in reason.inputs}
    assert named <= set(basis.facts)
    assert len(set(basis.facts)) == len(basis.facts)


def assert_cited_matters(state: State, number: str, rulebook: Rulebook, award: Award) -> None:
    """Without any one of them the award says something else, or counts, lifts or asks something else.

    A retraction is cited with what it takes back, which without the other means nothing; an order may be cited because
    without it a retraction would not matter.
    """
    basis = award.basis
    facts = {fact.ref: fact for fact in known(state)}
    taken_back = {fact.target for ref in basis.facts if isinstance(fact := facts[ref], Retracted)}
    for ref in basis.facts:
        if ref in taken_back:
            continue
        rest = [one for one in basis.facts if one != ref]
        other = from_these(state, number, rulebook, rest, basis.orders)
        if other is None:
            continue
        assert (said(other), figures(other.basis)) != (said(award), figures(basis)), ref
        if said(other) == said(award):
            assert any(one.paid_months or one.lifted or one.asked for one in (basis, other.basis)), ref
    retractions = [ref for ref in basis.facts if isinstance(facts[ref], Retracted)]
    sets = [basis.facts, *([ref for ref in basis.facts if ref != left_out] for left_out in retractions)]

    def all_said(orders: Collection[str]) -> list[object]:
        awards = [from_these(state, number, rulebook, refs, orders) for refs in sets]
        return [one and (said(one), figures(one.basis)) for one in awards]

    for order in basis.orders:
        assert all_said([one for one in basis.orders if one != order]) != all_said(basis.orders), order


def assert_replay_of_cited(documents: list[Data], book: Replay, number: str, award: Award) -> None:
    """The documents cited, sent through ``kelambu replay``: the same claim, unless an order was asked about."""
    if award.basis.orders:
        return
    alone = Replay(book.rulebook)
    for document in documents:
        if ref_of(document) in award.basis.facts:
            alone.take(encoded(document))
    state = alone.state_of(number)
    assert state is not None
    history = History(known(state))
    orders = {claim: record.orders for claim, record in state.claims.items()}
    assert said(assess(history, number, book.rulebook, orders)) == said(award)


def ref_of(document: Data) -> str:
    """The reference by which a document is cited."""
    return f"{str(document['source']).removeprefix('/agencies/')}:{document['id']}"


def encoded(document: Data) -> bytes:
    """The document as it is sent."""
    return json.dumps(document).encode()


def hold(book: Replay) -> int:
    """Hold every award of everybody in a replay against what it cites; returns how many."""
    held = 0
    for state in book.states.values():
        for number in History(known(state)).claims:
            award = cited(state, number, book.rulebook)
            assert_cited_suffices(state, number, book.rulebook, award)
            assert_cited_matters(state, number, book.rulebook, award)
            held += 1
    return held
