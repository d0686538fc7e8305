"""The whole programme in one answer: cover against its target, claims and money in groups, time, and debts.

Every figure is that of the command for it alone: ``coverage``, ``claims``, ``deadlines`` and ``payments sums``.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias, cast

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, FromClause, Select, Text, case, func, or_, select
from sqlalchemy import cast as cast_to

from events.values import civil_date
from projections import payments
from projections.agencies import admitted
from projections.claim_status import UNDECIDED
from projections.claims import claim_groups, claim_table
from projections.columns import total
from projections.participants import Dimension, coverage, last_paid_month, people
from projections.payment_rows import OrderRow
from projections.store import View
from projections.sums import Sums, added, covered, reconcile
from services.exceptions.deadlines import Days, OrderDeadlines, deadlines
from services.overview.programme import RegencyProgramme
from services.overview.timing import (
    UNKNOWN,
    DistrictTime,
    PaidDistrictMonth,
    PaidMonth,
    by_district,
    by_month,
    paid_by_district,
)

Grouping: TypeAlias = Literal[
    "month", "district", "district-month", "benefit", "programme", "agency", "decile", "sector", "sponsor"
]
"""How claims are grouped: by the month of filing, by what is stated of their persons last, by what they are for.

A group of two is written ``16.06.01/2025-03``.
"""

NOT_DUE = "not-due"
"""Among benefits the group of money on claims to which nothing is due now, or that no order in force covers."""
OF_PARTICIPANTS: tuple[Dimension, ...] = ("month", "district", "decile", "sector", "sponsor")
"""The groupings in which there are participants too."""
_OF_PERSONS = ("decile", "sector", "sponsor")
"""Those of which claims that are alike are not counted as they change: the claims are walked."""


class DecileCover(Struct, frozen=True):
    """One decile in the last month; ``target`` is whom the programme means to insure."""

    decile: str
    target: int
    participants: int
    covered: int


class ProgrammeCover(Struct, frozen=True):
    """Participants in the last month, and those of them for whom it is paid, against everybody who is to be insured.

    ``month`` is the last month of the period that is paid for anybody, or its last where none is: of later ones nobody
    knows yet what is paid. ``unpaid_months`` are months of participants from the first month until then for which
    nothing is paid.
    """

    month: str
    target: int
    participants: int
    covered: int
    unpaid_months: int
    deciles: tuple[DecileCover, ...]


class OverviewGroup(Struct, frozen=True):
    """One group. Participants are those of the month of the cover, of a month its own; None where there are none.

    Claims are those that were filed in the period. Of a benefit what is overpaid is None: it is a payee's.
    """

    group: str
    participants: int | None
    covered: int | None
    claims: int
    entitled: int
    ordered: int | None
    paid_by_bank: int | None
    overpaid: int | None


class BenefitOpen(Struct, frozen=True):
    """What of one benefit is ordered and not paid yet, in rupiah."""

    benefit: str
    open: int


class WholeBook(Struct, frozen=True):
    """How many claims were filed in the whole book, and the first and the last month of it.

    Empty where there was nothing. The months are those in which a claim was filed, an order made, released or
    cancelled, or money paid, returned or not transferred by the bank's own dates.
    """

    first: str
    last: str
    claims: int


class Overview(Struct, frozen=True):
    """How the programme stands. ``first`` and ``last`` are months; ``claims`` and ``sums`` are of those filed in them.

    ``every`` is the whole book, of which other months may tell too.

    ``pending`` left for the bank on claims that are not decided; it is overpaid once they are denied.

    ``orders`` are all standing orders against their legal day at the end of the day ``on``; ``ordering`` and
    ``payment`` are the days from completeness to the order and from there to its payment, ``districts`` the same
    orders by district. ``payments`` are by the month in which the bank paid, whenever the claim was filed,
    ``district_payments`` the same by the district of the claim too. ``open`` is what is ordered and not paid, by
    benefit, of all orders.
    """

    on: dt.date
    first: str
    last: str
    by: str
    cover: ProgrammeCover
    claims: int
    every: WholeBook
    statuses: dict[str, int]
    sums: Sums
    pending: int
    groups: tuple[OverviewGroup, ...]
    orders: OrderDeadlines
    ordering: Days
    payment: Days
    districts: tuple[DistrictTime, ...]
    payments: tuple[PaidMonth, ...]
    district_payments: tuple[PaidDistrictMonth, ...]
    open: tuple[BenefitOpen, ...]
    open_total: int

    @property
    def in_part(self) -> bool:
        """Whether there are months of the book before or after those that are asked about."""
        return bool(self.every.first) and (self.first > self.every.first or self.last < self.every.last)


def last_month(view: View, otherwise: dt.date) -> str:
    """Return the last month that is paid for anybody, no later than the last event of an agency; else that of a day."""
    moments = [sort.last_at for sort in admitted(view)]
    recorded = max(moments)[:7] if moments else f"{otherwise:%Y-%m}"
    return last_paid_month(view, recorded) or recorded


def cover_month(view: View, first: str, last: str) -> str:
    """Return the last of these months that is paid for anybody; the last of all where none is."""
    paid = last_paid_month(view, last)
    return paid if paid >= first else last


def a_year_until(last: str) -> str:
    """Return the first of the twelve months that end with this one."""
    year, month = int(last[:4]), int(last[5:])
    return f"{last[:4]}-01" if month == 12 else f"{year - 1:04}-{month + 1:02}"


def days_of(first: str, last: str) -> tuple[dt.date, dt.date]:
    """Return the first day of one month and the last day of another."""
    year, month = int(last[:4]), int(last[5:])
    return dt.date.fromisoformat(f"{first}-01"), dt.date(year, month, calendar.monthrange(year, month)[1])


def overview(
    view: View, programme: RegencyProgramme, on: dt.date, first: str, last: str, by: Grouping = "month"
) -> Overview:
    """Return how the programme is at the end of the day ``on``, with the claims filed in the months ``first`` to ``last``."""
    statuses = _by(view, "status", first, last)
    times = deadlines(view, on, "district")
    unpaid = _open(view)
    paid = paid_by_district(view, first, last)
    sums = added(stand.sums for stand in statuses.values())
    return Overview(
        on=on,
        first=first,
        last=last,
        by=by,
        cover=_cover(view, programme, first, cover_month(view, first, last)),
        claims=sum(stand.claims for stand in statuses.values()),
        every=_every(view),
        statuses={status: stand.claims for status, stand in statuses.items()},
        sums=sums,
        pending=sum(one.released - one.overpaid for one in statuses.values() if one.group in UNDECIDED),
        groups=tuple(_groups(view, by, first, last)),
        orders=times.orders[-1],
        ordering=times.phases[-1].ordering,
        payment=times.phases[-1].payment,
        districts=tuple(by_district(times)),
        payments=tuple(by_month(paid)),
        district_payments=tuple(paid),
        open=tuple(BenefitOpen(benefit, amount) for benefit, amount in sorted(unpaid.items()) if amount),
        open_total=unpaid.total(),
    )


def _open(view: View) -> Counter[str]:
    """Return what is ordered and not paid, by benefit; alike orders of which nothing was paid are added up."""
    orders = payments.order_table(view)
    unpaid = (orders.c.stands == 1) & (orders.c.paid_on == "")
    alike = select(orders.c.benefits, func.count()).where(unpaid, orders.c.paid == 0)
    counts: Counter[str] = Counter()
    for benefits, often in view.rows(alike.group_by(orders.c.benefits)):
        for benefit, amount in _award.decode(str(benefits)).items():
            counts[benefit] += amount * int(often or 0)
    in_part = view.read(select(orders).where(unpaid, orders.c.paid != 0), OrderRow)
    for line in reconcile((), in_part).benefits:
        counts[line.benefit] += line.open
    return counts


def _cover(view: View, programme: RegencyProgramme, first: str, last: str) -> ProgrammeCover:
    months = coverage(view, "month", first, last)
    deciles = {one.group: one for one in coverage(view, "decile", last, last)}
    names = sorted({*programme.target, *deciles}, key=lambda name: name.zfill(2))
    return ProgrammeCover(
        month=last,
        target=programme.everybody,
        participants=months[-1].participants if months else 0,
        covered=months[-1].covered if months else 0,
        unpaid_months=sum(max(0, month.participants - month.covered) for month in months),
        deciles=tuple(
            DecileCover(
                name,
                programme.target.get(name, 0),
                deciles[name].participants if name in deciles else 0,
                deciles[name].covered if name in deciles else 0,
            )
            for name in names
        ),
    )


class _Stand(Struct, frozen=True):
    """The claims of one group: how many, and every sum."""

    group: str
    claims: int = 0
    entitled: int = 0
    ordered: int = 0
    released: int = 0
    paid_by_bank: int = 0
    matched: int = 0
    unmatched: int = 0
    overpaid: int = 0

    @property
    def sums(self) -> Sums:
        return Sums(*(cast("int", getattr(self, name)) for name in Sums.__struct_fields__))


def _by(view: View, by: str, first: str, last: str) -> dict[str, _Stand]:
    """Add up the claims filed in the period; ``by`` is a grouping other than ``benefit``, or ``status``."""
    if by in _OF_PERSONS:
        return _by_person(view, by, first, last)
    names = by.split("-")
    groups = claim_groups(view, by_district="district" in names)
    columns = [case((groups.c[name] == "", UNKNOWN), else_=groups.c[name]) for name in names]
    group = columns[0] if len(columns) == 1 else columns[0] + "/" + columns[1]
    within = (groups.c.month >= first) & (groups.c.month <= last)
    return _stands(view, groups, group, total(groups.c.claims), groups, within)


def _by_person(view: View, by: str, first: str, last: str) -> dict[str, _Stand]:
    claims, persons = claim_table(view), people(view)
    group = func.coalesce(cast_to(persons.c[by], Text), UNKNOWN)
    is_enrolled = (persons.c.person == claims.c.person) & (persons.c.known == 1)
    joined = claims.outerjoin(persons, is_enrolled)
    return _stands(view, claims, group, func.count(), joined, _filed(claims.c.filed_on, first, last))


def _stands(
    view: View,
    source_of_sums: FromClause,
    group: ColumnElement[str],
    claims: ColumnElement[int],
    source: FromClause,
    within: ColumnElement[bool],
) -> dict[str, _Stand]:
    sums = (total(source_of_sums.c[name]).label(name) for name in Sums.__struct_fields__)
    query = select(group.label("group"), claims.label("claims"), *sums).select_from(source)
    rows = view.read(query.where(within).group_by(group), _Stand)
    return {stand.group: stand for stand in sorted(rows, key=lambda stand: stand.group)}


def _every(view: View) -> WholeBook:
    groups, orders, reports = claim_groups(view), payments.order_table(view), payments.statement_table(view)
    filed = select(func.min(groups.c.month), func.max(groups.c.month), total(groups.c.claims))
    ((first, last, claims),) = view.rows(filed.where(groups.c.month != ""))
    dates = select(func.min(reports.c.date), func.max(reports.c.date)).where(reports.c.retracted == 0)
    instants = (orders.c.ordered_at, orders.c.released_at, orders.c.cancelled_at)
    days = [str(day) for row in view.rows(dates) for day in row if day]
    for row in view.rows(select(func.min(orders.c.ordered_at), *(func.max(one) for one in instants))):
        days += [civil_date(dt.datetime.fromisoformat(str(one))).isoformat() for one in row if one]
    months = sorted([*(str(month) for month in (first, last) if month), *(day[:7] for day in days)])
    return WholeBook(*((months[0], months[-1]) if months else ("", "")), int(claims or 0))


def _filed(filed_on: ColumnElement[str], first: str, last: str) -> ColumnElement[bool]:
    since, until = days_of(first, last)
    return (filed_on >= since.isoformat()) & (filed_on <= until.isoformat())


def claims_by_status(view: View) -> dict[str, int]:
    """Return how many claims stand how, whenever they were filed."""
    groups = claim_groups(view)
    query = select(groups.c.status, total(groups.c.claims)).group_by(groups.c.status)
    return {str(status): int(claims or 0) for status, claims in view.rows(query)}


def overview_groups(view: View, by: Grouping, first: str, last: str) -> list[OverviewGroup]:
    """Return the groups of an overview alone."""
    return list(_groups(view, by, first, last))


def _groups(view: View, by: Grouping, first: str, last: str) -> Iterable[OverviewGroup]:
    if by == "benefit":
        yield from _benefits(view, first, last)
        return
    stand_by_group = _by(view, by, first, last)
    covers = {}
    if by in OF_PARTICIPANTS:
        until = cover_month(view, first, last)
        for one in coverage(view, by, *((first, last) if by == "month" else (until, until))):
            covers[one.month if by == "month" else one.group] = one
    for name in sorted({*stand_by_group, *covers}, key=lambda name: name.zfill(2)):
        stand, cover = stand_by_group.get(name) or _Stand(name), covers.get(name)
        yield OverviewGroup(
            group=name,
            participants=(cover.participants if cover else 0) if by in OF_PARTICIPANTS else None,
            covered=(cover.covered if cover else 0) if by in OF_PARTICIPANTS else None,
            claims=stand.claims,
            entitled=stand.entitled,
            ordered=stand.ordered,
            paid_by_bank=stand.paid_by_bank,
            overpaid=stand.overpaid,
        )


def _benefits(view: View, first: str, last: str) -> Iterable[OverviewGroup]:
    """Add up what is due, ordered and paid by benefit: most claims have one of few awards, each of which is read once.

    Last comes what was ordered or paid on claims to which nothing is due now, or paid and covered by no order in force.
    """
    claims, orders = claim_table(view), payments.order_table(view)
    within, is_due = _filed(claims.c.filed_on, first, last), claims.c.entitled > 0
    sums_of: dict[str, list[int]] = {}
    awards: Select[tuple[str, int]] = select(claims.c.benefits, func.count()).where(within, is_due)
    for award, often in view.rows(awards.group_by(claims.c.benefits)):
        number = int(often or 0)
        for benefit, amount in _award.decode(str(award)).items():
            _more(sums_of, benefit, number, number * amount)
    of_due = orders.join(claims, claims.c.claim == orders.c.claim)
    alike = select(orders.c.benefits, orders.c.amount, orders.c.paid, func.count()).select_from(of_due)
    alike = alike.where(within, is_due, orders.c.stands == 1)
    for encoded, ordered_sum, paid_sum, often in view.rows(alike.group_by(*alike.selected_columns[:3])):
        benefits, number = _award.decode(str(encoded)), int(often or 0)
        amount, paid = int(ordered_sum or 0), int(paid_sum or 0)
        stands, matched = covered(benefits, amount), covered(benefits, min(amount, paid))
        for benefit in benefits:
            _more(sums_of, benefit, 0, 0, number * stands[benefit], number * matched[benefit])
    for benefit, (claimed, entitled, ordered, paid) in sorted(sums_of.items()):
        yield OverviewGroup(benefit, None, None, claimed, entitled, ordered, paid, None)
    outside = or_(claims.c.unmatched != 0, ~is_due & or_(claims.c.ordered != 0, claims.c.paid_by_bank != 0))
    ((without,),) = view.rows(select(func.count()).where(within, outside))
    if without:
        sums = [total(claims.c[name]) for name in ("entitled", "ordered", "paid_by_bank")]
        (every,) = view.rows(select(*sums).where(within))
        entitled, ordered, paid = (
            int(one or 0) - sum(of_benefit[at] for of_benefit in sums_of.values())
            for at, one in enumerate(every, 1)
        )
        yield OverviewGroup(NOT_DUE, None, None, int(without), entitled, ordered, paid, None)


def _more(counts: dict[str, list[int]], benefit: str, *numbers: int) -> None:
    """Add numbers of a benefit to those found."""
    sums = counts.setdefault(benefit, [0, 0, 0, 0])
    for at, number in enumerate(numbers):
        sums[at] += number


_award = msgspec.json.Decoder(dict[str, int])
