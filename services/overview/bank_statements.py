"""The single payments, returns and failed transfers that the bank reported, by its own days, and what they come to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, and_, case, func, select

from projections.columns import total
from projections.payments import statement_table
from projections.store import View

StatementKind: TypeAlias = Literal["paid", "returned", "failed"]
"""What the bank reports: money paid, money of such a payment that came back, a transfer that failed before anything
was paid."""


class Made(Struct, frozen=True):
    """Which statements of the bank are sought.

    Of the days ``first`` to ``last``, both included, of a ``claim``, of a ``kind``. None does not narrow.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    claim: str | None = None
    kind: StatementKind | None = None


class MadeSums(Struct, frozen=True):
    """How many statements there are, and what those come to that were not taken back, in rupiah.

    ``statements`` are ``payments``, ``returns``, ``failed`` transfers, of which nothing came back since nothing stood
    as paid, and the ``retracted`` ones together. ``returned`` is what of earlier payments in fact came back, ``net``
    what was ``paid`` less that: over all days what the bank paid of all claims.
    """

    statements: int
    payments: int
    paid: int
    returns: int
    returned: int
    failed: int
    retracted: int
    net: int


class Statement(Struct, frozen=True):
    """A payment or a return that the bank reported.

    One that is ``retracted`` was taken back, and is 0 in all that follows. ``kind`` is a ``StatementKind``. ``amount``
    is what the bank named, 0 where a return names none; ``paid`` and ``returned`` are what it counts for.
    ``reference`` is the token of the bank's reference, ``event`` that of the statement, ``agency:id``.
    """

    date: str
    claim: str
    order: str
    kind: str
    amount: int
    paid: int
    returned: int
    retracted: bool
    reference: str
    event: str
    others: tuple[str, ...]
    """Other orders of which the bank reports a payment under the same reference: one of them at most was paid by it."""


class _Row(Struct, frozen=True):
    date: str
    claim: str
    order: str
    kind: str
    amount: int
    undone: int
    retracted: int
    reference: str
    ref: str


class _Shared(Struct, frozen=True):
    reference: str
    order: str


def sums_made(view: View, sought: Made) -> MadeSums:
    """Return how many statements are sought, and what they come to."""
    statements = statement_table(view)
    in_force = statements.c.retracted == 0
    paid = and_(in_force, statements.c.kind == "paid")
    came_back = and_(in_force, statements.c.kind == "returned")
    failed = and_(in_force, statements.c.kind == "failed")
    query = select(
        func.count().label("statements"),
        total(case((paid, 1), else_=0)).label("payments"),
        total(case((paid, statements.c.amount), else_=0)).label("paid"),
        total(case((came_back, 1), else_=0)).label("returns"),
        total(case((came_back, statements.c.undone), else_=0)).label("returned"),
        total(case((failed, 1), else_=0)).label("failed"),
        total(statements.c.retracted).label("retracted"),
        total(case((paid, statements.c.amount), (came_back, -statements.c.undone), else_=0)).label("net"),
    )
    (sums,) = view.read(query.where(*_within(statements, sought)), MadeSums)
    return sums


def list_made(view: View, sought: Made, first: int = 0, count: int | None = None) -> list[Statement]:
    """Return so many of them from one on, by day, claim and place in the ledger.

    Their keys are found in the index of days alone, and then what they say.
    """
    statements = statement_table(view)
    key = [statements.c[name] for name in ("date", "claim", "partition", "position")]
    keys = select(*key).where(*_within(statements, sought)).order_by(*key)
    page = keys.offset(first).limit(count).subquery()
    at_same_place = and_(*(part == page.c[part.name] for part in key[1:]))
    columns = [statements.c[name] for name in _Row.__struct_fields__]
    query = select(*columns).select_from(statements.join(page, at_same_place)).order_by(*page.c)
    rows = view.read(query, _Row)
    shared = _shared(view, statements, {row.reference for row in rows if row.reference})
    return [_statement(row, shared.get(row.reference, ())) for row in rows]


def _statement(row: _Row, orders: tuple[str, ...]) -> Statement:
    counts = row.kind == "paid" and not row.retracted
    return Statement(
        date=row.date,
        claim=row.claim,
        order=row.order,
        kind=row.kind,
        amount=row.amount,
        paid=row.amount if counts else 0,
        returned=0 if row.retracted else row.undone,
        retracted=bool(row.retracted),
        reference=row.reference,
        event=row.ref,
        others=tuple(order for order in orders if order != row.order) if counts else (),
    )


def _shared(view: View, statements: Table, references: set[str]) -> dict[str, tuple[str, ...]]:
    """Return the orders of payments that stand, by reference."""
    query = select(statements.c.reference, statements.c.order).distinct()
    query = query.where(statements.c.kind == "paid", statements.c.retracted == 0)
    query = query.order_by(statements.c.reference, statements.c.order)
    others: dict[str, tuple[str, ...]] = {}
    for one in view.read_among(query, statements.c.reference, references, _Shared):
        others[one.reference] = (*others.get(one.reference, ()), one.order)
    return others


def _within(statements: Table, sought: Made) -> Iterator[ColumnElement[bool]]:
    if sought.first is not None:
        yield statements.c.date >= sought.first.isoformat()
    if sought.last is not None:
        yield statements.c.date <= sought.last.isoformat()
    if sought.claim is not None:
        yield statements.c.claim == sought.claim
    if sought.kind is not None:
        yield statements.c.kind == sought.kind
