"""The claims behind the days of an agency that acted.

Each with its phase, from which day to which, the longest first.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, and_, func, select

from projections.columns import total, unindexed
from projections.payments import acted_table
from projections.store import View
from services.exceptions.deadlines import ANYWHERE, Phase, Place, within
from services.exceptions.groups import belonging_claims

NO_AGENCY = "?"
"""How days are asked for that no agency's act ended."""


class Acts(Struct, frozen=True):
    """Whose acts are asked about, in which phase (None: in any), and of claims that belong where."""

    acts: str
    phase: Phase | None = None
    place: Place = ANYWHERE

    @property
    def agency(self) -> str:
        """The agency as the read model has it."""
        return "" if self.acts == NO_AGENCY else self.acts


class ActTotals(Struct, frozen=True):
    """How many phases of claims there are, and their days."""

    phases: int
    days: int


class ClaimAct(Struct, frozen=True):
    """A phase of a claim and its days that ended with an act of the agency; see ``projections.phases.ActedRow``.

    ``agency`` filed the claim; it, ``programme`` and ``district`` are empty where nobody knows them.
    """

    claim: str
    phase: str
    since: str
    until: str
    days: int
    agency: str
    programme: str
    district: str


def act_totals(view: View, sought: Acts) -> ActTotals:
    """Return how many there are, and their days: those of ``ActingAgency``."""
    acts = acted_table(view)
    sums = [func.count().label("phases"), total(acts.c.days).label("days")]
    (totals,) = view.read(_narrowed(view, acts, sought, sums), ActTotals)
    return totals


def list_acts(
    view: View, sought: Acts, number: int, first: int = 0, count: int | None = None
) -> list[ClaimAct]:
    """Return so many of the ``number`` that there are from one on, the most days first; found from the nearer end."""
    count = max(0, number - first if count is None else min(count, number - first))
    acts, at_end = acted_table(view), first > number // 2
    key = [acts.c[name] for name in ("days", "claim", "phase")]
    order = key if sought.phase is None else key[:-1]
    keys = _narrowed(view, acts, sought, key)
    keys = keys.order_by(*(part if at_end else part.desc() for part in order))
    page = keys.offset(number - first - count if at_end else first).limit(count).subquery()
    at_same_place = and_(acts.c.agency == sought.agency, *(part == page.c[part.name] for part in key))
    joined, _, columns = belonging_claims(view, acts)
    acts_columns = (acts.c[name] for name in ("claim", "phase", "since", "until", "days"))
    query = select(*acts_columns, *columns.values()).select_from(joined.join(page, at_same_place))
    return view.read(query.order_by(*(part.desc() for part in page.c)), ClaimAct)


def _narrowed(view: View, acts: Table, sought: Acts, columns: list[Any]) -> Select[Any]:
    """Ask only for what is meant; of a district beginning with its claims, else along the days of the agency."""
    agency: ColumnElement[str] = acts.c.agency
    phase: ColumnElement[str] = acts.c.phase
    if sought.place != ANYWHERE:
        phase = unindexed(phase)
    if sought.place.district is not None:
        agency = unindexed(agency)
    query = select(*columns).where(agency == sought.agency)
    if sought.phase is not None:
        query = query.where(phase == sought.phase)
    if sought.place == ANYWHERE:
        return query
    belonging = belonging_claims(view, acts)
    return query.select_from(belonging.joined).where(*within(belonging, sought.place))
