"""The single orders behind a figure of the deadlines: those of a group that stand alike against their legal day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, Table, and_, func, select

from projections.columns import total
from projections.payments import order_table
from projections.store import View
from services.exceptions.deadlines import (
    ANYWHERE,
    STANDINGS,
    By,
    Place,
    Standing,
    days_since_first_due,
    group_column,
    order_standing,
    within,
)
from services.exceptions.groups import belonging_claims

Chosen: TypeAlias = Literal["all", Standing, "again"]
CHOSEN: tuple[str, ...] = ("all", *STANDINGS, "again")
"""Which orders may be listed: all that stand, those of one standing, or those of money that is ordered again."""


class Behind(Struct, frozen=True):
    """Which orders are listed: how they are at the end of the day ``on``, of which group and with which ``benefit``.

    None does not narrow. An order of several benefits is listed with each of them.
    """

    on: dt.date
    standing: Chosen = "all"
    by: By = "programme"
    group: str | None = None
    place: Place = ANYWHERE
    benefit: str | None = None


class OrderBehind(Struct, frozen=True):
    """A standing order against its day.

    ``late`` are the days that it is late or overdue, ``compensation`` 1 % for each. ``paid_on`` is the day on which it
    was paid in full, empty where that is after the day that is asked about. Of money ordered again ``first_due_on`` is
    the day until which it was first due, and ``again_days`` are those since then; else empty and None.
    """

    order: str
    claim: str
    payee: str
    amount: int
    due_on: str
    first_due_on: str
    paid_on: str
    standing: Standing
    late: int
    again_days: int | None
    compensation: int
    agency: str
    programme: str
    district: str


class OrdersBehind(Struct, frozen=True):
    """How many orders are listed, and their rupiah."""

    orders: int
    amount: int


def orders_behind(view: View, sought: Behind) -> OrdersBehind:
    """Return how many orders there are, and their rupiah."""
    orders = order_table(view)
    query = _narrowed(
        view, orders, sought, [func.count().label("orders"), total(orders.c.amount).label("amount")]
    )
    (behind,) = view.read(query, OrdersBehind)
    return behind


class _Row(Struct, frozen=True):
    order: str
    claim: str
    payee: str
    amount: int
    due_on: str
    first_due_on: str
    paid_on: str
    held: str
    agency: str
    programme: str
    district: str


def list_behind(view: View, sought: Behind, first: int = 0, count: int | None = None) -> list[OrderBehind]:
    """Return so many of them from one on, by their legal day and number."""
    orders, today = order_table(view), sought.on.isoformat()
    names = ("order", "claim", "payee", "amount", "due_on", "first_due_on", "paid_on", "held")
    columns: list[ColumnElement[Any]] = [orders.c[name] for name in names]
    query = _narrowed(view, orders, sought, [*columns, *belonging_claims(view, orders).columns.values()])
    query = query.order_by(orders.c.due_on, orders.c.order).offset(first).limit(count)
    return [_behind(row, today) for row in view.read(query, _Row)]


def _behind(row: _Row, today: str) -> OrderBehind:
    standing, late = order_standing(row.due_on, row.paid_on, today, row.held)
    return OrderBehind(
        order=row.order,
        claim=row.claim,
        payee=row.payee,
        amount=row.amount,
        due_on=row.due_on,
        first_due_on=row.first_due_on,
        paid_on=row.paid_on if row.paid_on <= today else "",
        standing=standing,
        late=late,
        again_days=days_since_first_due(row.first_due_on, row.paid_on, today),
        compensation=(row.amount * late + 50) // 100,
        agency=row.agency,
        programme=row.programme,
        district=row.district,
    )


def _narrowed(view: View, orders: Table, sought: Behind, columns: list[Any]) -> Select[Any]:
    belonging, today = belonging_claims(view, orders), sought.on.isoformat()
    query = select(*columns).select_from(belonging.joined)
    query = query.where(orders.c.stands == 1, *within(belonging, sought.place))
    if sought.group is not None:
        query = query.where(group_column(belonging, sought.by, orders.c.due_on) == sought.group)
    if sought.benefit is not None:
        query = query.where(orders.c.benefits.contains(f'"{sought.benefit}":', autoescape=True))
    if sought.standing == "all":
        return query
    if sought.standing == "again":
        return query.where(orders.c.first_due_on != "")
    paid = and_(orders.c.paid_on != "", orders.c.paid_on <= today)
    conditions: Mapping[Standing, ColumnElement[bool]] = {
        "in-time": and_(paid, orders.c.paid_on <= orders.c.due_on),
        "late": and_(paid, orders.c.paid_on > orders.c.due_on),
        "overdue": and_(~paid, orders.c.held == "", orders.c.due_on < today),
        "to-come": and_(~paid, orders.c.held == "", orders.c.due_on >= today),
        "held": and_(~paid, orders.c.held != ""),
    }
    return query.where(conditions[sought.standing])
