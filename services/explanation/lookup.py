"""The state of the person whose claim it is: as stored, or as it stood at an earlier moment of the ledger."""

from __future__ import annotations

import datetime as dt
from typing import TypeAlias

from events.catalogue import AgencyEvent, decode
from events.payment import PaymentReleased
from events.upcast import upcast
from services.adjudication.decider import advance, decode_state, initial
from services.adjudication.state import State
from services.benefits.rulebook import Rulebook
from services.ledger.keys import partition_of
from services.ledger.protocol import Ledger
from services.ledger.routes import Routes

AsOf: TypeAlias = int | dt.datetime | None
"""A position of the claim's partition, an instant of recording, or None for now."""


async def state_of(
    routes: Routes, ledger: Ledger, number: str, rulebook: Rulebook, as_of: AsOf = None
) -> State | None:
    """Return what is known and was said about the person of a claim; None for a number that nobody has filed.

    At an earlier moment the person's events up to then are decided again, by ``rulebook``.
    """
    (route,) = await routes.look([number])
    if not route.person:
        return None
    partition = partition_of(route.person, ledger.partitions)
    (stored,) = await ledger.states(partition, [route.person])
    if stored is None:
        return None
    state = decode_state(stored)
    return state if as_of is None else await _earlier(ledger, partition, state, rulebook, as_of)


async def _earlier(
    ledger: Ledger, partition: int, now: State, rulebook: Rulebook, as_of: int | dt.datetime
) -> State:
    positions = [fact.position for fact in (*now.facts, *now.waiting)]
    bodies = {entry.position: entry.body for entry in await ledger.entries(partition, positions)}
    for number in now.claims:
        bodies |= {entry.position: entry.body for entry in await ledger.history(partition, number)}
    state = initial()
    for position in sorted(bodies):
        event = decode(upcast(bodies[position]))
        recorded = event.recordedtime
        late = position > as_of if isinstance(as_of, int) else not recorded or recorded > as_of
        if late:
            break
        if isinstance(event, AgencyEvent | PaymentReleased):
            state, _ = advance(state, event, rulebook)
    return state
