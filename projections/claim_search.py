"""Which claims are sought, and which come next in which order?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, case, literal, or_, select, tuple_

from projections import payments
from projections.claim_groups import EVERYWHERE, GROUP
from projections.claims import CLAIMS, ClaimRow, claim_table, of_participants
from projections.columns import total, unindexed
from projections.store import View

Sort: TypeAlias = Literal["number", "oldest", "newest", "largest", "smallest"]
"""By number, by the day of filing, or by the amount that is meant; those that are equal by number."""
AmountOf: TypeAlias = Literal["entitled", "ordered", "paid"]

BROAD = 30_000
"""More claims than these are not read to be sorted: all are walked in order until there are enough."""
MANY = 5_000
"""More claims than these are many to look at only to count them."""
_EQUAL = ("status", "agency", "district")
"""Columns that are asked to be one value, by whose index claims are in the order of their numbers."""


class ClaimSearch(Struct, frozen=True, kw_only=True):
    """What is sought; None asks for nothing. Days are civil, each span has both ends in it.

    ``amount_of`` says which amount is meant: ``entitled``, where it is None too, ``ordered`` or ``paid`` by the bank. A
    claim was ordered on the day of its first standing order, and paid on the day of the payment by which all is paid.

    ``obstacle`` is the code of something that a claim waits for, or of a reason for which it was referred or denied;
    ``person`` is the participant's token, ``order`` and ``reference`` (a token) are of its payments.
    """

    status: str | None = None
    programme: str | None = None
    district: str | None = None
    agency: str | None = None
    obstacle: str | None = None
    claim: str | None = None
    person: str | None = None
    order: str | None = None
    reference: str | None = None
    amount_from: int | None = None
    amount_to: int | None = None
    amount_of: AmountOf | None = None
    filed_from: dt.date | None = None
    filed_to: dt.date | None = None
    event_from: dt.date | None = None
    event_to: dt.date | None = None
    ordered_from: dt.date | None = None
    ordered_to: dt.date | None = None
    paid_from: dt.date | None = None
    paid_to: dt.date | None = None


_AMOUNTS: Mapping[AmountOf, str] = {"entitled": "entitled", "ordered": "ordered", "paid": "paid_by_bank"}


def page(
    view: View,
    search: ClaimSearch,
    sort: Sort = "number",
    *,
    total: int,
    limit: int | None = None,
    after: str | None = None,
    first: int = 0,
) -> list[ClaimRow]:
    """Return the claims that are sought, in order.

    At most ``limit``, behind the claim ``after`` or without the ``first`` ones. ``total`` is how many there are.
    """
    if not total:
        return []
    count = total - first if limit is None else min(limit, total - first)
    query, claims = of_participants(view)
    column, falls = _order(claims, search, sort)
    place: list[ColumnElement[Any]] = [claims.c.claim] if column is None else [column, claims.c.claim]
    if by := narrowest(narrow(view, search, walked=(min(first, total - first) + count) / total)):
        look, place = looked_at(claims, by), [unindexed(part) for part in place]
    else:
        look = looked_at(claims, *(_EQUAL if column is None else (column.key,)))
    sought = of_claims(view, claims, search, look)
    order = [part.desc() if falls else part for part in place]
    if after is not None:
        sought.append(_behind(claims, column, after, falls=falls))
    if not first:
        return view.read(query.where(*sought).order_by(*order).limit(limit), ClaimRow)
    if count <= 0:
        return []
    numbers = select(claims.c.claim).where(*sought)
    if first > total // 2:  # the end is nearer
        back = [part if falls else part.desc() for part in place]
        numbers = numbers.order_by(*back).offset(total - first - count)
    else:
        numbers = numbers.order_by(*order).offset(first)
    return view.read(query.where(claims.c.claim.in_(numbers.limit(count))).order_by(*order), ClaimRow)


def of_claims(
    view: View, claims: Table, search: ClaimSearch, column: Callable[[str], ColumnElement[Any]]
) -> list[ColumnElement[bool]]:
    """Return what must hold of a claim that is sought; ``column`` is how a column is looked at."""
    conditions = [
        column(name) == sought
        for name in ("status", "programme", "district", "agency")
        if (sought := getattr(search, name)) is not None
    ]
    if search.claim is not None:
        conditions.append(claims.c.claim == search.claim)
    if search.person is not None:
        conditions.append(claims.c.person == search.person)
    if search.obstacle is not None:
        groups = view.table(CLAIMS, GROUP)
        alike = select(groups.c.obstacles).where(
            groups.c.grain == "month",
            groups.c.district == EVERYWHERE,
            names_obstacle(groups, search.obstacle),
        )
        conditions.append(column("obstacles").in_(alike))
    if search.order is not None:
        orders, statements = payments.order_table(view), payments.statement_table(view)
        numbers = select(orders.c.claim).where(orders.c.order == search.order)
        conditions.append(
            claims.c.claim.in_(
                numbers.union(select(statements.c.claim).where(statements.c.order == search.order))
            )
        )
    if search.reference is not None:
        statements = payments.statement_table(view)
        conditions.append(
            claims.c.claim.in_(select(statements.c.claim).where(statements.c.reference == search.reference))
        )
    for name in _SPANS:
        conditions += _within(column(name), *_span(search, name))
    return conditions


def narrow(view: View, search: ClaimSearch, *, walked: float = 0) -> dict[str, float]:
    """Return how many claims the index of each column leaves of those that are asked for, without those that leave too many.

    Too many are more than ``BROAD`` and more than the share ``walked`` of all claims, which is looked at otherwise.
    """
    if any((search.claim, search.person, search.order, search.reference)):
        return {"claim": 0}
    claims, counts = claim_table(view), _counts(view, search)
    too_many = max(BROAD, walked * counts.pop(""))
    for name in _SPANS:
        if within := _within(claims.c[name], *_span(search, name)):
            query = select(claims.c[name]).where(*within)
            fits = (
                most for most in (MANY, BROAD, int(too_many)) if not view.rows(query.offset(most).limit(1))
            )
            counts[name] = next(fits, too_many + 1)
    return {name: number for name, number in counts.items() if number <= too_many}


def narrowest(columns: Mapping[str, float], *but: str) -> str:
    """Return which of ``columns``, as ``narrow`` has them, leaves the fewest claims, of some ``but``.

    Empty where there is none.
    """
    return min((name for name in columns if name not in but), key=columns.__getitem__, default="")


def looked_at(claims: Table, *by: str) -> Callable[[str], ColumnElement[Any]]:
    """Return how columns are looked at: by their index where it is among ``by``, any other column not."""

    def look(name: str) -> ColumnElement[Any]:
        column: ColumnElement[Any] = claims.c[name]
        return column if name in by else unindexed(column)

    return look


def _counts(view: View, search: ClaimSearch) -> dict[str, float]:
    """Return by column how many claims of the book have the value that is sought; under no name how many there are."""
    groups = view.table(CLAIMS, GROUP)
    everywhere = (groups.c.grain == "month") & (groups.c.district == EVERYWHERE)
    alike = {
        "status": (search.status, everywhere & (groups.c.status == search.status)),
        "agency": (search.agency, everywhere & (groups.c.agency == search.agency)),
        "obstacles": (search.obstacle, everywhere & names_obstacle(groups, search.obstacle or "")),
        "district": (search.district, (groups.c.grain == "ever") & (groups.c.district == search.district)),
    }
    conditions = {
        "": everywhere,
        **{name: which for name, (value, which) in alike.items() if value is not None},
    }
    counts = (total(case((which, groups.c.claims), else_=0)) for which in conditions.values())
    (numbers,) = view.rows(select(*counts).where(or_(*conditions.values())))
    return {name: int(number or 0) for name, number in zip(conditions, numbers, strict=True)}


_SPANS = (*_AMOUNTS.values(), "filed_on", "event_date", "ordered_on", "paid_on")
_Bound: TypeAlias = str | int | None


def _span(search: ClaimSearch, name: str) -> tuple[_Bound, _Bound]:
    """Return between which amounts or days a column is to be, both included; None is open."""
    if name in _AMOUNTS.values():
        is_of_amount = name == _AMOUNTS[search.amount_of or "entitled"]
        return (search.amount_from, search.amount_to) if is_of_amount else (None, None)
    days = name.removesuffix("_on").removesuffix("_date")
    return _text(getattr(search, f"{days}_from")), _text(getattr(search, f"{days}_to"))


def _within(column: ColumnElement[Any], first: _Bound, last: _Bound) -> list[ColumnElement[bool]]:
    """Return what holds of a column that is in a span; an unknown day, which is empty, is in none."""
    bounds = [] if first is None else [column >= first]
    if last is not None:
        bounds += [column <= last, column != ""] if isinstance(last, str) else [column <= last]
    return bounds


def _order(claims: Table, search: ClaimSearch, sort: Sort) -> tuple[ColumnElement[Any] | None, bool]:
    """Return the column of an order, None for the number itself, and whether it falls."""
    columns = {"number": "", "oldest": "filed_on", "newest": "filed_on"}
    name = columns.get(sort, _AMOUNTS[search.amount_of or "entitled"])
    return (claims.c[name] if name else None), sort in ("newest", "largest")


def _behind(
    claims: Table, column: ColumnElement[Any] | None, after: str, *, falls: bool
) -> ColumnElement[bool]:
    if column is None:
        return claims.c.claim > after
    other = claims.alias("after")
    place = select(other.c[str(column.key)]).where(other.c.claim == after).scalar_subquery()
    here, there = tuple_(column, claims.c.claim), tuple_(place, literal(after))
    return here < there if falls else here > there


def names_obstacle(groups: Table, obstacle: str) -> ColumnElement[bool]:
    """Whether the list of obstacles, which is JSON, names a code."""
    return groups.c.obstacles.contains(f'"{obstacle}"', autoescape=True)


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
