"""``exceptions``: what does not stand as it should, by kind, claim and rupiah, each with its events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import asdict

from events.message import message
from projections import claims
from services.cli.book_options import NOW, BookOptions
from services.cli.dates import Day, asked_day, with_later_acts
from services.cli.error_messages import explain
from services.cli.exit_codes import FINDING, OK
from services.cli.figures import recorded_figure, show_handle
from services.cli.narrowing import District, require_known
from services.cli.opening import with_installation
from services.cli.output import console, show_json, table, tell
from services.cli.render.table import Grid
from services.exceptions.at_server import at_server
from services.exceptions.listing import (
    AT_SERVER,
    AnyKind,
    ExceptionLine,
    Exceptions,
    KindTotal,
    Sought,
)
from services.exceptions.listing import exceptions as exceptions_of
from services.figures.figure import concerning
from services.figures.totals import exceptions_totals
from services.texts.language import said
from services.wording.exceptions import details, in_all, places, subject
from services.wording.terms import LanguageTexts, day, number

_SHOWN = 10
"""How many of a kind are printed where all kinds are asked for."""


def exceptions(
    *,
    kind: AnyKind | None = None,
    claim: str | None = None,
    district: District = None,
    agency: str | None = None,
    programme: str | None = None,
    on: Day = None,
    of: BookOptions = NOW,
) -> int:
    """List the exceptions on a day by kind, with the totals of each kind. Exit code 1 if there are any.

    Documents without a hash are counted apart from the others, which they would hide: they are listed where their kind
    or one claim is asked for. Two kinds are on the server now, which is opened for them unless one looks back; where
    that is not possible it is said, and the rest is told.
    """
    sought = Sought(kind, claim, agency, programme, district)
    others: list[ExceptionLine] = []
    note = ""
    if of.looks_back:
        note = said(message("exception.only-now"))
    elif kind is None or kind in AT_SERVER:
        others, note = _at_server(of.data)
    with of.book() as looked_at:
        require_known(looked_at.view, claim=claim, agency=agency, programme=programme, district=district)
        listed = exceptions_of(looked_at.view, asked_day(on, of.known_on, of.true_on), sought, others)
        handle = None
        if kind not in AT_SERVER:
            narrowed = {name: value for name, value in asdict(sought).items() if value is not None}
            parameters = {"on": listed.on.isoformat(), **narrowed}
            row = claims.claim(looked_at.view, claim) if claim is not None else None
            concerns, sums = concerning([row] if row else []), exceptions_totals(listed)
            handle = recorded_figure(
                of.data, looked_at, "exceptions", parameters, sums, of.trail, concerns=concerns
            )
    if of.json:
        document = {
            "exceptions": listed.exceptions,
            "not_looked_at": note,
            "on": listed.on,
            "totals": listed.listed,
        }
        show_json({**document, "apart": listed.apart, "figure": handle})
    else:
        _print(listed, sought, note, LanguageTexts())
        if later := with_later_acts(listed.on, of.known_on, of.true_on):
            tell(console(), later)
        show_handle(console(), handle)
    return FINDING if listed.totals else OK


def _at_server(data: Path | None) -> tuple[list[ExceptionLine], str]:
    """Return what is on the server, or why it was not looked at."""
    try:
        return with_installation(data, at_server), ""
    except Exception as error:  # noqa: BLE001 - whatever keeps the server shut, the read models still answer
        return [], said(explain(error).what)


def _print(exceptions: Exceptions, sought: Sought, note: str, words: LanguageTexts) -> None:
    out = console()
    if not exceptions.listed:
        tell(out, words.say("exception.nothing-else" if exceptions.apart else "exception.nothing"))
    else:
        _print_totals(exceptions, words)
        for total in exceptions.listed:
            out.print()
            lines = [line for line in exceptions.exceptions if line.kind == total.kind]
            is_narrow = sought.kind is not None or sought.claim is not None
            _print_kind(total, lines if is_narrow else lines[:_SHOWN], words)
    if exceptions.apart:
        out.print()
        out.print(_totals_table(words.say("exception.apart"), exceptions.apart, words))
        tell(out, words.say("exception.apart-note", **in_all(exceptions)))
        for total in exceptions.apart:
            tell(out, words.say("exception.apart-kind", kind=total.kind))
    if note:
        tell(out, words.say("exception.no-server", why=note), style="yellow")


def _print_totals(exceptions: Exceptions, words: LanguageTexts) -> None:
    console().print(
        _totals_table(words.say("exception.title", day=day(exceptions.on)), exceptions.listed, words)
    )
    if len(exceptions.listed) > 1:
        tell(console(), words.say("exception.no-total"))


def _totals_table(title: str, totals: Sequence[KindTotal], words: LanguageTexts) -> Grid:
    rows = [
        (
            words.say(f"exception-kind.{total.kind}"),
            number(total.exceptions),
            number(total.claims),
            words.amount(total.amount),
        )
        for total in totals
    ]
    columns = [words.say(f"exception.{name}") for name in ("kind", "count", "claims", "amount")]
    return table(title, columns, rows, right=(1, 2, 3), prose=(0,))


def _print_kind(total: KindTotal, lines: Sequence[ExceptionLine], words: LanguageTexts) -> None:
    out, kind = console(), total.kind
    tell(out, words.say(f"exception-kind.{kind}"), style="bold")
    tell(out, words.say(f"exception-what.{kind}"), indent=2)
    tell(out, words.say("exception.means", amount=words.say(f"exception-amount.{kind}")), indent=2)
    tell(out, words.say("exception.ground", ground=words.say(f"exception-ground.{kind}")), indent=2)
    tell(out, words.say("exception.to-do", todo=words.say(f"exception-to-do.{kind}")), indent=2)
    rows = [
        (
            line.claim or "–",
            subject(line, words),
            words.amount(line.amount),
            details(line, words),
            ", ".join(places(line)),
        )
        for line in lines
    ]
    columns = [words.say(f"exception.{name}") for name in ("claim", "subject", "amount", "details", "events")]
    out.print(table("", columns, rows, right=(2,), prose=(3, 4)))
    if len(lines) < total.exceptions:
        tell(out, words.say("exception.rest", count=number(total.exceptions - len(lines)), kind=kind))
