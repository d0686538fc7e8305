"""Whom and what an answer is about: by that an audit's scope judges it."""

from __future__ import annotations

from collections.abc import Iterable

from projections.as_of import NOW
from projections.claims import ClaimRow
from services.audit_trail.records import Concerns
from services.book.person import file_of, recorded_of
from services.ledger.claim_routes import Routes
from services.runtime.bootstrap import Installation


def concerning(rows: Iterable[ClaimRow], district: str | None = None) -> Concerns:
    """Return whom and what an answer about these claims is about; ``district`` is that of their person where it is known."""
    claims = list(rows)
    values_of: dict[str, set[str | None]] = {
        "district": {row.district for row in claims} | {district},
        "agency": {row.agency or None for row in claims},
        "filed_on": {row.filed_on or None for row in claims},
    }
    known = {name: tuple(sorted(value for value in values if value)) for name, values in values_of.items()}
    return {name: values for name, values in known.items() if values}


async def concerning_claim(installation: Installation, number: str, engagement: str) -> Concerns:
    """Return whom and what an answer about a claim is about; nothing where no engagement is named that it is judged by."""
    if not engagement:
        return {}
    (route,) = await Routes(installation.core).look([number])
    if not route.person:
        return {}
    entries = await recorded_of(installation.ledger, route.person)
    found = file_of(route.person, entries, NOW)
    return concerning(row for row in found.claims if row.claim == number)
