"""What did each agency send, and what became of it?"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from sqlalchemy import select

from events.catalogue import EVENT_TYPES, SHORT_NAMES, type_of
from events.envelope import KELAMBU, agency_of
from events.values import JAKARTA, civil_date
from projections.claim_steps import instant
from projections.columns import table
from projections.event_batch import EventBatch
from projections.projection import Projection, Rows
from projections.store import View


class AtEdge(Struct, frozen=True):
    """Documents of one agency that are in no ledger yet, or never will be.

    ``refused`` are in quarantine, ``waiting`` wait for their claim or person, ``outbox`` were not yet taken up;
    ``lag`` is how many seconds the oldest of those has been there.
    """

    refused: int = 0
    waiting: int = 0
    outbox: int = 0
    lag: float = 0.0


class EdgeView(Protocol):
    """What only the edge knows, now; no ledger has it."""

    async def at_edge(self) -> Mapping[str, AtEdge]:
        """Return the numbers of each registered agency."""
        ...


class AgencyRow(Struct, frozen=True):
    """One agency. ``sent`` is everything else added up; instants are when Kelambu recorded."""

    agency: str
    sent: int
    admitted: int
    refused: int
    waiting: int
    outbox: int
    lag: float
    first_at: str
    last_at: str


class Sort(Struct, frozen=True):
    """How many events of one type an agency had admitted."""

    agency: str
    type: str
    admitted: int
    first_at: str
    last_at: str


class MonthSort(Struct, frozen=True):
    """How many events of one type of an agency were recorded in a month ``YYYY-MM``, in Jakarta."""

    agency: str
    type: str
    month: str
    admitted: int


_ADMITTED = table("agencies", Sort, key=("agency", "type"), first=("first_at",), last=("last_at",))
_MONTH = table("agencies_month", MonthSort, key=("agency", "type", "month"))


def _apply(rows: Rows, batch: EventBatch) -> None:
    moments_by_kind = {
        (agency_of(source), SHORT_NAMES[EVENT_TYPES[type_of(kind)]]): moments
        for (source, kind), moments in batch.sent.items()
        if source != KELAMBU
    }
    rows.add(
        _ADMITTED,
        [
            Sort(agency, kind, len(moments), instant(min(moments)), instant(max(moments)))
            for (agency, kind), moments in moments_by_kind.items()
        ],
    )
    rows.add(
        _MONTH,
        [
            MonthSort(agency, kind, month, admitted)
            for (agency, kind), moments in moments_by_kind.items()
            for month, admitted in _by_month(moments).items()
        ],
    )


def _by_month(moments: Sequence[dt.datetime]) -> Mapping[str, int]:
    """Count moments by their month: each month begins somewhere among them in their order."""
    ordered, counts, at = sorted(moments), dict[str, int](), 0
    while at < len(ordered):
        day = civil_date(ordered[at])
        month_after = dt.datetime(day.year + day.month // 12, day.month % 12 + 1, 1, tzinfo=JAKARTA)
        following = bisect_left(ordered, month_after, at)
        counts[day.isoformat()[:7]] = following - at
        at = following
    return counts


AGENCIES = Projection("agencies", 2, (_ADMITTED, _MONTH), _apply)


def admitted(view: View) -> list[Sort]:
    """Return what each agency had admitted, by agency and type."""
    table = view.table(AGENCIES, _ADMITTED)
    return view.read(select(table).order_by(table.c.agency, table.c.type), Sort)


def by_month(view: View, agency: str) -> list[MonthSort]:
    """Return what one agency had admitted, by type and month."""
    table = view.table(AGENCIES, _MONTH)
    query = select(table).where(table.c.agency == agency)
    return view.read(query.order_by(table.c.type, table.c.month), MonthSort)


def agencies(view: View, at_edge: Mapping[str, AtEdge]) -> list[AgencyRow]:
    """Return one row for each agency that has anything admitted or is ``at_edge``, by name."""
    sorts: dict[str, list[Sort]] = {name: [] for name in sorted(at_edge)}
    for sort in admitted(view):
        sorts.setdefault(sort.agency, []).append(sort)
    rows = []
    for name, own in sorted(sorts.items()):
        edge, count = at_edge.get(name, AtEdge()), sum(sort.admitted for sort in own)
        rows.append(
            AgencyRow(
                agency=name,
                sent=count + edge.refused + edge.waiting + edge.outbox,
                admitted=count,
                refused=edge.refused,
                waiting=edge.waiting,
                outbox=edge.outbox,
                lag=edge.lag,
                first_at=min((sort.first_at for sort in own), default=""),
                last_at=max((sort.last_at for sort in own), default=""),
            )
        )
    return rows
