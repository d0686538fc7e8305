"""What of each agency stands at the edge: documents that no ledger has, which only the server knows."""

from __future__ import annotations

import datetime as dt

from projections.agencies import AtEdge
from services.ledger import backlog
from services.ledger.edge import Edge
from services.ledger.quarantine import QuarantineStore
from services.ledger.reservations import Reservations
from services.runtime.bootstrap import Installation


async def at_edge(installation: Installation) -> dict[str, AtEdge]:
    """Count what of each agency is not in the ledger: refused for ever, waiting, or not taken up yet."""
    edge, quarantine, taken = (
        Edge(installation.edge),
        QuarantineStore(installation.core),
        Reservations(installation.core),
    )
    waiting = await backlog.waiting_by_agency(installation.core)
    found: dict[str, AtEdge] = {}
    for agency in await installation.registry.agencies():
        count, since = await edge.backlog(agency.name)
        lag = max(0.0, (dt.datetime.now(dt.UTC) - since).total_seconds()) if since else 0.0
        found[agency.name] = AtEdge(
            refused=await quarantine.count(agency.name),
            waiting=waiting[agency.name],
            outbox=count + await taken.backlog(agency.name),
            lag=round(lag, 1),
        )
    return found
