"""The claims that never were complete, behind their figure.

Whose turn it is, since when, and what is missing, the oldest first.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct
from sqlalchemy import Select, func

from projections.payments import phase_table
from projections.store import View
from services.exceptions.deadlines import ANYWHERE, By, Place, of_filed
from services.exceptions.groups import belonging_claims

Turn: TypeAlias = Literal["all", "family", "office", "both", "ended"]
TURNS: tuple[Turn, ...] = get_args(Turn)
"""Whose turn it may be, or anybody's; ``ended`` where the claim was decided without being complete."""


class Waits(Struct, frozen=True):
    """Which claims are listed on a day: those of a turn (None: of any) and of a group. None does not narrow."""

    on: dt.date
    turn: str | None = None
    by: By = "programme"
    group: str | None = None
    place: Place = ANYWHERE


class ClaimWait(Struct, frozen=True):
    """A claim that never was complete.

    Whose ``turn`` it is since a day, and for how many days its family has waited since filing. ``days`` go until
    ``on``; of one that was decided without being complete, until that day.
    """

    claim: str
    turn: str
    missing: tuple[str, ...]
    filed_on: str
    since: str
    days: int
    agency: str
    programme: str
    district: str


class _Row(Struct, frozen=True):
    claim: str
    turn: str
    missing: tuple[str, ...]
    filed_on: str
    since: str
    agency: str
    programme: str
    district: str


def wait_count(view: View, sought: Waits) -> int:
    """Return how many there are."""
    query = _narrowed(view, sought).with_only_columns(func.count())
    return sum(int(number or 0) for (number,) in view.rows(query))


def list_waits(view: View, sought: Waits, first: int = 0, count: int | None = None) -> list[ClaimWait]:
    """Return so many of them from one on, the one that was filed first before all others."""
    phases = phase_table(view)
    belonging = belonging_claims(view, phases)
    own = (phases.c[name] for name in ("claim", "turn", "filed_on", "since"))
    query = _narrowed(view, sought).with_only_columns(
        *own, belonging.claims.c.missing, *belonging.columns.values()
    )
    query = query.order_by(phases.c.filed_on, phases.c.claim).offset(first or None).limit(count)
    return [_wait(row, sought.on) for row in view.read(query, _Row)]


def _narrowed(view: View, sought: Waits) -> Select[Any]:
    phases = phase_table(view)
    query, group = of_filed(view, phases, sought.by, sought.place)
    query = query.where(phases.c.complete_on == "")
    if sought.turn is not None:
        query = query.where(phases.c.turn == sought.turn)
    return query if sought.group is None else query.where(group == sought.group)


def _wait(row: _Row, on: dt.date) -> ClaimWait:
    until = dt.date.fromisoformat(row.since) if row.turn == "ended" else on
    return ClaimWait(
        claim=row.claim,
        turn=row.turn,
        missing=row.missing,
        filed_on=row.filed_on,
        since=row.since,
        days=max(0, (until - dt.date.fromisoformat(row.filed_on)).days),
        agency=row.agency,
        programme=row.programme,
        district=row.district,
    )
