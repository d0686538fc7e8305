"""``deadlines``: orders against their legal day, and who kept claims waiting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec.structs import asdict

from events.message import message
from services.claims.narrowing import is_known, known_values
from services.cli.book_options import NOW, BookOptions
from services.cli.dates import Day, asked_day, with_later_acts
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.narrowing import District, require_known, unknown_value
from services.cli.output import console, show_json, show_table, table, tell
from services.exceptions.deadline_acts import NO_AGENCY, Acts, act_totals, list_acts
from services.exceptions.deadline_orders import Behind, Chosen, list_behind, orders_behind
from services.exceptions.deadline_waits import Turn, Waits, list_waits
from services.exceptions.deadlines import (
    PHASES,
    ActingAgency,
    By,
    ClaimPhases,
    Deadlines,
    Incomplete,
    OrderDeadlines,
    Phase,
    Place,
)
from services.exceptions.deadlines import deadlines as deadlines_of
from services.figures.totals import deadline_totals
from services.wording.exceptions import group, sum_and_median
from services.wording.terms import LanguageTexts, day, number


def deadlines(
    *,
    by: By = "programme",
    on: Day = None,
    district: District = None,
    agency: str | None = None,
    programme: str | None = None,
    orders: Chosen | None = None,
    group: str | None = None,
    benefit: str | None = None,
    acts: str | None = None,
    phase: Phase | None = None,
    waiting: Turn | None = None,
    of: BookOptions = NOW,
) -> int:
    """Show which orders were paid in time, late and not yet by a day, and the days of claims by who kept them waiting.

    Exit code 1 if an order is not paid and its day has passed. With --orders the single orders that stand so, with
    --acts the claims whose days ended with an act of that agency, with --waiting those that never were complete.
    """
    day = asked_day(on, of.known_on, of.true_on)
    place = Place(district, agency, programme)
    narrowed = {name: value for name, value in asdict(place).items() if value is not None}
    if acts is not None:
        return _list_acts(Acts(acts, phase, place), of)
    if phase is not None:
        raise command_error("deadline.phase-of-nobody", "deadline.name-acts")
    if waiting is not None:
        return _list_waits(Waits(day, None if waiting == "all" else waiting, by, group, place), of)
    if orders is not None or group is not None or benefit is not None:
        return _list(Behind(day, orders or "all", by, group, place, benefit), of)
    with of.book() as looked_at:
        require_known(looked_at.view, agency=agency, programme=programme, district=district)
        sums = deadlines_of(looked_at.view, day, by, place)
        parameters, totals = {"on": day.isoformat(), **narrowed}, deadline_totals(sums)
        handle = recorded_figure(of.data, looked_at, "deadlines", parameters, totals, of.trail)
    if of.json:
        show_json({**asdict(sums), "by": by, "place": place, "figure": handle})
    else:
        _print(sums, by, LanguageTexts())
        if later := with_later_acts(day, of.known_on, of.true_on):
            tell(console(), later)
        show_handle(console(), handle)
    return FINDING if sums.orders[-1].overdue else OK


def _list(sought: Behind, of: BookOptions) -> int:
    """Show the single orders behind a figure."""
    benefits = LanguageTexts().scheme.benefits
    if sought.benefit is not None and sought.benefit not in benefits:
        raise unknown_value("benefit", sought.benefit, benefits)
    with of.book() as looked_at:
        require_known(looked_at.view, **asdict(sought.place))
        orders, sums = list_behind(looked_at.view, sought), orders_behind(looked_at.view, sought)
    if of.json:
        show_json({**asdict(sought), **asdict(sums), "listed": orders})
        return OK
    words = LanguageTexts()
    show_table(
        orders,
        ("due.order", lambda one: one.order, "left"),
        ("column.claim", lambda one: one.claim, "left"),
        ("deadline.standing", lambda one: words.name("order-standing", one.standing), "left"),
        ("due.day", lambda one: day(dt.date.fromisoformat(one.due_on)), "left"),
        ("due.amount", lambda one: words.amount(one.amount), "right"),
        ("deadline.days", lambda one: number(one.late), "right"),
        (
            "deadline.again-days",
            lambda one: "" if one.again_days is None else number(one.again_days),
            "right",
        ),
        ("deadline.compensation", lambda one: words.amount(one.compensation), "right"),
        ("deadline.agency", lambda one: one.agency, "left"),
        ("deadline.programme", lambda one: one.programme, "left"),
        ("deadline.district", lambda one: words.name("district", one.district), "left"),
    )
    count, amount = number(sums.orders), words.amount(sums.amount)
    tell(console(), message("deadline.listed", orders=count, amount=amount, day=day(sought.on)))
    tell(console(), message("deadline.agency-filed"))
    return OK


def _list_acts(sought: Acts, of: BookOptions) -> int:
    """Show the claims behind the days of an agency that acted."""
    with of.book() as looked_at:
        require_known(looked_at.view, **asdict(sought.place))
        sums = act_totals(looked_at.view, sought)
        if sought.acts != NO_AGENCY and not is_known(looked_at.view, "agency", sought.acts):
            raise unknown_value("acts", sought.acts, known_values(looked_at.view, "agency"))
        acts = list_acts(looked_at.view, sought, sums.phases)
    if of.json:
        show_json({**asdict(sought), **asdict(sums), "listed": acts})
        return OK
    words = LanguageTexts()
    show_table(
        acts,
        ("column.claim", lambda one: one.claim, "left"),
        ("deadline.phase", lambda one: words.say(f"deadline.{one.phase}"), "left"),
        ("deadline.since", lambda one: day(dt.date.fromisoformat(one.since)), "left"),
        ("deadline.until", lambda one: day(dt.date.fromisoformat(one.until)), "left"),
        ("deadline.days", lambda one: number(one.days), "right"),
        ("deadline.agency", lambda one: one.agency, "left"),
        ("deadline.programme", lambda one: one.programme, "left"),
        ("deadline.district", lambda one: words.name("district", one.district), "left"),
    )
    tell(console(), message("deadline.acts-listed", phases=number(sums.phases), days=number(sums.days)))
    return OK


def _list_waits(sought: Waits, of: BookOptions) -> int:
    """Show the claims that never were complete, the oldest first."""
    with of.book() as looked_at:
        require_known(looked_at.view, **asdict(sought.place))
        waits = list_waits(looked_at.view, sought)
    if of.json:
        show_json({**asdict(sought), "claims": len(waits), "listed": waits})
        return OK
    words = LanguageTexts()
    show_table(
        waits,
        ("column.claim", lambda one: one.claim, "left"),
        ("deadline.turn", lambda one: words.name("turn", one.turn), "left"),
        (
            "deadline.awaited",
            lambda one: ", ".join(words.name("missing", code) for code in one.missing),
            "prose",
        ),
        ("column.filed", lambda one: day(dt.date.fromisoformat(one.filed_on)), "left"),
        ("deadline.since", lambda one: day(dt.date.fromisoformat(one.since)), "left"),
        ("deadline.days-waiting", lambda one: number(one.days), "right"),
        ("deadline.agency", lambda one: one.agency, "left"),
        ("deadline.district", lambda one: words.name("district", one.district), "left"),
    )
    tell(console(), message("deadline.waits-listed", claims=number(len(waits)), day=day(sought.on)))
    return OK


def _print(deadlines: Deadlines, by: By, words: LanguageTexts) -> None:
    out = console()
    _print_orders(deadlines.orders, words.say("deadline.orders", day=day(deadlines.on)), by, words)
    for key in ("limits", "design", "again-how"):
        tell(out, words.say(f"deadline.{key}"))
    out.print()
    _print_phases(deadlines.phases, by, words)
    tell(out, words.say("deadline.whose"))
    if by == "agency":
        tell(out, words.say("deadline.filed-by"))
    if deadlines.acting:
        out.print()
        _print_acting(deadlines.acting, words)
        tell(out, words.say("deadline.acting-whose"))
    if deadlines.incomplete:
        out.print()
        _print_incomplete(deadlines.incomplete, by, words)


def _print_orders(groups: Sequence[OrderDeadlines], title: str, by: By, words: LanguageTexts) -> None:
    rows = [
        (
            group(one.group, by, words),
            number(one.orders),
            number(one.in_time),
            number(one.late),
            number(one.overdue),
            number(one.to_come),
            number(one.held),
            sum_and_median(one.days, words),
            words.amount(one.overdue_amount),
            words.amount(one.compensation),
            number(one.again),
            sum_and_median(one.again_days, words),
        )
        for one in groups
    ]
    standing = ("count", "in-time", "late", "overdue", "to-come", "held")
    names = (*standing, "days", "unpaid", "compensation", "again", "again-days")
    columns = [words.say(f"deadline.{by}"), *(words.say(f"deadline.{name}") for name in names)]
    console().print(table(title, columns, rows, right=tuple(range(1, len(columns)))))


def _print_phases(groups: Sequence[ClaimPhases], by: By, words: LanguageTexts) -> None:
    rows = [
        (
            group(one.group, by, words),
            number(one.claims),
            *(sum_and_median(getattr(one, name), words) for name in PHASES),
        )
        for one in groups
    ]
    columns = [words.say(f"deadline.{name}") for name in (by, "claims", *PHASES)]
    title = words.say("deadline.phases")
    console().print(table(title, columns, rows, right=tuple(range(1, len(columns)))))


def _print_acting(agencies: Sequence[ActingAgency], words: LanguageTexts) -> None:
    rows = [
        (
            one.agency or words.say("deadline.nobody"),
            *(sum_and_median(getattr(one, name), words) for name in (*PHASES, "whole")),
        )
        for one in agencies
    ]
    columns = [words.say(f"deadline.{name}") for name in ("acting-agency", *PHASES, "whole")]
    console().print(table(words.say("deadline.acting"), columns, rows, right=tuple(range(1, len(columns)))))


def _print_incomplete(groups: Sequence[Incomplete], by: By, words: LanguageTexts) -> None:
    names = ("family", "office", "both")
    rows = [
        (
            group(one.group, by, words),
            words.say(f"turn.{one.turn}"),
            number(one.claims),
            *(number(getattr(one, f"{name}_days")) for name in names),
        )
        for one in groups
    ]
    columns = [words.say(f"deadline.{name}") for name in (by, "turn", "claims", *names)]
    title = words.say("deadline.incomplete")
    console().print(table(title, columns, rows, right=(2, 3, 4, 5)))
