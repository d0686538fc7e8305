"""Which claims are sought, and which come next in which order?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from sqlalchemy import ColumnElement, Table, case, literal, or_, select, tuple_

from projections import payments
from projections.claim_groups import EVERYWHERE, GROUP
from projections.claims import CLAIMS, ClaimRow, of_participants
from projections.columns import total, unindexed
from projections.store import View

Sort: TypeAlias = Literal["number", "oldest", "newest", "largest", "smallest"]
"""By number, by the day of filing, or by the amount that is meant; those that are equal by number."""
AmountOf: TypeAlias = Literal["entitled", "ordered", "paid"]

BROAD = 20_000
"""More claims than these are not sorted: they are found by walking in order until there are enough."""
FEW = 2_000
"""So few claims are found by what they have in common with the fewest others."""
_EQUAL = ("status", "agency", "district", "obstacles")
"""Columns with an index that are asked to be one value."""


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
    found: int,
    limit: int | None = None,
    after: str | None = None,
    first: int = 0,
) -> list[ClaimRow]:
    """Return the claims that are sought, in order: at most ``limit``, behind the claim ``after`` or without the ``first`` ones.

    ``found`` is how many there are.
    """
    if not found:
        return []
    query, claims = of_participants(view)
    sought = of_claims(view, claims, search, _indexes(view, claims, search, sort, found))
    column, falls = _order(claims, search, sort)
    place: list[ColumnElement[Any]] = [claims.c.claim] if column is None else [column, claims.c.claim]
    if found <= BROAD:
        place = [unindexed(part) for part in place]
    order = [part.desc() if falls else part for part in place]
    if after is not None:
        sought.append(_behind(claims, column, after, falls=falls))
    if not first:
        return view.read(query.where(*sought).order_by(*order).limit(limit), ClaimRow)
    count = found - first if limit is None else min(limit, found - first)
    if count <= 0:
        return []
    numbers = select(claims.c.claim).where(*sought)
    if first > found // 2:  # the end is nearer
        back = [part if falls else part.desc() for part in place]
        numbers = numbers.order_by(*back).offset(found - first - count)
    else:
        numbers = numbers.order_by(*order).offset(first)
    return view.read(query.where(claims.c.claim.in_(numbers.limit(count))).order_by(*order), ClaimRow)


def of_claims(
    view: View, claims: Table, search: ClaimSearch, column: Callable[[str], ColumnElement[Any]]
) -> list[ColumnElement[bool]]:
    """Return what must hold of a claim that is sought; ``column`` is how a column is looked at."""
    found = [
        column(name) == asked
        for name in ("status", "programme", "district", "agency")
        if (asked := getattr(search, name)) is not None
    ]
    if search.claim is not None:
        found.append(claims.c.claim == search.claim)
    if search.person is not None:
        found.append(claims.c.person == search.person)
    if search.obstacle is not None:
        groups = view.table(CLAIMS, GROUP)
        alike = select(groups.c.obstacles).where(
            groups.c.grain == "month",
            groups.c.district == EVERYWHERE,
            names_obstacle(groups, search.obstacle),
        )
        found.append(column("obstacles").in_(alike))
    if search.order is not None:
        orders, said = payments.order_table(view), payments.statement_table(view)
        made = select(orders.c.claim).where(orders.c.order == search.order)
        found.append(claims.c.claim.in_(made.union(select(said.c.claim).where(said.c.order == search.order))))
    if search.reference is not None:
        said = payments.statement_table(view)
        found.append(claims.c.claim.in_(select(said.c.claim).where(said.c.reference == search.reference)))
    for name, first, last in (
        (_AMOUNTS[search.amount_of or "entitled"], search.amount_from, search.amount_to),
        ("filed_on", _text(search.filed_from), _text(search.filed_to)),
        ("event_date", _text(search.event_from), _text(search.event_to)),
        ("ordered_on", _text(search.ordered_from), _text(search.ordered_to)),
        ("paid_on", _text(search.paid_from), _text(search.paid_to)),
    ):
        if first is not None:
            found.append(column(name) >= first)
        if last is not None:
            found += (
                [column(name) <= last, column(name) != ""]
                if isinstance(last, str)
                else [column(name) <= last]
            )
    return found


def _indexes(
    view: View, claims: Table, search: ClaimSearch, sort: Sort, found: int
) -> Callable[[str], ColumnElement[Any]]:
    """Return how columns are looked at where so many claims are ``found``.

    Of very many only those by which they can be walked in order are looked at by their index, of few among many only the
    one that leaves the fewest of the columns that are to be one value.
    """
    passed_over: set[str] = set()
    if found > BROAD:
        in_order = {"number": {"status", "programme", "agency", "district"}}.get(
            sort, {_sorted_by(search, sort)}
        )
        passed_over = set(ClaimRow.__struct_fields__) - in_order
    elif found <= FEW:
        passed_over = set(_EQUAL) - {_narrowest(view, search)}

    def look(name: str) -> ColumnElement[Any]:
        column: ColumnElement[Any] = claims.c[name]
        return unindexed(column) if name in passed_over else column

    return look


def _narrowest(view: View, search: ClaimSearch) -> str:
    """Return which of the columns that are asked to be one value is so for the fewest claims of the whole book."""
    groups = view.table(CLAIMS, GROUP)
    everywhere = (groups.c.grain == "month") & (groups.c.district == EVERYWHERE)
    ever = (groups.c.grain == "ever") & (groups.c.district == search.district)
    alike = {
        "status": (search.status, everywhere & (groups.c.status == search.status)),
        "agency": (search.agency, everywhere & (groups.c.agency == search.agency)),
        "obstacles": (search.obstacle, everywhere & names_obstacle(groups, search.obstacle or "")),
        "district": (search.district, ever),
    }
    asked = {name: which for name, (value, which) in alike.items() if value is not None}
    if len(asked) < 2:
        return next(iter(asked), "")
    counts = (total(case((which, groups.c.claims), else_=0)) for which in asked.values())
    (numbers,) = view.rows(select(*counts).where(or_(*asked.values())))
    return min(zip(asked, (int(claims or 0) for claims in numbers), strict=True), key=itemgetter(1))[0]


def _sorted_by(search: ClaimSearch, sort: Sort) -> str:
    """Return the name of the column of an order, empty for the number itself."""
    columns = {"number": "", "oldest": "filed_on", "newest": "filed_on"}
    return columns.get(sort, _AMOUNTS[search.amount_of or "entitled"])


def _order(claims: Table, search: ClaimSearch, sort: Sort) -> tuple[ColumnElement[Any] | None, bool]:
    """Return the column of an order, None for the number itself, and whether it falls."""
    name = _sorted_by(search, sort)
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
