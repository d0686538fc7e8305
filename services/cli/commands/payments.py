"""``payments due|sums``: which orders must be paid by a day and which are late, and every sum by benefit."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from events.values import JAKARTA
from projections.payments import OrderRow, Overdue, held, overdue
from projections.payments import due as due_orders
from services.cli.dates import Day
from services.cli.exit_codes import FINDING, OK
from services.cli.output import console, show_json, table
from services.cli.read_models import read_models
from services.cli.render.sums import reconciled, show_sums
from services.cli.render.terms import LanguageTexts, day, number
from services.cli.render.timeline import payee


def due(*, as_of: Day = None, json: bool = False, data: Path | None = None) -> int:
    """Show the orders that are to be paid on a day at the latest, and those that should have been paid before.

    Each day late costs 1 % of the order. Exit code 1 if one is late. Orders that may not leave stand apart: their claim
    waits for something or for an officer's decision, or the bank sent them back.
    """
    on = as_of or dt.datetime.now(JAKARTA).date()
    with read_models(data) as view:
        today, late, stuck = due_orders(view, on), overdue(view, on), held(view, on)
    sums = {
        "due": sum(order.amount for order in today),
        "overdue": sum(one.order.amount for one in late),
        "compensation": sum(one.compensation for one in late),
        "held": sum(order.amount for order in stuck),
    }
    if json:
        show_json({"as_of": on, "due": today, "overdue": late, "held": stuck, "sums": sums})
    else:
        _print(today, late, sums, on, LanguageTexts())
        _print_held(stuck, sums["held"], LanguageTexts())
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


def sums(*, json: bool = False, data: Path | None = None) -> int:
    """Show every sum by benefit and in total: entitled, ordered, released, paid by the bank, matched, unmatched, overpaid.

    Exit code 1 if the bank paid what no order covers, or if they do not add up.
    """
    with read_models(data) as view:
        reconciliation = reconciled(view)
    if json:
        show_json(reconciliation)
    else:
        show_sums(reconciliation, LanguageTexts(), console())
    return FINDING if reconciliation.unmatched or not reconciliation.adds_up else OK
