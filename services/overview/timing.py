"""When money reached people.

What the bank paid in each month, and how long each district waited against the legal day.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from sqlalchemy import case, func, or_, select

from projections import payments
from projections.claims import claim_table
from projections.columns import total
from projections.store import View
from services.exceptions.deadlines import Days, Deadlines

UNKNOWN = "?"
"""The group of claims of which nobody knows it."""


class PaidMonth(Struct, frozen=True):
    """What the bank reports of one month by its own dates: how many payments and returns, and the rupiah of each.

    ``paid`` is of the month in which it was paid, ``returned`` of that in which it came back; ``net`` is the one less
    the other, so less than 0 where more came back than was paid. A transfer that failed is none of both. Over all
    months ``net`` is what the bank paid of all claims.
    """

    month: str
    payments: int
    paid: int
    returns: int
    returned: int
    net: int


class PaidDistrictMonth(Struct, frozen=True):
    """What ``PaidMonth`` says, of the claims of one district."""

    district: str
    month: str
    payments: int
    paid: int
    returns: int
    returned: int
    net: int


class DistrictTime(Struct, frozen=True):
    """The standing orders of one district against their legal day, and the days from the order to its payment.

    Each order is in one of ``in_time``, ``late``, ``overdue``, ``to_come`` and ``held``, as ``deadlines`` has it;
    ``late_days`` is the median of those late or overdue, ``payment_days`` that of the claims that were paid.
    """

    district: str
    orders: int
    in_time: int
    late: int
    overdue: int
    to_come: int
    held: int
    overdue_amount: int
    late_days: int
    payment_days: int


def paid_by_district(view: View, first: str, last: str) -> list[PaidDistrictMonth]:
    """Return what the bank paid in each district and month from ``first`` to ``last`` in which it paid or took anything back.

    The district is that of the person of the claim; of claims of which nobody knows it ``UNKNOWN``.
    """
    statements, claims = payments.statement_table(view), claim_table(view)
    month = func.substr(statements.c.date, 1, 7)
    district = func.coalesce(func.nullif(claims.c.district, ""), UNKNOWN)
    paid, came_back = statements.c.kind == "paid", statements.c.undone != 0
    query = (
        select(
            district.label("district"),
            month.label("month"),
            total(case((paid, 1), else_=0)).label("payments"),
            total(case((paid, statements.c.amount), else_=0)).label("paid"),
            total(case((came_back, 1), else_=0)).label("returns"),
            total(statements.c.undone).label("returned"),
            total(case((paid, statements.c.amount), else_=-statements.c.undone)).label("net"),
        )
        .select_from(statements.outerjoin(claims, claims.c.claim == statements.c.claim))
        .where(statements.c.retracted == 0, or_(paid, came_back), month >= first, month <= last)
        .group_by(district, month)
        .order_by(district, month)
    )
    return view.read(query, PaidDistrictMonth)


def by_month(district_months: Iterable[PaidDistrictMonth]) -> list[PaidMonth]:
    """Add up all districts of each month."""
    months: dict[str, list[PaidDistrictMonth]] = {}
    for one in district_months:
        months.setdefault(one.month, []).append(one)
    names = PaidMonth.__struct_fields__[1:]
    return [
        PaidMonth(month, *(sum(getattr(one, name) for one in months[month]) for name in names))
        for month in sorted(months)
    ]


def by_district(deadlines: Deadlines) -> Iterable[DistrictTime]:
    """Yield each district of deadlines that are grouped by district."""
    waited = {one.group: one.payment for one in deadlines.phases}
    for one in deadlines.orders:
        if one.group:
            yield DistrictTime(
                one.group,
                one.orders,
                one.in_time,
                one.late,
                one.overdue,
                one.to_come,
                one.held,
                one.overdue_amount,
                one.days.median,
                waited.get(one.group, Days()).median,
            )
