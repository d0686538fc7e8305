"""``agencies``: what each agency sent, and what became of it."""

from __future__ import annotations

import datetime as dt

from projections.agencies import AgencyRow, admitted
from projections.agencies import agencies as sent_by
from services.cli.book_options import NOW, BookOptions
from services.cli.exit_codes import OK
from services.cli.figures import recorded_figure, show_handle
from services.cli.opening import with_installation
from services.cli.output import Column, console, show_json, show_table
from services.figures.totals import admitted_totals
from services.overview.agency_report import at_edge, days_until_sent
from services.wording.terms import LanguageTexts, moment, number


def agencies(*, of: BookOptions = NOW) -> int:
    """Show what each agency sent: admitted into the ledger, refused, waiting, and not yet taken up.

    At an earlier moment only what was admitted: what was refused or waited then is known of no more.

    How many days it took until a fact about a claim was sent is told of nine of ten and of the longest.

    ``--json`` has the admitted events by type too.
    """
    now = not of.looks_back
    waiting = with_installation(of.data, at_edge) if now else {}
    with of.book() as chosen_book:
        sent, sorts = sent_by(chosen_book.view, waiting), admitted(chosen_book.view)
        days = days_until_sent(chosen_book.view)
        handle = recorded_figure(of.data, chosen_book, "agencies", {}, admitted_totals(sorts), of.trail)
    if of.json:
        show_json({"agencies": sent, "types": sorts, "days_until_sent": days, "figure": handle})
    else:
        words = LanguageTexts()
        columns: list[Column[AgencyRow]] = [
            ("column.agency", lambda one: one.agency, "left"),
            ("traffic.sent", lambda one: number(one.sent), "right"),
            ("traffic.admitted", lambda one: number(one.admitted), "right"),
            ("traffic.refused", lambda one: number(one.refused), "right"),
            ("traffic.waiting", lambda one: number(one.waiting), "right"),
            ("traffic.outbox", lambda one: number(one.outbox), "right"),
            ("traffic.last", _last, "left"),
            (
                "traffic.days-p90",
                lambda one: words.days_until(days[one.agency].p90) if one.agency in days else "",
                "right",
            ),
            (
                "traffic.days-worst",
                lambda one: words.days_until(days[one.agency].worst) if one.agency in days else "",
                "right",
            ),
        ]
        show_table(sent, *(columns if now else (columns[0], columns[2], *columns[-3:])))
        show_handle(console(), handle)
    return OK


def _last(one: AgencyRow) -> str:
    return moment(dt.datetime.fromisoformat(one.last_at)) if one.last_at else ""
