"""``payments due|made|sums``: which orders must be paid by a day and which are late, what the bank paid, every sum by benefit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter
from msgspec.structs import asdict

from events.message import message
from projections import claims
from projections.open_orders import Overdue, held, overdue
from projections.open_orders import due as due_orders
from projections.payment_rows import OrderRow
from services.claims.moment import unknown
from services.cli.book_options import NOW, BookOptions
from services.cli.dates import Day, asked_day
from services.cli.exit_codes import FINDING, OK
from services.cli.figures import recorded_figure, show_handle
from services.cli.narrowing import require_order
from services.cli.output import console, show_json, show_table, table, tell
from services.cli.render.sums import reconciled, show_sums
from services.figures.totals import due_totals, made_parameters, made_totals, reconciliation_totals
from services.overview.bank_statements import Made, MadeSums, Statement, StatementKind, list_made, sums_made
from services.wording.payments import remark
from services.wording.terms import LanguageTexts, day, number
from services.wording.timeline import payee

MOST_PRINTED = 1000
"""So many payments are printed; --json and the file of the page have all."""


def due(
    *,
    as_of: Day = None,
    of: BookOptions = NOW,
) -> int:
    """Show the orders that are to be paid on a day at the latest, and those that should have been paid before.

    Each day late costs 1 % of the order. Exit code 1 if one is late. Orders that may not leave stand apart: their claim
    waits for something or for an officer's decision, or the bank sent them back.
    """
    on = asked_day(as_of, of.known_on, of.true_on)
    with of.book() as chosen_book:
        view = chosen_book.view
        today, late, stuck = due_orders(view, on), overdue(view, on), held(view, on)
        sums = due_totals(today, late, stuck)
        handle = recorded_figure(of.data, chosen_book, "payments due", {"on": on.isoformat()}, sums, of.trail)
    if of.json:
        orders = {"due": today, "overdue": late, "held": stuck}
        show_json({"as_of": on, **orders, "sums": sums, "figure": handle})
    else:
        _print(today, late, sums, on, LanguageTexts())
        _print_held(stuck, sums["held"], LanguageTexts())
        show_handle(console(), handle)
    return FINDING if late else OK


def _print(
    today: list[OrderRow], late: list[Overdue], sums: dict[str, int], on: dt.date, words: LanguageTexts
) -> None:
    out = console()
    if not (today or late):
        out.print(words.say("due.nothing", day=day(on)))
        return
    rows = [(*_row(one.order, words), number(one.days), words.amount(one.compensation)) for one in late]
    rows += [(*_row(order, words), "", "") for order in today]
    total = words.amount(sums["due"] + sums["overdue"])
    rows.append((words.say("demo.all"), "", total, "", "", words.amount(sums["compensation"])))
    names = ("order", "payee", "amount", "day", "late", "compensation")
    columns = [words.say(f"due.{name}") for name in names]
    out.print(table(words.say("due.title", day=day(on)), columns, rows, right=(2, 4, 5), prose=(1,)))


def _print_held(stuck: list[OrderRow], total: int, words: LanguageTexts) -> None:
    if not stuck:
        return
    rows = [(*_row(order, words), words.say(f"due.held-{order.held}")) for order in stuck]
    rows.append((words.say("demo.all"), "", words.amount(total), "", ""))
    columns = [words.say(f"due.{name}") for name in ("order", "payee", "amount", "day", "held")]
    console().print(table(words.say("due.held-title"), columns, rows, right=(2,)))


def _row(order: OrderRow, words: LanguageTexts) -> tuple[str, str, str, str]:
    return (
        order.order,
        payee(order.payee, words),
        words.amount(order.amount),
        day(dt.date.fromisoformat(order.due_on)),
    )


def made(
    *,
    claim: str | None = None,
    first: Annotated[Day, Parameter(name="--from")] = None,
    last: Annotated[Day, Parameter(name="--to")] = None,
    kind: StatementKind | None = None,
    of: BookOptions = NOW,
) -> int:
    """Show the single payments, returns and failed transfers that the bank reported, by its own days, and their sums.

    What was taken back is listed and not added up. Two payments on different orders under one reference are marked.
    """
    require_order(first, last)
    sought = Made(first, last, claim, kind)
    with of.book() as chosen_book:
        totals = sums_made(chosen_book.view, sought)
        if claim is not None and not totals.statements and claims.claim(chosen_book.view, claim) is None:
            raise unknown(claim)
        some = list_made(chosen_book.view, sought, count=None if of.json else MOST_PRINTED)
        handle = recorded_figure(
            of.data, chosen_book, "payments made", made_parameters(sought), made_totals(totals), of.trail
        )
    if of.json:
        show_json({**asdict(sought), **asdict(totals), "made": some, "figure": handle})
    else:
        _print_made(some, totals, LanguageTexts())
        show_handle(console(), handle)
    return OK


def _print_made(some: Sequence[Statement], totals: MadeSums, words: LanguageTexts) -> None:
    if not some:
        tell(console(), message("made.nothing"))
        return
    show_table(
        some,
        ("made.day", lambda one: day(dt.date.fromisoformat(one.date)), "left"),
        ("column.claim", lambda one: one.claim, "left"),
        ("due.order", lambda one: one.order, "left"),
        ("made.kind", lambda one: words.name("code.bank-statement", one.kind), "left"),
        ("made.paid", lambda one: words.amount(one.paid) if one.paid else "", "right"),
        ("made.returned", lambda one: words.amount(one.returned) if one.returned else "", "right"),
        ("made.reference", lambda one: one.reference[:10], "left"),
        ("made.remark", lambda one: remark(one, words), "prose"),
        last=(
            *(words.say("demo.all"), "", "", number(totals.statements)),
            *(words.amount(totals.paid), words.amount(totals.returned), "", ""),
        ),
    )
    out = console()
    if len(some) < totals.statements:
        tell(out, message("made.rest", count=number(totals.statements - len(some))))
    counts = {name: number(getattr(totals, name)) for name in ("payments", "returns", "failed", "retracted")}
    amounts = {name: words.amount(getattr(totals, name)) for name in ("paid", "returned", "net")}
    tell(out, message("made.sums", **counts, **amounts))


def sums(
    *,
    of: BookOptions = NOW,
) -> int:
    """Show every sum by benefit and in total.

    Entitled, ordered, released, paid by the bank, matched, unmatched, overpaid. Exit code 1 if the bank paid what no
    order covers, or if they do not add up.
    """
    with of.book() as chosen_book:
        reconciliation = reconciled(chosen_book.view)
        totals = reconciliation_totals(reconciliation)
        handle = recorded_figure(of.data, chosen_book, "payments sums", {}, totals, of.trail)
    if of.json:
        show_json({**asdict(reconciliation), "figure": handle})
    else:
        show_sums(reconciliation, LanguageTexts(), console())
        show_handle(console(), handle)
    return FINDING if reconciliation.unmatched or not reconciliation.adds_up else OK
