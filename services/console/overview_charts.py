"""The charts of the overview of the programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from heapq import nsmallest

from markupsafe import Markup

from projections.participants import GroupCover
from services.console.charts import Chart, Series, bars, columns, lines, multiples
from services.overview.overview import Grouping, Overview, OverviewGroup
from services.overview.timing import DistrictTime
from services.wording.groups import decile_name, group_name
from services.wording.terms import LanguageTexts, number


def decile_chart(overview: Overview, words: LanguageTexts) -> Markup:
    """Draw participants and paid months of each decile beside its target."""
    deciles = overview.cover.deciles
    return bars(
        Chart(
            name="chart-deciles",
            title=words.say("overview.cover", month=words.month(overview.cover.month)),
            description=words.say("console.overview.in-table"),
            categories=tuple(decile_name(one.decile, words) for one in deciles),
            series=(
                Series(words.say("overview.target"), tuple(one.target for one in deciles)),
                Series(words.say("coverage.participants"), tuple(one.participants for one in deciles)),
                Series(words.say("coverage.covered"), tuple(one.covered for one in deciles)),
            ),
            write=number,
        )
    )


def cover_chart(months: Sequence[OverviewGroup], overview: Overview, words: LanguageTexts) -> Markup:
    """Draw participants and paid months by month against the target."""
    return lines(
        Chart(
            name="chart-cover",
            title=words.say("console.overview.cover-by-month"),
            description=words.say("console.overview.in-table"),
            categories=_months(months, words),
            series=(
                Series(words.say("coverage.participants"), tuple(one.participants for one in months)),
                Series(words.say("coverage.covered"), tuple(one.covered for one in months)),
                Series(words.say("overview.target"), (overview.cover.target,) * len(months)),
            ),
            write=number,
        )
    )


def claim_chart(months: Sequence[OverviewGroup], words: LanguageTexts) -> Markup:
    """Draw how many claims were filed each month."""
    return columns(
        Chart(
            name="chart-claims",
            title=words.say("console.overview.claims-by-month"),
            description=words.say("console.overview.in-table"),
            categories=_months(months, words),
            series=(Series(words.say("column.claims"), tuple(one.claims for one in months)),),
            write=number,
        )
    )


def money_chart(months: Sequence[OverviewGroup], words: LanguageTexts) -> Markup:
    """Draw what is due for the claims of each month, and what the bank paid."""
    return columns(
        Chart(
            name="chart-money",
            title=words.say("console.overview.money-by-month"),
            description=words.say("console.overview.in-table"),
            categories=_months(months, words),
            series=(
                Series(words.say("sum.entitled"), tuple(one.entitled for one in months)),
                Series(words.say("sum.paid_by_bank"), tuple(one.paid_by_bank for one in months)),
            ),
            write=words.short_amount,
        )
    )


MOST_DRAWN = 15
"""How many districts, or groups of another kind than months, are drawn; the table beside has them all."""


def drawn_groups(by: Grouping, groups: Sequence[OverviewGroup]) -> Sequence[OverviewGroup]:
    """Return the groups that are drawn, in their order: of many those of which most is due."""
    if by == "month" or len(groups) <= MOST_DRAWN:
        return groups
    largest = set(nsmallest(MOST_DRAWN, range(len(groups)), key=lambda at: -groups[at].entitled))
    return [one for at, one in enumerate(groups) if at in largest]


def drawn_districts(covers: Sequence[GroupCover], last: str) -> Sequence[GroupCover]:
    """Return the cover of the districts that are drawn: of many those with the most participants in the last month."""
    of_last_month = [cover for cover in covers if cover.month == last]
    largest = nsmallest(MOST_DRAWN, of_last_month, key=lambda cover: (-cover.participants, cover.group))
    names = {cover.group for cover in largest}
    return [cover for cover in covers if cover.group in names]


def payment_chart(overview: Overview, words: LanguageTexts) -> Markup:
    """Draw what the bank paid in each month and what came back in it, whenever the claim was filed."""
    return columns(
        Chart(
            name="chart-payments",
            title=words.say("console.overview.paid-by-month"),
            description=words.say("console.overview.in-table"),
            categories=tuple(_short(one.month, words) for one in overview.payments),
            series=(
                Series(words.say("overview.paid"), tuple(one.paid for one in overview.payments)),
                Series(words.say("overview.returned"), tuple(one.returned for one in overview.payments)),
            ),
            write=words.short_amount,
        )
    )


def district_money_charts(groups: Sequence[OverviewGroup], words: LanguageTexts) -> Markup:
    """Draw for each district what is due for the claims filed in each month, and what was paid for them, all to one scale."""
    months = sorted({_month(one) for one in groups})
    by_district: dict[str, dict[str, OverviewGroup]] = {}
    for one in groups:
        by_district.setdefault(one.group.partition("/")[0], {})[_month(one)] = one
    return multiples(
        [
            Chart(
                name=f"chart-money-{code}",
                title=group_name("district", code, words),
                description=words.say("console.overview.in-table"),
                categories=tuple(months),
                series=(
                    Series(words.say("sum.entitled"), _of_each(months, of, "entitled")),
                    Series(words.say("sum.paid_by_bank"), _of_each(months, of, "paid_by_bank")),
                ),
                write=words.short_amount,
            )
            for code, of in sorted(by_district.items())
        ]
    )


def _month(group: OverviewGroup) -> str:
    return group.group.partition("/")[2]


def _of_each(months: Sequence[str], of: Mapping[str, OverviewGroup], name: str) -> tuple[int, ...]:
    return tuple(getattr(of[month], name) or 0 if month in of else 0 for month in months)


def group_chart(by: Grouping, groups: Sequence[OverviewGroup], words: LanguageTexts) -> Markup:
    """Draw what is due by group."""
    names = [group_name(by, one.group, words) for one in groups]
    return bars(
        Chart(
            name="chart-groups",
            title=words.say("console.overview.money-by", by=words.say(f"overview.by-{by}")),
            description=words.say("console.overview.in-table"),
            categories=tuple(words.agency(one) if by == "agency" else one for one in names),
            series=(Series(words.say("sum.entitled"), tuple(one.entitled for one in groups)),),
            write=words.short_amount,
        )
    )


def benefit_chart(benefits: Sequence[OverviewGroup], words: LanguageTexts) -> Markup:
    """Draw what is due by benefit, the most first."""
    ordered = sorted((one for one in benefits if one.entitled), key=lambda one: -one.entitled)
    return bars(
        Chart(
            name="chart-benefits",
            title=words.say("console.overview.benefits"),
            description=words.say("console.overview.in-table"),
            categories=tuple(group_name("benefit", one.group, words) for one in ordered),
            series=(Series(words.say("sum.entitled"), tuple(one.entitled for one in ordered)),),
            write=words.short_amount,
        )
    )


def district_charts(covers: Sequence[GroupCover], words: LanguageTexts) -> Markup:
    """Draw the cover of each district by month, all to one scale."""
    by_district: dict[str, list[GroupCover]] = {code: [] for code in words.districts}
    for cover in covers:
        by_district.setdefault(cover.group, []).append(cover)
    return multiples(
        [
            Chart(
                name=f"chart-{code}",
                title=words.name("district", code),
                description=words.say(
                    "console.overview.district-cover",
                    participants=number(of[-1].participants),
                    covered=number(of[-1].covered),
                ),
                categories=tuple(one.month for one in of),
                series=(
                    Series(words.say("coverage.participants"), tuple(one.participants for one in of)),
                    Series(words.say("coverage.covered"), tuple(one.covered for one in of)),
                ),
                write=number,
            )
            for code, of in sorted(by_district.items())
            if of
        ]
    )


def order_chart(overview: Overview, words: LanguageTexts) -> Markup:
    """Draw how many orders stand how against their legal day."""
    orders = overview.orders
    counts = {
        "in-time": orders.in_time,
        "late": orders.late,
        "overdue": orders.overdue,
        "to-come": orders.to_come,
        "held": orders.held,
    }
    return bars(
        Chart(
            name="chart-orders",
            title=words.say("overview.time", day=f"{overview.on:%d-%m-%Y}"),
            description=words.say("console.overview.in-table"),
            categories=tuple(words.say(f"deadline.{name}") for name in counts),
            series=(Series(words.say("deadline.count"), tuple(counts.values())),),
            write=number,
        )
    )


def district_time_chart(times: Sequence[DistrictTime], on: dt.date, words: LanguageTexts) -> Markup:
    """Draw the orders of each district that were paid in time, too late, and that are overdue."""
    names = {"in-time": "in_time", "late": "late", "overdue": "overdue"}
    return bars(
        Chart(
            name="chart-district-time",
            title=words.say("overview.time-by-district", day=f"{on:%d-%m-%Y}"),
            description=words.say("console.overview.in-table"),
            categories=tuple(group_name("district", one.district, words) for one in times),
            series=tuple(
                Series(words.say(f"deadline.{name}"), tuple(getattr(one, field) for one in times))
                for name, field in names.items()
            ),
            write=number,
        )
    )


def _months(months: Sequence[OverviewGroup], words: LanguageTexts) -> tuple[str, ...]:
    return tuple(_short(one.group, words) for one in months)


def _short(month: str, words: LanguageTexts) -> str:
    """Write a month shortly: ``Mar 25``."""
    return f"{words.month(month)[:3]} {month[2:4]}"
