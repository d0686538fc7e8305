"""Orders that are not paid: which wait to leave, which are due or late, and which may not leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, or_, select

from projections.payment_rows import OrderRow, WaitingRow, WaitingTotal
from projections.payments import order_table, waiting_table, waiting_total_table
from projections.store import View


def waiting_of(view: View, claims: Collection[str]) -> dict[str, list[str]]:
    """Return of each of these claims the orders that have not left and may, and of which nobody has said that they leave."""
    table, by_claim = waiting_table(view), dict[str, list[str]]()
    query = select(table).where(table.c.approved == 0).order_by(table.c.order)
    for row in view.read_among(query, table.c.claim, claims, WaitingRow):
        by_claim.setdefault(row.claim, []).append(row.order)
    return by_claim


def waiting_totals(view: View) -> list[WaitingTotal]:
    """Return the totals of the orders that have not left and may, by partition."""
    table = waiting_total_table(view)
    return view.read(select(table).order_by(table.c.partition), WaitingTotal)


def unreleased(view: View, orders: Collection[str] | None = None) -> list[OrderRow]:
    """Return the standing orders that have not left and may, as far as their claim goes, by the day until which they are due.

    Where ``orders`` are named, only these are among them.
    """
    table, waiting = order_table(view), waiting_table(view)
    query = select(table).join(waiting, waiting.c.order == table.c.order)
    if orders is not None:
        rows = view.read_among(query, table.c.order, orders, OrderRow)
        return sorted(rows, key=lambda order: (order.due_on, order.order))
    return view.read(query.order_by(waiting.c.due_on, waiting.c.order), OrderRow)


def some_unreleased(view: View, first: int, count: int) -> list[OrderRow]:
    """Return so many of them from one on, without those that are approved; they are found from the nearer end."""
    table, waiting = order_table(view), waiting_table(view)
    number = sum(one.orders for one in waiting_totals(view) if not one.approved)
    count, at_end = min(count, number - first), first > number // 2
    if count <= 0:
        return []
    key = waiting.c.due_on, waiting.c.order
    some = select(*key).where(waiting.c.approved == 0)
    some = some.order_by(*(part.desc() if at_end else part for part in key))
    named = some.offset(number - first - count if at_end else first).limit(count).subquery()
    query = select(table).join(named, named.c.order == table.c.order)
    return view.read(query.order_by(named.c.due_on, named.c.order), OrderRow)


def due(view: View, on: dt.date) -> list[OrderRow]:
    """Return the standing orders that must be paid on ``on`` at the latest and had not been before that day.

    Not those that may not leave, see ``held``.
    """
    table = order_table(view)
    open_then = _open(table, on.isoformat()) & (table.c.held == "")
    query = select(table).where(open_then, table.c.due_on == on.isoformat()).order_by(table.c.order)
    return view.read(query, OrderRow)


class Overdue(Struct, frozen=True):
    """An order not paid when it was due: ``days`` late, and 1 % of its amount for each of them."""

    order: OrderRow
    days: int
    compensation: int
    """Whole rupiah, rounded half up (PP 44/2015 Pasal 37 and 40: 1 % of the nominal a day)."""


def overdue(view: View, on: dt.date) -> list[Overdue]:
    """Return the standing orders due before ``on`` that the bank had not paid in full before ``on``, oldest first.

    Not those that may not leave, see ``held``: nobody is late with them.
    """
    table = order_table(view)
    late = (table.c.due_on < on.isoformat()) & (table.c.held == "")
    query = select(table).where(_open(table, on.isoformat()), late).order_by(table.c.due_on, table.c.order)
    return [_late(order, on) for order in view.read(query, OrderRow)]


def held(view: View, on: dt.date) -> list[OrderRow]:
    """Return the standing orders due on ``on`` or before that may not leave, oldest first."""
    table = order_table(view)
    query = select(table).where(
        _open(table, on.isoformat()), table.c.due_on <= on.isoformat(), table.c.held != ""
    )
    return view.read(query.order_by(table.c.due_on, table.c.order), OrderRow)


def _late(order: OrderRow, on: dt.date) -> Overdue:
    days = (on - dt.date.fromisoformat(order.due_on)).days
    return Overdue(order, days, (order.amount * days + 50) // 100)


def _open(orders: Table, on: str) -> ColumnElement[bool]:
    return (orders.c.stands == 1) & or_(orders.c.paid_on == "", orders.c.paid_on >= on)
