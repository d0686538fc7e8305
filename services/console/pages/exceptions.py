"""What does not stand as it should, by kind, claim and rupiah; and orders and claims against their deadlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from heapq import nlargest
from typing import TypeVar, cast, get_args

from litestar import Response, get, post
from markupsafe import Markup
from msgspec.structs import astuple

from services.audit_trail.findings import findings
from services.console.access import allowed
from services.console.asking import (
    READS_ALL,
    at_work,
    day_asked,
    narrowing,
    of_book,
    present_of_kind,
    require_known,
)
from services.console.charts import Chart, Series, bars, columns
from services.console.context import Console, ConsoleContext
from services.console.deadline_tables import deadline_tables
from services.console.errors import missing
from services.console.figures import recorded_handle
from services.console.overview_charts import MOST_DRAWN
from services.console.rendering import command_line, done
from services.console.tables import Column, Table, tables_answer
from services.engagements.findings import exception_handle, exception_kind, of_exceptions, open_finding
from services.exceptions.at_server import at_server
from services.exceptions.deadlines import (
    By,
    Deadlines,
    Place,
    deadlines,
)
from services.exceptions.listing import (
    AT_SERVER,
    EVERY_KIND,
    FACETS,
    ExceptionLine,
    FacetCount,
    KindTotal,
    Sought,
    counted,
    facets,
    kind_totals,
    some_exception_lines,
)
from services.figures.totals import deadline_totals, exceptions_totals
from services.overview.agency_report import LagDays, days_until_sent
from services.wording import exceptions as wording
from services.wording.terms import number

R = TypeVar("R")

_MOST_OPTIONS = 50
"""From more values than these of a facet nobody chooses: those that count most are told, any other can be typed."""
_GROUPINGS: tuple[By, ...] = get_args(By)


class ListedException(ExceptionLine, frozen=True):
    """An exception in the list, with the last finding that it is in and what a supervisor said of that."""

    finding: str = ""
    outcome: str = ""

    @property
    def free(self) -> str:
        """How a finding names it, where none is about it."""
        return "" if self.finding else exception_handle(self)


@get("/exceptions", guards=[READS_ALL], sync_to_thread=True)
def exceptions_page(console: Console) -> Response[str] | Response[bytes]:
    """List the exceptions on a day, narrowed by what the address asks, with the totals of each kind."""
    on, filters = day_asked(console), narrowing(console, *FACETS, "claim")
    with console.view() as view:
        require_known(console, view, filters, kind=EVERY_KIND)
    sought = Sought(**filters)
    others: Sequence[ExceptionLine] = ()
    if not console.looks_back and (sought.kind is None or sought.kind in AT_SERVER):
        others = console.run(at_server(console.installation))
    result = of_book(
        console,
        ("exceptions", on, sought, tuple(others)),
        lambda view: (kind_totals(view, on, sought, others), facets(view, on, sought, others)),
    )
    if result is None or (console.one("format") and not result.current):
        return at_work(console, "console.nav.exceptions")
    totals, by_facet = result.value
    exceptions = counted(on, sought, totals)
    number_of, handle = sum(total.exceptions for total in exceptions.listed), ""
    kind = exception_kind(of_exceptions(sought.kind or ""))
    in_findings = _in_findings(console, kind) if kind else {}
    with console.book() as book:
        view = book.view
        if result.current and sought.kind not in AT_SERVER:
            recorded = {"on": on.isoformat(), **filters}
            handle = recorded_handle(console, book, "exceptions", recorded, exceptions_totals(exceptions))

        def rows(first: int, count: int) -> Sequence[ListedException]:
            some = some_exception_lines(view, on, sought, others, exceptions.listed, first, count)
            return [
                ListedException(*astuple(line), *in_findings.get(exception_handle(line), ())) for line in some
            ]

        tables: dict[str, Table[ListedException] | Table[KindTotal]] = {
            "table": Table(
                name="exceptions",
                caption="console.exceptions.caption",
                columns=(*_exception_columns(console), *(_FINDING if kind else ())),
                rows=rows,
                counted=number_of,
            ),
            "totals": _totals(console, "totals", "console.exceptions.totals", exceptions.listed),
            "apart": _totals(console, "apart", "console.exceptions.totals", exceptions.apart),
        }
        return tables_answer(
            console,
            "exceptions.html",
            tables,
            result=result,
            on=on,
            facets={name: _options(console, name, counts) for name, counts in by_facet.items()},
            other_districts=max(0, len(by_facet["district"]) - _MOST_OPTIONS),
            filters=filters,
            chooses=kind and on == console.today and not console.looks_back and console.may("auditor"),
            in_all=wording.in_all(exceptions),
            handle=handle,
            command=command_line("exceptions", {"on": f"{on:%d-%m-%Y}", **filters, **console.moment_options}),
        )


def _totals(
    console: ConsoleContext, path: str, caption: str, totals: Sequence[KindTotal]
) -> Table[KindTotal]:
    return Table(
        name=f"exception-{path}",
        answer_path=path,
        caption=caption,
        columns=_total_columns(console),
        rows=totals,
    )


def _total_columns(console: ConsoleContext) -> tuple[Column[KindTotal], ...]:
    return (
        Column[KindTotal](
            key="kind",
            heading="exception.kind",
            kind="named",
            family="exception-kind",
            link=lambda row: console.address(kind=row.kind, page=None, list=None),
        ),
        Column[KindTotal](
            key="exceptions",
            heading="exception.count",
            kind="number",
            figure=lambda row: f"{row.kind}.exceptions",
        ),
        Column[KindTotal](
            key="claims", heading="exception.claims", kind="number", figure=lambda row: f"{row.kind}.claims"
        ),
        Column[KindTotal](
            key="amount", heading="exception.amount", kind="rupiah", figure=lambda row: f"{row.kind}.amount"
        ),
    )


_FINDING = (
    Column[ListedException](
        key="finding",
        heading="console.controls.finding",
        link=lambda line: f"/findings/{line.finding}" if line.finding else "",
    ),
    Column[ListedException](
        key="outcome", heading="findings.outcome", kind="named", family="finding-outcome"
    ),
)


def _in_findings(console: ConsoleContext, kind: str) -> dict[str, tuple[str, str]]:
    """Return of each exception of a kind the number of its last finding and what a supervisor said of it."""
    by_item: dict[str, tuple[str, str]] = {}
    for number_, finding in findings(console.trail()).items():
        if finding.opened.control == of_exceptions(kind):
            by_item |= dict.fromkeys(finding.opened.items, (number_, finding.outcome or ""))
    return by_item


@post(
    "/exceptions/findings",
    guards=[allowed("auditor")],
    form="/exceptions",
    keeps=("kind",),
    fields={"findings.no-item": "item", "findings.no-exception": "item", "findings.is-open": "item"},
    sync_to_thread=True,
)
def open_about_exceptions(console: Console) -> Response[None]:
    """Open a finding about the exceptions that were chosen, for a supervisor to assess."""
    kind, items = exception_kind(of_exceptions(console.sent("kind"))), console.form.get("item", ())
    if not kind:
        raise missing()
    present, signature = present_of_kind(console, kind, items), console.signature(console.sent("reason"))
    number_ = console.run(open_finding(console.installation, present, items, console.sent("note"), signature))
    return done(console, f"/findings/{number_}", "finding-opened")


def _exception_columns(console: ConsoleContext) -> tuple[Column[ListedException], ...]:
    words = console.words
    return (
        Column(
            key="claim",
            heading="exception.claim",
            kind="code",
            link=lambda line: f"/claims/{line.claim}" if line.claim else "",
        ),
        Column(key="kind", heading="exception.kind", kind="named", family="exception-kind"),
        Column(key="subject", heading="exception.subject", value=lambda line: wording.subject(line, words)),
        Column(key="amount", heading="exception.amount", kind="rupiah"),
        Column(key="details", heading="exception.details", value=lambda line: wording.details(line, words)),
        Column(key="district", heading="deadline.district", kind="named", family="district"),
        Column(key="agency", heading="deadline.agency", kind="agency"),
        Column(
            key="events",
            heading="exception.events",
            value=lambda line: ", ".join(wording.places(line)),
            link=lambda line: (
                f"/claims/{line.claim}#event-{line.events[0][0]}" if line.claim and line.events else ""
            ),
        ),
    )


def _options(console: ConsoleContext, name: str, counts: Sequence[FacetCount]) -> list[tuple[str, str, int]]:
    """Return the values of a facet with their words and counts: of very many those that count most."""
    family = "exception-kind" if name == "kind" else name
    most = nlargest(_MOST_OPTIONS, counts, key=lambda one: one.count)
    shown_counts = counts if len(counts) <= _MOST_OPTIONS else sorted(most, key=lambda one: one.value)
    words = console.words
    name_of = words.agency if name == "agency" else partial(words.name, family)
    return [(one.value, name_of(one.value), one.count) for one in shown_counts if one.value]


@get("/deadlines", guards=[READS_ALL], sync_to_thread=True)
def deadlines_page(console: Console) -> Response[str] | Response[bytes]:
    """Show orders against their legal day and who kept claims waiting, by group."""
    on, fields = day_asked(console), console.filters
    by = cast("By", fields.one_of("by", _GROUPINGS, "programme"))
    fields.done()
    filters = narrowing(console, *Place.__struct_fields__)
    with console.view() as view:
        require_known(console, view, filters)
    place = Place(**filters)
    result = of_book(console, ("deadlines", on, by, place), lambda view: deadlines(view, on, by, place))
    if result is None:
        return at_work(console, "console.nav.deadlines")
    all_deadlines = result.value
    totals = deadline_totals(all_deadlines)
    handle = ""
    if result.current:
        with console.book() as book:
            handle = recorded_handle(console, book, "deadlines", {"on": on.isoformat(), **filters}, totals)
    tables = deadline_tables(console, all_deadlines, by, {"by": by, "on": f"{on:%d-%m-%Y}", **filters})
    if by == "agency":
        with console.book() as book:
            tables["senders"] = _senders(days_until_sent(book.view))
    return tables_answer(
        console,
        "deadlines.html",
        tables,
        result=result,
        on=on,
        by=by,
        drawn=len(_largest_groups(by, all_deadlines.orders[:-1], lambda one: one.orders)),
        groups=len(all_deadlines.orders) - 1,
        groupings=[(one, console.words.say(f"deadline.{one}")) for one in _GROUPINGS],
        filters=filters,
        charts=_deadline_charts(console, all_deadlines, by),
        whole=all_deadlines.orders[-1],
        handle=handle,
        command=command_line(
            "deadlines", {"by": by, "on": f"{on:%d-%m-%Y}", **filters, **console.moment_options}
        ),
        senders_command=command_line("agencies", console.moment_options),
    )


def _senders(days: Mapping[str, LagDays]) -> Table[tuple[str, LagDays]]:
    """Return of each agency how many days it took until it sent what it knew of claims."""
    return Table(
        name="senders",
        answer_path="days_until_sent",
        caption="console.deadlines.senders",
        columns=(
            Column[tuple[str, LagDays]](
                key="agency",
                heading="column.agency",
                kind="agency",
                value=lambda row: row[0],
                link=lambda row: f"/agencies/{row[0]}",
            ),
            *(
                Column[tuple[str, LagDays]](
                    key=name,
                    heading=f"agency-report.sent-{name}",
                    kind="days",
                    value=lambda row, name=name: getattr(row[1], name),  # type: ignore[misc]
                )
                for name in LagDays.__struct_fields__
            ),
        ),
        rows=sorted(days.items()),
    )


def _deadline_charts(console: ConsoleContext, deadlines: Deadlines, by: By) -> dict[str, Markup]:
    """Draw how the orders of each group stand, and how long its claims waited and for whom."""
    standing = {"in_time": "deadline.in-time", "late": "deadline.late", "overdue": "deadline.overdue"}
    orders = _largest_groups(by, deadlines.orders[:-1], lambda one: one.orders)
    phases = _largest_groups(by, deadlines.phases[:-1], lambda one: one.claims)
    return {
        "orders": _chart(
            console,
            by,
            "console.deadlines.orders",
            [one.group for one in orders],
            {key: tuple(getattr(one, name) for one in orders) for name, key in standing.items()},
        ),
        "phases": _chart(
            console,
            by,
            "deadline.phases",
            [one.group for one in phases],
            {
                f"deadline.{name}": tuple(getattr(one, name).sum for one in phases)
                for name in ("family", "office", "both")
            },
        ),
    }


def _largest_groups(by: By, groups: Sequence[R], size: Callable[[R], int]) -> Sequence[R]:
    """Return the groups that are drawn, in their order: of many the largest."""
    if by == "month" or len(groups) <= MOST_DRAWN:
        return groups
    largest = set(nlargest(MOST_DRAWN, range(len(groups)), key=lambda at: size(groups[at])))
    return [one for at, one in enumerate(groups) if at in largest]


def _chart(
    console: ConsoleContext,
    by: By,
    title: str,
    groups: Sequence[str],
    series: Mapping[str, tuple[int, ...]],
) -> Markup:
    """Draw series by the keys of their names, stacked; months go from left to right. Nothing is drawn of nothing."""
    words = console.words
    names = [wording.group(group, by, words) for group in groups]
    chart = Chart(
        name=f"chart-{title.replace('.', '-')}",
        title=words.say(title),
        description=words.say("console.overview.in-table"),
        categories=tuple(words.agency(one) if by == "agency" else one for one in names),
        series=tuple(Series(words.say(key), values) for key, values in series.items()),
        write=number,
        stacked=True,
    )
    if not chart.most:
        return Markup()
    return columns(chart) if by == "month" else bars(chart)


routes = (exceptions_page, open_about_exceptions, deadlines_page)
