"""How does the programme stand? The summary that a regent asks for."""

from __future__ import annotations

from msgspec import Struct

from projections.claims import Group, Pace, groups, pace
from projections.participants import coverage
from projections.payments import Totals, totals
from projections.store import View


class Summary(Struct, frozen=True):
    """Participants and coverage of one month; claims by status and programme; orders, rupiah and days."""

    month: str
    participants: int
    covered: int
    claims: int
    groups: tuple[Group, ...]
    entitled: int
    ordered: int
    paid: int
    payments: Totals
    pace: Pace


def summary(view: View, month: str) -> Summary:
    """Return the standing of the programme, with the coverage of ``month`` (``YYYY-MM``)."""
    cover = coverage(view, "month", month, month)
    by_group = tuple(groups(view))
    return Summary(
        month=month,
        participants=sum(c.participants for c in cover),
        covered=sum(c.covered for c in cover),
        claims=sum(group.claims for group in by_group),
        groups=by_group,
        entitled=sum(group.entitled for group in by_group),
        ordered=sum(group.ordered for group in by_group),
        paid=sum(group.paid for group in by_group),
        payments=totals(view),
        pace=pace(view),
    )
