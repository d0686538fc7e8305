"""What an officer has before them when they decide.

The claim explained, its reasons, and what either decision would bring about.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence

from msgspec import Struct

from events.message import Message
from services.adjudication.state import State
from services.adjudication.stored_states import read_states
from services.audit_trail.trail import read
from services.benefits.rulebook import Rulebook
from services.explanation.chain import Explanation, explain
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.review.decision import REVIEWED, claim_to_decide
from services.review.four_eyes import may_decide
from services.review.prospect import OpenReasons, Prospect, open_reasons, prospect
from services.runtime.bootstrap import Installation

MOST_WEIGHED = 1000
"""Of so many claims at a time it is worked out what hangs on them."""


class DecisionBrief(Struct, frozen=True):
    """A claim before it is decided, as it is at ``position`` of its ``partition``.

    ``approval`` lifts the reasons that were chosen, else every open one; both prospects are None where nothing is to
    be decided. ``on_their_way`` are decisions on this state that intake has received, ``reviewers`` the agencies that
    may send one. ``against`` is why the officer who looks may not decide it.
    """

    claim: str
    partition: int
    position: int
    told: Explanation | None
    stands: OpenReasons
    approval: Prospect | None
    denial: Prospect | None
    on_their_way: tuple[str, ...]
    reviewers: tuple[str, ...]
    against: Message | None = None


async def brief(
    installation: Installation, number: str, lifts: Sequence[str] | None = None, officer: str = ""
) -> DecisionBrief | None:
    """Return what is to be known before a claim is decided; None where there is nothing to decide of that number."""
    decidable = await claim_to_decide(installation, number)
    if decidable is None:
        return None
    rulebook, now, open_reasons_now = installation.rulebook, installation.clock(), decidable.stands
    lifted = (
        open_reasons_now.liftable
        if lifts is None
        else tuple(code for code in lifts if code in open_reasons_now.liftable)
    )
    open_to = bool(open_reasons_now.liftable) or open_reasons_now.outcome == "denied"
    agencies = await installation.registry.agencies()
    trail = await read(installation) if officer else []
    return DecisionBrief(
        claim=number,
        partition=decidable.context.partition,
        position=decidable.position,
        told=explain(decidable.state, number, decidable.context.rulebook),
        stands=open_reasons_now,
        approval=prospect(decidable.state, number, rulebook, "approve", lifted, now) if open_to else None,
        denial=prospect(decidable.state, number, rulebook, "deny", lifted, now) if open_to else None,
        on_their_way=decidable.on_their_way,
        reviewers=tuple(one.name for one in agencies if REVIEWED in one.types),
        against=may_decide(installation, trail, decidable.context, number, officer) if officer else None,
    )


async def at_stake(installation: Installation, claims: Sequence[str]) -> dict[str, int | None]:
    """Return by claim what may leave once every open reason is approved; None where that does not make it due.

    Only of the first ``MOST_WEIGHED``; those of which nobody knows the person are left out.
    """
    numbers = list(claims[:MOST_WEIGHED])
    routes = await Routes(installation.core).look(numbers)
    people: dict[int, dict[str, str]] = {}
    for number, route in zip(numbers, routes, strict=True):
        if route.person:
            partition = partition_of(route.person, installation.ledger.partitions)
            people.setdefault(partition, {})[number] = route.person
    amounts: dict[str, int | None] = {}
    for partition, persons in people.items():
        states = await read_states(installation.ledger, partition, sorted(set(persons.values())))
        claim_states = {number: states[person] for number, person in persons.items() if person in states}
        amounts |= await asyncio.to_thread(
            _amounts, claim_states, installation.rulebook, installation.clock()
        )
    return amounts


def _amounts(states: Mapping[str, State], rulebook: Rulebook, now: dt.datetime) -> dict[str, int | None]:
    return {number: _amount(state, number, rulebook, now) for number, state in states.items()}


def _amount(state: State, number: str, rulebook: Rulebook, now: dt.datetime) -> int | None:
    reasons = open_reasons(state, number, rulebook, now)
    if reasons is None or not reasons.liftable:
        return None
    effect = prospect(state, number, rulebook, "approve", reasons.liftable, now)
    return effect.leaves if effect.outcome == "due" else None
