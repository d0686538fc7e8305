"""The scholarship of every child, of a whole installation or one claim, and what all of them may still cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from msgspec import Struct

from projections.as_of import AsOf
from services.adjudication.decider import State, decode_state
from services.benefits.history import History
from services.benefits.rulebook import Rulebook
from services.benefits.scholarship_balance import ChildLedger, school_ledger
from services.book.cut import Cut, cut_within
from services.explanation.lookup import Lookup
from services.ledger import snapshot as snapshots
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.runtime.bootstrap import Installation


class ScholarshipSums(Struct, frozen=True):
    """Rupiah of all children: confirmed, paid, and at most still to come (``future``)."""

    children: int
    confirmed: int
    paid: int
    future: int


def scholarship_sums(children: Iterable[ChildLedger]) -> ScholarshipSums:
    """Add up what was confirmed and paid, and what may still come."""
    every = list(children)
    return ScholarshipSums(
        children=len(every),
        confirmed=sum(child.confirmed for child in every),
        paid=sum(child.paid for child in every),
        future=sum(child.future for child in every),
    )


def scholarships_in(states: Iterable[State], rules: Rulebook, on: dt.date) -> list[ChildLedger]:
    """Return the scholarships that the claims of these persons have opened, as they are on a day."""
    return [
        child
        for state in states
        if state.claims
        for child in school_ledger(
            History(state.facts), rules, {name: record.orders for name, record in state.claims.items()}, on
        )
    ]


async def every_scholarship(installation: Installation, on: dt.date) -> tuple[list[ChildLedger], Cut]:
    """Return every child's scholarship, and up to where the book is known; reads the state of each person."""
    ledgers: list[ChildLedger] = []
    positions: list[int] = []
    for partition in range(installation.ledger.partitions):
        snapshot = await snapshots.take(installation.core, partition)
        states = map(decode_state, snapshot.states.values())
        ledgers += scholarships_in(states, installation.rulebook, on)
        positions.append(snapshot.head.position)
    return ledgers, Cut(tuple(positions))


async def scholarships_of_claim(
    installation: Installation, claim: str, on: dt.date
) -> tuple[list[ChildLedger], Cut] | None:
    """Return the scholarships of one claim's person as known at a cut; None where nobody has filed it."""
    ledger, rules = installation.ledger, installation.rulebook
    lookup = Lookup(Routes(installation.core), ledger, {}, rules)
    partition = partition_of(await lookup.person(claim), ledger.partitions)
    last = (await ledger.head(partition)).position
    context = await lookup.find(claim, AsOf(last))
    if context is None:
        return None
    cut = cut_within(partition, last, ledger.partitions)
    return scholarships_in([context.state], rules, on), cut
