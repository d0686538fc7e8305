"""The overview of the programme.

Cover against its target, claims and money, districts, time to pay, and what is still to be paid.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast, get_args

from litestar import Response, get
from msgspec import Struct

from events.message import MessageError, message
from projections.participants import GroupCover, coverage
from projections.store import View
from services.benefits.scholarship_balance import ChildLedger
from services.console.asking import READS_ALL, at_work, day_asked, of_book
from services.console.context import Console, ConsoleContext
from services.console.figures import recorded_handle
from services.console.overview_charts import (
    benefit_chart,
    claim_chart,
    cover_chart,
    decile_chart,
    district_charts,
    district_money_charts,
    district_time_chart,
    drawn_districts,
    drawn_groups,
    group_chart,
    money_chart,
    order_chart,
    payment_chart,
)
from services.console.overview_tables import (
    claim_grid,
    cover_table,
    decile_table,
    district_payment_table,
    group_table,
    open_table,
    payment_grid,
    payment_table,
    time_table,
)
from services.console.rendering import command_line
from services.console.results import Result
from services.console.tables import Column, Table, table_answer, tables_answer
from services.figures.totals import overview_totals
from services.overview.overview import (
    Grouping,
    Overview,
    OverviewGroup,
    a_year_until,
    last_month,
    overview,
    overview_groups,
)
from services.overview.programme import programme
from services.overview.scholarships import every_scholarship, scholarship_sums
from services.texts.typed import read_month
from services.wording.groups import group_name

_MOST_MONTHS = 60
"""No chart shows more months than five years."""


class OverviewQuestion(Struct, frozen=True):
    """What the address asks.

    How claims are grouped, from which month to which, and the day against which orders are held.
    """

    by: Grouping
    first: str
    last: str
    on: dt.date
    moment: dict[str, str] = {}
    """The moment of the book as options of the command."""

    @property
    def parameters(self) -> dict[str, str]:
        """Return what its handle stands for."""
        return {"from": self.first, "to": self.last, "on": self.on.isoformat()}

    def command(self, by: str, *, name: str = "overview") -> str:
        """Return the command that gives the same answer by a grouping."""
        options = {"by": by, "from": _typed(self.first), "to": _typed(self.last)}
        on = {"on": f"{self.on:%d-%m-%Y}"} if name == "overview" else {}
        return command_line(name, options | on | self.moment)


class OverviewAnswer(Struct, frozen=True):
    """What the page shows: the overview, the same claims by month, district and month, and benefit, and the cover of each district.

    ``largest_districts`` is that of the districts of which there is a picture, by month as all of them.
    """

    overview: Overview
    months: Sequence[OverviewGroup]
    district_months: Sequence[OverviewGroup]
    benefits: Sequence[OverviewGroup]
    districts: Sequence[GroupCover]
    largest_districts: Sequence[GroupCover]


@get("/overview", guards=[READS_ALL], sync_to_thread=True)
def show(console: Console) -> Response[str] | Response[bytes]:
    """Show how the whole programme stands, each chart with its table."""
    ours, words = programme(console.installation.settings.programme), console.words
    groupings = [(by, words.say(f"overview.by-{by}")) for by in get_args(Grouping)]
    with console.book() as book:
        question = _question(console, book.view)
    result = worked_out(console, question)
    if result is None:
        return at_work(console, "console.nav.overview")
    answer, overview = result.value, result.value.overview
    with console.book() as book:
        as_shown = result.version == str(book.cut)
        handle = (
            recorded_handle(console, book, "overview", question.parameters, overview_totals(overview))
            if as_shown
            else ""
        )
    months, benefits, districts = answer.months, answer.benefits, answer.districts
    largest = drawn_groups(question.by, overview.groups)
    names = {cover.group for cover in answer.largest_districts}
    of_district = [one for one in answer.district_months if one.group.partition("/")[0] in names]
    times = [one for one in overview.districts if one.district in names]
    tables: dict[str, Table[Any]] = {
        "deciles": decile_table(overview),
        "months": group_table("months", "month", months, words, question.first, question.last),
        "groups": group_table("groups", question.by, overview.groups, words, question.first, question.last),
        "benefits": group_table("benefits", "benefit", benefits, words, question.first, question.last),
        "districts": cover_table(districts),
        "district_months": group_table(
            "district-months", "district-month", answer.district_months, words, question.first, question.last
        ),
        "times": time_table(overview),
        "payments": payment_table(overview),
        "district_payments": district_payment_table(overview, words),
        "unpaid": open_table(overview, words),
    }
    charts = {
        "deciles": decile_chart(overview, words),
        "cover": cover_chart(months, overview, words),
        "claims": claim_chart(months, words),
        "money": money_chart(months, words),
        "groups": group_chart(question.by, largest, words),
        "benefits": benefit_chart(benefits, words),
        "districts": district_charts(answer.largest_districts, words),
        "orders": order_chart(overview, words),
        "payments": payment_chart(overview, words),
        "district_months": district_money_charts(of_district, words),
        "times": district_time_chart(times, overview.on, words),
    }
    return tables_answer(
        console,
        "overview.html",
        tables,
        overview=overview,
        question=question,
        charts=charts,
        drawn={
            "groups": (len(largest), len(overview.groups)),
            "districts": (
                len({one.group for one in answer.largest_districts}),
                len({one.group for one in districts}),
            ),
        },
        title=ours.title,
        whole_book=_whole_book(console, overview),
        groupings=groupings,
        result=result,
        handle=handle,
        grids={
            "claims": claim_grid(of_district),
            "payments": payment_grid([one for one in overview.district_payments if one.district in names]),
        },
        group_name=group_name,
    )


def worked_out(console: ConsoleContext, question: OverviewQuestion) -> Result[OverviewAnswer] | None:
    """Return the answer as of the book of now, or an earlier one while that is at work; None while there is none."""
    ours = programme(console.installation.settings.programme)

    def work(view: View) -> OverviewAnswer:
        covers = coverage(view, "district", question.first, question.last)
        covers.sort(key=lambda cover: (cover.group, cover.month))
        return OverviewAnswer(
            overview(view, ours, question.on, question.first, question.last, question.by),
            overview_groups(view, "month", question.first, question.last),
            overview_groups(view, "district-month", question.first, question.last),
            overview_groups(view, "benefit", question.first, question.last),
            covers,
            drawn_districts(covers, question.last),
        )

    return of_book(console, ("overview", question.by, question.first, question.last, question.on), work)


@get("/overview/scholarships", guards=[READS_ALL], sync_to_thread=True)
def scholarships(console: Console) -> Response[str] | Response[bytes]:
    """Show what scholarships were paid and may still be; reads the state of everybody who has one."""
    on = day_asked(console, "as-of")
    children, _ = console.run(every_scholarship(console.installation, on))
    children.sort(key=lambda child: (child.claim, child.child))
    sums = scholarship_sums(children)
    words = console.words
    columns = (
        Column[ChildLedger](
            key="claim", heading="column.claim", kind="code", link=lambda child: f"/claims/{child.claim}"
        ),
        Column[ChildLedger](
            key="child", heading="scholarship.child", value=lambda child: words.label(child.child)
        ),
        Column[ChildLedger](
            key="years", heading="scholarship.years", kind="number", value=lambda child: len(child.years)
        ),
        Column[ChildLedger](key="confirmed", heading="scholarship.confirmed", kind="rupiah"),
        Column[ChildLedger](key="paid", heading="sum.paid", kind="rupiah"),
        Column[ChildLedger](key="future", heading="scholarship.future", kind="rupiah"),
    )
    table = Table(
        name="scholarships",
        answer_path="children",
        caption="console.overview.children",
        columns=columns,
        rows=children,
        sums={"confirmed": sums.confirmed, "paid": sums.paid, "future": sums.future},
    )
    command = command_line("scholarships", {"as-of": f"{on:%d-%m-%Y}"})
    return table_answer(console, "scholarships.html", table, on=on, sums=sums, command=command)


def _question(console: Console, view: View) -> OverviewQuestion:
    on = day_asked(console)
    fields = console.filters
    last = fields.read("to", _month, "") or last_month(view, on)
    first = fields.read("from", _month, "") or a_year_until(last)
    by = fields.one_of("by", get_args(Grouping), "district")
    fields.done()
    if first > last or _months_after(first, last) >= _MOST_MONTHS:
        fields.wrong("from", message("console.overview.bad-months"))
        fields.done()
    return OverviewQuestion(cast("Grouping", by), first, last, on, console.moment_options)


def _months_after(first: str, last: str) -> int:
    """Return how many months one lies after another."""
    return (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:])


def _whole_book(console: ConsoleContext, overview: Overview) -> str:
    """Return the address of the overview of every month of the book; empty where they are too many."""
    first, last = overview.every.first, overview.every.last
    if not first or _months_after(first, last) >= _MOST_MONTHS:
        return ""
    return console.address(**{"from": _typed(first), "to": _typed(last)})


def _month(typed: str) -> str:
    if (month := read_month(typed)) is None:
        raise MessageError(message("console.overview.bad-months"))
    return month


def _typed(month: str) -> str:
    return f"{month[5:]}-{month[:4]}"


routes = (show, scholarships)
