"""Outcomes: what Kelambu concluded about a claim, told to the agency that filed it."""

from __future__ import annotations

from collections.abc import Sequence

from services.ledger.edge import Edge, Outcome
from services.ledger.routes import Routes


async def publish(routes: Routes, edge: Edge, outcomes: Sequence[Outcome]) -> int:
    """Put outcomes into the streams of those who filed the claims, in this order; returns how many were put.

    May be repeated: partition and position of an outcome tell an agency that it has read it before.
    """
    claims = sorted({outcome.claim for outcome in outcomes})
    found = await routes.look(claims)
    filers = {claim: route.agency for claim, route in zip(claims, found, strict=True) if route.agency}
    told = [(filers[outcome.claim], outcome) for outcome in outcomes if outcome.claim in filers]
    await edge.tell(told)
    return len(told)
