"""``agency report``: the report card of one agency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import asdict
from redis.exceptions import RedisError

from events.message import Message, message
from projections import agencies
from projections.store import View
from services.cli.book_options import NOW, BookOptions
from services.cli.dates import Day, asked_day
from services.cli.exit_codes import OK, CommandError, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.opening import with_installation
from services.cli.output import console, show_json, table, tell
from services.figures.totals import agency_report_totals
from services.overview.agency_report import (
    AgencyAtServer,
    AgencyReport,
    LagDays,
    WaitingFor,
    agency_at_server,
    agency_report,
    waiting_for,
)
from services.runtime.bootstrap import Installation
from services.texts.errors import TextError, message_of
from services.texts.language import said
from services.wording.groups import waited_for, who_brings
from services.wording.terms import LanguageTexts, day, moment, number


def report(name: str, /, *, on: Day = None, of: BookOptions = NOW) -> int:
    """Show what an agency sent and how late, what it took back, how silent it is, its keys and refusals, and what waits for it."""
    day = asked_day(on, of.known_on, of.true_on)
    why: Message | str = message("agency-report.only-now")
    server, why = (None, why) if of.looks_back else _at_server(name, of.data)
    with of.book() as chosen_book:
        if server is None and not _known(chosen_book.view, name):
            raise command_error("agency-report.unknown", "agency-report.see-list", name=name)
        agency = agency_report(chosen_book.view, name, day)
        waiting = waiting_for(chosen_book.view, server.types, server.findings, name) if server else []
        parameters, totals = {"agency": name, "on": day.isoformat()}, agency_report_totals(agency)
        handle = recorded_figure(of.data, chosen_book, "agency report", parameters, totals, of.trail)
    if of.json:
        show_json({**asdict(agency), "at_server": server, "waiting": waiting, "figure": handle})
    else:
        _print(agency, LanguageTexts())
        if server is None:
            tell(console(), message("agency-report.no-server", why=said(why).rstrip(".")))
        else:
            _print_server(name, server, waiting, LanguageTexts())
        show_handle(console(), handle)
    return OK


def _known(view: View, name: str) -> bool:
    return any(sort.agency == name for sort in agencies.admitted(view))


def _at_server(name: str, data: Path | None) -> tuple[AgencyAtServer | None, Message | str]:
    """Return what the server knows of an agency, or why it cannot be asked."""

    async def from_server(installation: Installation) -> AgencyAtServer | None:
        return await agency_at_server(installation, name)

    try:
        return with_installation(data, from_server), message("agency-report.not-registered")
    except (CommandError, TextError, OSError, RedisError) as error:
        return None, error.what if isinstance(error, CommandError) else message_of(error)


def _print(report: AgencyReport, words: LanguageTexts) -> None:
    out = console()
    rows = [
        (words.name("event", one.type), words.month(month), number(count))
        for one in report.types
        for month, count in sorted(one.months.items())
    ]
    title = words.say("agency-report.sent", agency=report.agency, count=number(report.admitted))
    columns = [words.say(f"agency-report.{name}") for name in ("type", "month", "count")]
    out.print(table(title, columns, rows, right=(2,)))
    out.print(words.say("agency-report.corrections", count=number(report.corrections)))
    out.print()
    waited = {"days": number(report.waited.days), "phases": number(report.waited.phases)}
    tell(out, words.say("agency-report.waited-what", **waited))
    if report.waited.phases:
        tell(out, f"kelambu deadlines --acts {report.agency}", indent=2)
    out.print()
    if report.lags:
        _print_lags(report, words)
        out.print()
    if silent := report.silence:
        text = words.say(
            "agency-report.silence",
            since=day(dt.date.fromisoformat(silent.since)),
            on=day(report.on),
            days=number(silent.days),
            usual=number(silent.usual),
            longest=number(silent.longest),
        )
        tell(out, text, style="bold" if silent.unusual else "")
        if silent.unusual:
            tell(out, words.say("agency-report.unusual"))


def _print_lags(report: AgencyReport, words: LanguageTexts) -> None:
    rows = [
        (
            words.name("code.fact", one.kind) if one.kind else words.say("demo.all"),
            number(one.facts),
            *_days(one.sent, words),
            *_days(one.recorded, words),
        )
        for one in report.lags
    ]
    names = ("kind", "count", "sent-median", "sent-p90", "sent-worst")
    further = ("recorded-median", "recorded-p90", "recorded-worst")
    columns = [words.say(f"agency-report.{name}") for name in (*names, *further)]
    console().print(table(words.say("agency-report.lag"), columns, rows, right=tuple(range(1, len(columns)))))


def _days(days: LagDays, words: LanguageTexts) -> tuple[str, str, str]:
    return words.days_until(days.median), words.days_until(days.p90), words.days_until(days.worst)


def _print_server(
    name: str, server: AgencyAtServer, waiting: Sequence[WaitingFor], words: LanguageTexts
) -> None:
    out = console()
    if server.refusals:
        rows = [
            (words.name("refused", one.code), number(one.refused), number(one.open))
            for one in server.refusals
        ]
        names = [words.say(f"agency-report.{name}") for name in ("why", "refused", "open")]
        out.print()
        out.print(table(words.say("agency-report.refusals"), names, rows, right=(1, 2), prose=(0,)))
    out.print()
    keys = [
        (
            one.id,
            words.name("key", one.kind),
            moment(one.since),
            moment(one.until) if one.until else "",
            words.say("key.good" if one.good else "key.ended"),
        )
        for one in server.keys
    ]
    columns = [words.say(f"column.{name}") for name in ("key", "kind", "since", "until", "now")]
    out.print(table(words.say("agency-report.keys"), columns, keys, prose=(1,)))
    out.print()
    waits = [
        (
            waited_for(one.what, words),
            who_brings(one.what, name, server.others, words),
            number(one.count),
            words.amount(one.amount) if one.amount else "",
        )
        for one in waiting
    ]
    columns = [words.say(f"agency-report.{name}") for name in ("what", "who", "count", "amount")]
    out.print(table(words.say("agency-report.waiting"), columns, waits, right=(2, 3), prose=(0, 1)))
