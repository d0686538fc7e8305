"""``agencies``: what each agency sent, and what became of it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from projections.agencies import AgencyRow, AtEdge, admitted
from projections.agencies import agencies as sent_by
from services.cli.exit_codes import OK
from services.cli.opening import with_installation
from services.cli.output import show_json, show_table
from services.cli.read_models import read_models
from services.cli.render.terms import moment, number
from services.ledger import backlog
from services.ledger.edge import Edge
from services.ledger.quarantine import QuarantineStore
from services.ledger.reservations import Reservations
from services.runtime.bootstrap import Installation


def agencies(*, json: bool = False, data: Path | None = None) -> int:
    """Show what each agency sent: admitted into the ledger, refused, waiting, and not yet taken up.

    ``--json`` has the admitted events by type too.
    """
    at_edge = with_installation(data, _at_edge)
    with read_models(data) as view:
        found, sorts = sent_by(view, at_edge), admitted(view)
    if json:
        show_json({"agencies": found, "types": sorts})
    else:
        show_table(
            found,
            ("column.agency", lambda one: one.agency, "left"),
            ("traffic.sent", lambda one: number(one.sent), "right"),
            ("traffic.admitted", lambda one: number(one.admitted), "right"),
            ("traffic.refused", lambda one: number(one.refused), "right"),
            ("traffic.waiting", lambda one: number(one.waiting), "right"),
            ("traffic.outbox", lambda one: number(one.outbox), "right"),
            ("traffic.last", _last, "left"),
        )
    return OK


async def _at_edge(installation: Installation) -> dict[str, AtEdge]:
    """Count what is not in the ledger: refused for ever, waiting, or not taken up yet."""
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


def _last(one: AgencyRow) -> str:
    return moment(dt.datetime.fromisoformat(one.last_at)) if one.last_at else ""
