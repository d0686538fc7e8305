"""What a sample is drawn from: claims, orders or payments of the book, narrowed and sorted into strata."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Collection, Sequence
from typing import Any, Literal, TypeAlias

from msgspec import Struct, convert
from msgspec.structs import asdict
from sqlalchemy import Column, ColumnElement, FromClause, Select, Table, func, literal, select

from projections.claims import claim_table
from projections.participants import people
from projections.payments import order_table, statement_table
from projections.store import View
from services.audit_trail.records import SampleFrozen
from services.sampling.frame import FrameItem
from services.sampling.plan import Method

Population: TypeAlias = Literal["claims", "orders", "payments"]
Stratification: TypeAlias = Literal["district", "agency", "programme"]


class Selection(Struct, frozen=True, kw_only=True):
    """Which items make a frame; what is empty does not narrow.

    ``first`` and ``last``: of claims the day on which they were filed, of orders the day on which they are due, of
    payments the day that the bank names. ``agency`` filed the claim. Strata are named by ``by`` and by the ``bands``
    of amounts, whose upper ends are given in rising order.
    """

    of: Population
    by: Stratification | None = None
    bands: tuple[int, ...] = ()
    district: str = ""
    agency: str = ""
    programme: str = ""
    first: dt.date | None = None
    last: dt.date | None = None


_OPTIONS = {"by": "strata", "bands": "band", "first": "from", "last": "to"}
"""What the parts of a selection are called where they are typed and recorded."""


def recorded_selection(selection: Selection) -> dict[str, str]:
    """Return a selection as the trail has it: by the names of the options, without what does not narrow."""
    options = {_OPTIONS.get(name, name): value for name, value in asdict(selection).items() if value}
    del options["of"]
    return {
        name: ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in options.items()
    }


def frozen_frame(view: View, frozen: SampleFrozen) -> list[FrameItem]:
    """Return the frame of a frozen sample, of the book at its cut."""
    names = {option: name for name, option in _OPTIONS.items()}
    fields: dict[str, object] = {
        names.get(option, option): value for option, value in frozen.selection.items()
    }
    fields["of"] = frozen.of
    if "bands" in fields:
        fields["bands"] = str(fields["bands"]).split(",")
    return drawable(frame_of(view, convert(fields, Selection, strict=False)), frozen.method)


def drawable(frame: Sequence[FrameItem], method: Method) -> list[FrameItem]:
    """Return the items that a method can draw."""
    return [item for item in frame if method == "attribute" or item.amount > 0]


def frame_of(view: View, selection: Selection) -> list[FrameItem]:
    """Return the items of a frame, sorted by name.

    A claim has the amount to which it is entitled, an order that stands what stands of it, a payment what the bank paid
    and did not take back as reported by mistake.
    """
    return [
        FrameItem(str(name), int(amount or 0), _stratum(str(group or ""), int(amount or 0), selection.bands))
        for name, amount, group in view.walk(_query(view, selection))
    ]


def claims_of(view: View, of: Population, names: Collection[str]) -> dict[str, str]:
    """Return the claim of each of these items that the book knows."""
    if of == "claims":
        return {name: name for name in names}
    table = order_table(view) if of == "orders" else statement_table(view)
    item = table.c.order if of == "orders" else table.c.ref
    rows = view.rows(select(item, table.c.claim).where(item.in_(sorted(names))))
    return {str(name): str(claim) for name, claim in rows}


def _query(view: View, selection: Selection) -> Select[Any]:
    claims, persons = claim_table(view), people(view)
    joined: FromClause = claims.outerjoin(
        persons, (persons.c.person == claims.c.person) & (persons.c.known == 1)
    )
    name, amount, day, counts = _items(view, selection.of, claims)
    if name.table is not claims:
        joined = name.table.join(joined, name.table.c.claim == claims.c.claim)
    columns: dict[str, ColumnElement[str]] = {
        "district": func.coalesce(persons.c.district, ""),
        "agency": claims.c.agency,
        "programme": claims.c.programme,
    }
    group = columns[selection.by] if selection.by else literal("")
    query = select(name, amount, group).select_from(joined).where(counts).order_by(name)
    for field, column in columns.items():
        if value := getattr(selection, field):
            query = query.where(column == value)
    if selection.first:
        query = query.where(day >= selection.first.isoformat())
    if selection.last:
        query = query.where(day <= selection.last.isoformat())
    return query


def _items(
    view: View, of: Population, claims: Table
) -> tuple[Column[Any], Column[Any], Column[Any], ColumnElement[bool]]:
    """Return name, amount and day of the items, and which of them count."""
    match of:
        case "claims":
            return claims.c.claim, claims.c.entitled, claims.c.filed_on, claims.c.shown == 1
        case "orders":
            orders = order_table(view)
            return orders.c.order, orders.c.amount, orders.c.due_on, orders.c.stands == 1
        case "payments":
            statements = statement_table(view)
            in_force = (statements.c.kind == "paid") & (statements.c.retracted == 0)
            return statements.c.ref, statements.c.amount, statements.c.date, in_force


def _stratum(group: str, amount: int, bands: Sequence[int]) -> str:
    if not bands:
        return group
    place = bisect_left(bands, amount)
    low = bands[place - 1] + 1 if place else 0
    band = f"{low}-{bands[place]}" if place < len(bands) else f"{low}-"
    return f"{group} {band}".strip()
