"""The tables of the overview of the programme, each with the numbers of a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from projections.participants import GroupCover
from services.console.tables import Column, Table, sums_of
from services.overview.overview import (
    OF_PARTICIPANTS,
    BenefitOpen,
    DecileCover,
    Grouping,
    Overview,
    OverviewGroup,
    days_of,
)
from services.overview.timing import UNKNOWN, DistrictTime, PaidDistrictMonth, PaidMonth
from services.wording.groups import group_name
from services.wording.terms import LanguageTexts

_NARROWS = ("month", "district", "agency", "programme")
"""The groupings by which the list of claims can be narrowed."""


def decile_table(overview: Overview) -> Table[DecileCover]:
    """Tell the cover of each decile against its target."""
    columns = (
        Column[DecileCover](key="decile", heading="coverage.decile", kind="named", family="decile"),
        Column[DecileCover](key="target", heading="overview.target", kind="number"),
        Column[DecileCover](key="participants", heading="coverage.participants", kind="number"),
        Column[DecileCover](key="covered", heading="coverage.covered", kind="number"),
    )
    cover = overview.cover
    return Table(
        name="deciles",
        answer_path="cover.deciles",
        caption="console.overview.deciles",
        columns=columns,
        rows=cover.deciles,
        sums={"target": cover.target, "participants": cover.participants, "covered": cover.covered},
    )


def _claims_of(by: Grouping, group: str, first: str, last: str) -> str:
    """Return the address of the claims of a group; empty where the list of claims is not narrowed by it."""
    if by == "district-month":
        district, _, month = group.partition("/")
        return _claims_of("district", district, month, month)
    if by not in _NARROWS or group == UNKNOWN:
        return ""
    first, last = (group, group) if by == "month" else (first, last)
    since, until = days_of(first, last)
    days = {"filed_from": since.isoformat(), "filed_to": until.isoformat()}
    return f"/claims?{urlencode(days if by == 'month' else {by: group, **days})}"


def group_table(
    name: str,
    by: Grouping,
    groups: Sequence[OverviewGroup],
    words: LanguageTexts,
    first: str,
    last: str,
) -> Table[OverviewGroup]:
    """Tell the groups of claims filed in the months ``first`` to ``last``.

    Those by which claims are listed lead to theirs.
    """
    of_participants = (
        Column[OverviewGroup](key="participants", heading="coverage.participants", kind="number"),
        Column[OverviewGroup](key="covered", heading="coverage.covered", kind="number"),
    )
    money = ("entitled", "ordered", "paid_by_bank", *(() if by == "benefit" else ("overpaid",)))
    count_columns = (
        Column[OverviewGroup](
            key="claims",
            heading="column.claims",
            kind="number",
            link=lambda row: _claims_of(by, row.group, first, last) if row.claims else "",
        ),
        *(Column[OverviewGroup](key=sum_, heading=f"sum.{sum_}", kind="rupiah") for sum_ in money),
    )
    summed = (*(() if by == "benefit" else ("claims",)), *money)
    return Table(
        name=name,
        answer_path="groups",
        caption=f"console.overview.{name}",
        columns=(
            Column[OverviewGroup](
                key="group",
                heading=f"overview.by-{by}",
                kind="agency" if by == "agency" else "text",
                value=lambda row: group_name(by, row.group, words),
            ),
            *(of_participants if by in OF_PARTICIPANTS else ()),
            *count_columns,
        ),
        rows=groups,
        sums=sums_of(groups, summed),
    )


def cover_table(covers: Sequence[GroupCover]) -> Table[GroupCover]:
    """Tell the cover of each district by month."""
    columns = (
        Column[GroupCover](key="group", heading="coverage.district", kind="named", family="district"),
        Column[GroupCover](key="month", heading="coverage.month", kind="month"),
        Column[GroupCover](key="participants", heading="coverage.participants", kind="number"),
        Column[GroupCover](key="covered", heading="coverage.covered", kind="number"),
    )
    return Table(
        name="districts",
        answer_path="months",
        caption="console.overview.districts",
        columns=columns,
        rows=covers,
    )


class GridCell(Struct, frozen=True):
    """How many there are of one district and month, and their rupiah."""

    count: int
    amount: int


class DistrictRow(Struct, frozen=True):
    """One district by the months of a grid; None where there is nothing."""

    district: str
    months: tuple[GridCell | None, ...]


class DistrictGrid(Struct, frozen=True):
    """Districts beside months."""

    months: tuple[str, ...]
    rows: tuple[DistrictRow, ...]


def claim_grid(groups: Sequence[OverviewGroup]) -> DistrictGrid:
    """How many claims were filed in each district and month, and what is due for them."""
    return _grid({_in_two(one.group): GridCell(one.claims, one.entitled) for one in groups})


def payment_grid(paid: Sequence[PaidDistrictMonth]) -> DistrictGrid:
    """How many payments the bank made in each district and month, and their rupiah less what came back in the month."""
    return _grid({(one.district, one.month): GridCell(one.payments, one.net) for one in paid})


def _in_two(group: str) -> tuple[str, str]:
    district, _, month = group.partition("/")
    return district, month


def _grid(of: Mapping[tuple[str, str], GridCell]) -> DistrictGrid:
    months = tuple(sorted({month for _, month in of}))
    districts = dict.fromkeys(district for district, _ in of)
    return DistrictGrid(
        months, tuple(DistrictRow(one, tuple(of.get((one, month)) for month in months)) for one in districts)
    )


def time_table(overview: Overview) -> Table[DistrictTime]:
    """Tell the orders of each district against their legal day."""
    counts = ("in_time", "late", "overdue", "to_come", "held")
    columns = (
        Column[DistrictTime](key="district", heading="overview.by-district", kind="named", family="district"),
        Column[DistrictTime](key="orders", heading="sum.orders", kind="number"),
        *(
            Column[DistrictTime](key=name, heading=f"deadline.{name.replace('_', '-')}", kind="number")
            for name in counts
        ),
        Column[DistrictTime](key="overdue_amount", heading="deadline.unpaid", kind="rupiah"),
        Column[DistrictTime](key="late_days", heading="overview.late-days", kind="number"),
        Column[DistrictTime](key="payment_days", heading="overview.days-to-pay", kind="number"),
    )
    summed = ("orders", *counts, "overdue_amount")
    return Table(
        name="times",
        answer_path="districts",
        caption="console.overview.times",
        columns=columns,
        rows=overview.districts,
        sums=sums_of(overview.districts, summed),
    )


_MONTH: Column[Any] = Column[PaidMonth](key="month", heading="overview.by-month", kind="month")
_OF_BANK: tuple[Column[Any], ...] = (
    Column[PaidMonth](key="payments", heading="overview.payments", kind="number"),
    Column[PaidMonth](key="paid", heading="overview.paid", kind="rupiah"),
    Column[PaidMonth](key="returns", heading="overview.returns", kind="number"),
    Column[PaidMonth](key="returned", heading="overview.returned", kind="rupiah"),
    Column[PaidMonth](key="net", heading="overview.net", kind="rupiah"),
)
_SUMS_OF_BANK = ("payments", "paid", "returns", "returned", "net")


def _payments_of(one: PaidMonth) -> str:
    """Return the address of the single payments of a month."""
    since, until = days_of(one.month, one.month)
    return f"/payments?{urlencode({'from': since.isoformat(), 'to': until.isoformat()})}"


def payment_table(overview: Overview) -> Table[PaidMonth]:
    """Tell what the bank paid in each month; each leads to its payments."""
    return Table(
        name="payments",
        caption="console.overview.paid-by-month",
        columns=(replace(_MONTH, link=_payments_of), *_OF_BANK),
        rows=overview.payments,
        sums=sums_of(overview.payments, _SUMS_OF_BANK),
    )


def district_payment_table(overview: Overview, words: LanguageTexts) -> Table[PaidDistrictMonth]:
    """Tell what the bank paid in each district and month, whenever the claim was filed."""
    district = Column[PaidDistrictMonth](
        key="district",
        heading="overview.by-district",
        value=lambda one: group_name("district", one.district, words),
    )
    return Table(
        name="district-payments",
        answer_path="district_payments",
        caption="console.overview.paid-by-district",
        columns=(district, _MONTH, *_OF_BANK),
        rows=overview.district_payments,
        sums=sums_of(overview.district_payments, _SUMS_OF_BANK),
    )


def open_table(overview: Overview, words: LanguageTexts) -> Table[BenefitOpen]:
    """Tell what is ordered and not paid, by benefit."""
    columns = (
        Column[BenefitOpen](
            key="benefit",
            heading="overview.by-benefit",
            value=lambda one: group_name("benefit", one.benefit, words),
        ),
        Column[BenefitOpen](key="open", heading="sum.open", kind="rupiah"),
    )
    return Table(
        name="open",
        caption="overview.open",
        columns=columns,
        rows=overview.open,
        sums={"open": overview.open_total},
    )
