"""Agencies: what each sent and what became of it, and the report card of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup
from msgspec import Struct

from events.message import message
from projections.agencies import AgencyRow, admitted, agencies
from services.console.access import allowed
from services.console.asking import day_asked
from services.console.charts import Chart, Series, columns
from services.console.context import Console, ConsoleContext
from services.console.errors import missing
from services.console.figures import recorded_handle
from services.console.rendering import command_line
from services.console.tables import Column, Table, sums_of, table_answer, tables_answer
from services.figures.totals import admitted_totals, agency_report_totals
from services.overview.agency_report import (
    AgencyAtServer,
    AgencyReport,
    KeyTime,
    KindLag,
    LagDays,
    RefusalCount,
    WaitingFor,
    agency_at_server,
    agency_report,
    at_edge,
    days_until_sent,
    waiting_for,
)
from services.wording.groups import waited_for, who_brings
from services.wording.terms import LanguageTexts, number

_COUNTED = ("sent", "admitted", "refused", "waiting", "outbox")
_COLUMNS = (
    Column[AgencyRow](
        key="agency", heading="column.agency", kind="registered", link=lambda row: f"/agencies/{row.agency}"
    ),
    *(Column[AgencyRow](key=key, heading=f"traffic.{key}", kind="number") for key in _COUNTED),
    Column[AgencyRow](key="last_at", heading="traffic.last", kind="moment"),
)
_DAYS = ("p90", "worst")


class TypeMonth(Struct, frozen=True):
    """Events of one type of one month."""

    type: str
    month: str
    admitted: int


@get("/agencies", guards=[allowed("auditor", "supervisor", "operator")], sync_to_thread=True)
def listing(console: Console) -> Response[str] | Response[bytes]:
    """List agencies with what they sent and what became of it."""
    waiting = {} if console.looks_back else console.run(at_edge(console.installation))
    with console.book() as book:
        summaries, days = agencies(book.view, waiting), days_until_sent(book.view)
        handle = recorded_handle(console, book, "agencies", {}, admitted_totals(admitted(book.view)))
    if sought := console.one("q"):
        summaries, handle = [one for one in summaries if as_code(sought) in one.agency.casefold()], ""
    count_keys = ("admitted",) if console.looks_back else _COUNTED
    table = Table(
        name="agencies",
        caption="console.agencies.caption",
        columns=(
            *(one for one in _COLUMNS if one.key in count_keys or one.key not in _COUNTED),
            *_lateness(days),
        ),
        rows=summaries,
        sums=sums_of(summaries, count_keys),
    )
    command = command_line("agencies", console.moment_options)
    return table_answer(console, "agencies.html", table, sought=sought, handle=handle, command=command)


def named_like(console: ConsoleContext, typed: str) -> Sequence[str]:
    """Return the registered agencies whose name holds what somebody typed, with spaces for its hyphens."""
    sought = as_code(typed)
    return [name for name, _ in console.agencies if len(sought) > 1 and sought in name.casefold()]


def as_code(typed: str) -> str:
    """Write a name as agencies are called: ``Dinas Sosial`` is ``dinas-sosial``."""
    return "-".join(typed.casefold().split())


def _lateness(days: Mapping[str, LagDays]) -> Iterator[Column[AgencyRow]]:
    """Yield the columns of how many days an agency took; empty where it stated nothing about a claim."""
    for name in _DAYS:
        yield Column[AgencyRow](
            key=f"days_{name}",
            heading=f"traffic.days-{name}",
            kind="days",
            value=lambda row, name=name: getattr(days.get(row.agency), name, None),  # type: ignore[misc]
        )


@get("/agencies/{name:str}", guards=[allowed("auditor", "supervisor", "operator")], sync_to_thread=True)
def report(console: Console, name: FromPath[str]) -> Response[str] | Response[bytes]:
    """Show the report card of an agency."""
    today = day_asked(console)
    server = None if console.looks_back else console.run(agency_at_server(console.installation, name))
    with console.book() as book:
        view = book.view
        agency = agency_report(view, name, today)
        if server is None and not agency.admitted:
            raise missing(message("agency-report.unknown", name=name))
        waiting = waiting_for(view, server.types, server.findings, name) if server else []
        parameters = {"agency": name, "on": today.isoformat()}
        handle = recorded_handle(console, book, "agency report", parameters, agency_report_totals(agency))
    reads_claims = console.may("auditor", "supervisor")
    tables: dict[str, Table[Any]] = {
        "types": _types(agency),
        "lags": _lags(agency, console.words),
        "refusals": _refusals(server),
        "keys": _keys(server),
        "waiting": _waiting(
            waiting, name, server.others if server else {}, console.words, reads_claims=reads_claims
        ),
    }
    return tables_answer(
        console,
        "agency.html",
        tables,
        report=agency,
        server=server,
        reads_claims=reads_claims,
        handle=handle,
        chart=_chart(agency, console.words),
        command=command_line(f"agency report {name}", {"on": f"{today:%d-%m-%Y}", **console.moment_options}),
    )


def _types(report: AgencyReport) -> Table[TypeMonth]:
    rows = [
        TypeMonth(one.type, month, count)
        for one in report.types
        for month, count in sorted(one.months.items())
    ]
    return Table(
        name="types",
        caption="console.agencies.types",
        columns=(
            Column[TypeMonth](key="type", heading="agency-report.type", kind="named", family="event"),
            Column[TypeMonth](key="month", heading="agency-report.month", kind="month"),
            Column[TypeMonth](key="admitted", heading="agency-report.count", kind="number"),
        ),
        rows=rows,
        sums={"admitted": report.admitted},
    )


def _lags(report: AgencyReport, words: LanguageTexts) -> Table[KindLag]:
    def kind(row: KindLag) -> str:
        return words.name("code.fact", row.kind) if row.kind else words.say("demo.all")

    days = [
        Column[KindLag](
            key=f"{way}_{name}",
            heading=f"agency-report.{way}-{name}",
            kind="days",
            value=lambda row, way=way, name=name: getattr(getattr(row, way), name),  # type: ignore[misc]
        )
        for way in ("sent", "recorded")
        for name in ("median", "p90", "worst")
    ]
    return Table(
        name="lags",
        caption="agency-report.lag",
        columns=(
            Column[KindLag](key="kind", heading="agency-report.kind", value=kind),
            Column[KindLag](key="facts", heading="agency-report.count", kind="number"),
            *days,
        ),
        rows=report.lags,
    )


def _refusals(server: AgencyAtServer | None) -> Table[RefusalCount]:
    rows = server.refusals if server else ()
    return Table(
        name="refusals",
        answer_path="at_server.refusals",
        caption="agency-report.refusals",
        columns=(
            Column[RefusalCount](key="code", heading="agency-report.why", kind="named", family="refused"),
            Column[RefusalCount](key="refused", heading="agency-report.refused", kind="number"),
            Column[RefusalCount](key="open", heading="agency-report.open", kind="number"),
        ),
        rows=rows,
        sums=sums_of(rows, ("refused", "open")),
    )


def _keys(server: AgencyAtServer | None) -> Table[KeyTime]:
    rows = server.keys if server else ()
    return Table(
        name="keys",
        answer_path="at_server.keys",
        caption="agency-report.keys",
        columns=(
            Column[KeyTime](key="id", heading="column.key", kind="code"),
            Column[KeyTime](key="kind", heading="column.kind", kind="named", family="key"),
            Column[KeyTime](key="since", heading="column.since", kind="moment", value=_since),
            Column[KeyTime](key="until", heading="column.until", kind="moment", value=_until),
            Column[KeyTime](key="now", heading="column.now", kind="named", family="key", value=_now),
        ),
        rows=rows,
    )


def _since(key: KeyTime) -> str:
    return key.since.isoformat()


def _until(key: KeyTime) -> str:
    return key.until.isoformat() if key.until else ""


def _now(key: KeyTime) -> str:
    return "good" if key.good else "ended"


def _claims_of(obstacle: str, agency: str) -> str:
    """Return the address of the claims that wait for it, of papers those that this agency filed.

    It is empty for payments, which have no such list.
    """
    if ":" in obstacle:
        filed = f"&agency={agency}" if obstacle.startswith("document:") else ""
        return f"/claims?status=waiting&obstacle={obstacle}{filed}"
    return "/claims?status=referred" if obstacle == "review" else ""


def _waiting(
    waiting: Sequence[WaitingFor],
    agency: str,
    others: Mapping[str, Sequence[str]],
    words: LanguageTexts,
    *,
    reads_claims: bool,
) -> Table[WaitingFor]:
    return Table(
        name="waiting",
        caption="agency-report.waiting",
        columns=(
            Column[WaitingFor](
                key="what",
                heading="agency-report.what",
                value=lambda row: waited_for(row.what, words),
                link=lambda row: _claims_of(row.what, agency) if reads_claims else "",
            ),
            Column[WaitingFor](
                key="who",
                heading="agency-report.who",
                value=lambda row: who_brings(row.what, agency, others, words),
            ),
            Column[WaitingFor](key="count", heading="agency-report.count", kind="number"),
            Column[WaitingFor](key="amount", heading="agency-report.amount", kind="rupiah"),
        ),
        rows=waiting,
    )


def _chart(report: AgencyReport, words: LanguageTexts) -> Markup:
    months = sorted({month for one in report.types for month in one.months})[-24:]
    counts = tuple(sum(one.months.get(month, 0) for one in report.types) for month in months)
    return columns(
        Chart(
            name="chart-months",
            title=words.say("console.agencies.by-month"),
            description=words.say("console.overview.in-table"),
            categories=tuple(f"{words.month(month)[:3]} {month[2:4]}" for month in months),
            series=(Series(words.say("agency-report.count"), counts),),
            write=number,
        )
    )


routes = (listing, report)
