"""From a figure to today's: the claims of its own question that moved, and by how much each moved it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from typing import TypeAlias

from msgspec import Struct
from msgspec.structs import asdict

from projections import claim_counts, claim_search, claims
from projections.claim_search import ClaimSearch
from projections.store import View
from services.audit_trail.records import FigureRecorded
from services.exceptions.listing import Sought, exception_lines
from services.figures.totals import Totals, claims_sought, sums_totals

OF_NO_CLAIM = frozenset(("coverage", "agencies", "agency report", "recall", "sql"))
"""Queries that add up no claims, or do not say which."""
_NARROWS = ("district", "agency", "programme")
_AT_ONCE = 20_000

Shares: TypeAlias = Mapping[str, Totals]
"""By claim what it adds to a figure; nothing is said of what cannot be told claim by claim."""


class FigureClaim(Struct, frozen=True):
    """A claim that moved a figure. ``movement`` is by how much, empty where the figure is no sum over claims."""

    claim: str
    movement: Totals


def shares(view: View, figure: FigureRecorded) -> Shares | None:
    """Return the claims that a figure is asked of in this book, with what each adds to it.

    None where that is all of them.
    """
    parameters = figure.parameters
    if figure.query in OF_NO_CLAIM:
        return {}
    if figure.query == "claims" and parameters:
        return dict(_sought(view, claims_sought(parameters)))
    if figure.query == "exceptions":
        sought = Sought(**{name: value for name, value in parameters.items() if name != "on"})
        lines = exception_lines(view, dt.date.fromisoformat(parameters["on"]), sought)
        return {line.claim: {} for line in lines if line.claim}
    if number := parameters.get("claim"):
        row = claims.claim(view, number)
        return {number: sums_totals(row.sums) if row and figure.query == "claim" else {}}
    if parameters.keys().isdisjoint(_NARROWS):
        return None
    district, agency, programme = map(parameters.get, _NARROWS)
    rows = claims.claims(view, district=district, agency=agency, programme=programme)
    return {row.claim: {} for row in rows}


def _sought(view: View, search: ClaimSearch) -> Iterator[tuple[str, Totals]]:
    count, last = claim_counts.count(view, search).claims, None
    while rows := claim_search.page(view, search, total=count, limit=_AT_ONCE, after=last):
        for row in rows:
            yield row.claim, {"claims": 1, **asdict(row.sums)}
        last = rows[-1].claim


def moved_claims(then: Shares | None, now: Shares | None, moved: Collection[str]) -> tuple[FigureClaim, ...]:
    """Return by number the claims of a figure's question that ``moved`` in between, and those whose share is another.

    A claim of which the figure was not asked then added nothing then; so it is with now.
    """
    if then is None or now is None:
        return tuple(FigureClaim(claim, {}) for claim in sorted(moved))
    differences = (
        FigureClaim(claim, difference(then.get(claim, {}), now.get(claim, {})))
        for claim in sorted(then.keys() | now.keys())
    )
    return tuple(one for one in differences if any(one.movement.values()) or one.claim in moved)


def difference(before: Totals, after: Totals) -> Totals:
    """Return what leads from sums to later ones, by name."""
    return {name: after.get(name, 0) - before.get(name, 0) for name in {**before, **after}}
