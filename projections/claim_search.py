"""Which claims are sought, how many are there of each kind, and which come next in which order?

Counts and sums come from the groups of claims that are alike; claims are walked only where something is asked that
the groups do not tell apart, and then only those that it concerns.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Table,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from projections import payments
from projections.claim_groups import ALIKE, EVERYWHERE, GROUP, Grain
from projections.claims import (
    CLAIMS,
    ClaimRow,
    largest_districts,
    listed,
    number_of_districts,
    of_participants,
)
from projections.columns import total, unindexed
from projections.store import View
from projections.sums import Sums, added

Sort: TypeAlias = Literal["number", "oldest", "newest", "largest", "smallest"]
"""By number, by the day of filing, or by the amount that is meant; those that are equal by number."""
AmountOf: TypeAlias = Literal["entitled", "ordered", "paid"]
Facet: TypeAlias = Literal["status", "programme", "district", "agency", "obstacle", "month"]

BROAD = 20_000
"""More claims than these are not sorted: they are found by walking in order until there are enough."""
MANY = 5_000
"""More claims than these are many to look at only to count them."""
FEW = 2_000
"""So few claims are found by what they have in common with the fewest others."""
MOST_DISTRICTS = 50
"""Of how many districts claims are counted apart."""
_SUMS = ("claims", *Sums.__struct_fields__)
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
FACETS: tuple[Facet, ...] = get_args(Facet)
_NO_LIKENESS: dict[str, None] = dict.fromkeys(("status", "programme", "agency", "obstacle"))
_NO_DAYS: dict[str, None] = {"filed_from": None, "filed_to": None}


class _Alike(Struct, frozen=True):
    """Claims that are alike but for their district and when they were filed, with their sums."""

    status: str
    programme: str
    agency: str
    obstacles: tuple[str, ...]
    claims: int
    entitled: int
    ordered: int
    released: int
    paid_by_bank: int
    matched: int
    unmatched: int
    overpaid: int


class SearchCount(Struct, frozen=True):
    """How many claims are sought, their sums, and how many there are of each value of each facet.

    A facet is counted over what everything else that is asked leaves; a value of which there is none is not named. Of
    districts those are counted that have the most claims in the whole book, and the one that is asked; ``other_districts`` is
    of how many there are claims besides.
    """

    claims: int
    sums: Sums
    facets: dict[Facet, dict[str, int]]
    other_districts: int


def count(view: View, search: ClaimSearch) -> SearchCount:
    """Count the claims that are sought."""
    groups = _alike(view, replace(search, **_NO_LIKENESS))
    sought = [group for group in groups if _is_sought(group, search)]
    facets: dict[Facet, dict[str, int]] = {}
    for facet in FACETS:
        if facet == "district":
            facets[facet] = _districts(view, replace(search, district=None), search.district)
        elif facet == "month":
            facets[facet] = _months(view, replace(search, **_NO_DAYS))
        else:
            facets[facet] = _counted(groups, search, facet)
    sums = added(Sums(*(getattr(group, name) for name in Sums.__struct_fields__)) for group in sought)
    districts = number_of_districts(view)
    return SearchCount(
        sum(group.claims for group in sought), sums, facets, max(0, districts - MOST_DISTRICTS)
    )


def is_counted(search: ClaimSearch) -> bool:
    """Tell whether what is sought was counted as it changed, so that no claim has to be looked at."""
    return replace(search, **_NO_LIKENESS, **_NO_DAYS, district=None, amount_of=None) == ClaimSearch()


def walks(view: View, search: ClaimSearch) -> bool:
    """Tell whether many claims must be looked at to count what is sought and its facets, which takes its time."""
    if is_counted(search):
        return False
    claims, widest = listed(view), replace(search, **_NO_LIKENESS, **_NO_DAYS, district=None)
    query = select(claims.c.claim).where(*_of_claims(view, claims, widest, claims.c.__getitem__))
    return bool(view.rows(query.offset(MANY).limit(1)))


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
    sought = _of_claims(view, claims, search, _indexes(view, claims, search, sort, found))
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


_VALUES: Mapping[Facet, Callable[[_Alike], tuple[str, ...]]] = {
    "status": lambda group: (group.status,),
    "programme": lambda group: (group.programme,),
    "agency": lambda group: (group.agency,),
    "obstacle": lambda group: group.obstacles,
}


def _is_sought(group: _Alike, search: ClaimSearch, but: Facet | None = None) -> bool:
    """Whether the claims of a group are sought, whatever is asked of the facet ``but``."""
    for facet, values in _VALUES.items():
        asked = getattr(search, facet)
        if asked is not None and facet != but and asked not in values(group):
            return False
    return True


def _counted(groups: Iterable[_Alike], search: ClaimSearch, facet: Facet) -> dict[str, int]:
    """Return how many claims have each value of a facet, the most first."""
    counts = Counter[str]()
    for group in groups:
        if _is_sought(group, search, facet):
            for value in _VALUES[facet](group):
                counts[value] += group.claims
    return _most_first(counts)


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    named = ((value, number) for value, number in counts.items() if value)
    return dict(sorted(named, key=lambda one: (-one[1], one[0])))


def _districts(view: View, search: ClaimSearch, asked: str | None) -> dict[str, int]:
    places = dict.fromkeys((*largest_districts(view, MOST_DISTRICTS), *([asked] if asked else [])))
    if not places:
        return {}
    cells = _cells(view, search, tuple(places))
    query = select(cells.c.district, total(cells.c.claims)).group_by(cells.c.district)
    return _most_first({str(district): int(claims or 0) for district, claims in view.rows(query)})


def _months(view: View, search: ClaimSearch) -> dict[str, int]:
    cells = _cells(view, search)
    query = select(cells.c.month, total(cells.c.claims)).group_by(cells.c.month).order_by(cells.c.month)
    return {str(month): int(claims or 0) for month, claims in view.rows(query) if month}


def _alike(view: View, search: ClaimSearch) -> list[_Alike]:
    """Return the groups of what is sought, over all months together."""
    cells = _cells(view, search)
    keys = [cells.c[name] for name in ALIKE]
    sums = (total(cells.c[name]).label(name) for name in _SUMS)
    return view.read(select(*keys, *sums).group_by(*keys), _Alike)


def _cells(view: View, search: ClaimSearch, districts: Collection[str] = ()) -> Subquery:
    """Return groups, or claims each as a group of its own, that together are all that is sought; of these ``districts`` where named."""
    if not is_counted(search):
        return _of_rows(view, search, districts).subquery()
    places = districts or [EVERYWHERE if search.district is None else search.district]
    parts = [
        _of_groups(view, search, places, grain, first, last)
        for grain, first, last in _periods(search.filed_from, search.filed_to)
    ]
    return union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()


def _periods(first: dt.date | None, last: dt.date | None) -> Iterator[tuple[Grain, str, str]]:
    """Yield the whole months and the days beside them that a span is made of, each from one to another; empty where it is open."""
    begin, end = _whole_months(first, last)
    if begin and end and begin > end:
        yield "day", str(first), str(last)
        return
    yield "month", begin, end
    if first is not None and first.day > 1:
        yield "day", str(first), f"{first:%Y-%m}-31"
    if last is not None and (last + dt.timedelta(1)).day > 1:
        yield "day", f"{last:%Y-%m}-01", str(last)


def _whole_months(first: dt.date | None, last: dt.date | None) -> tuple[str, str]:
    """Return the first and the last month of which every day is between two days; empty where that end is open."""
    begin = end = ""
    if first is not None:
        begin = f"{first if first.day == 1 else first.replace(day=1) + dt.timedelta(31):%Y-%m}"
    if last is not None:
        end = f"{last.replace(day=1) - dt.timedelta(1) if (last + dt.timedelta(1)).day > 1 else last:%Y-%m}"
    return begin, end


def _of_groups(
    view: View, search: ClaimSearch, districts: Collection[str], grain: Grain, first: str, last: str
) -> Select[Any]:
    groups = view.table(CLAIMS, GROUP)
    month = func.substr(groups.c.period, 1, 7).label("month")
    query = select(groups.c.district, month, *(groups.c[name] for name in (*ALIKE, *_SUMS)))
    query = query.where(groups.c.grain == grain, groups.c.district.in_(districts))
    for name in ("status", "programme", "agency"):
        if (asked := getattr(search, name)) is not None:
            query = query.where(groups.c[name] == asked)
    if search.obstacle is not None:
        query = query.where(_names(groups, search.obstacle))
    if first:
        query = query.where(groups.c.period >= first)
    if last:
        query = query.where(groups.c.period <= last, groups.c.period != "")
    return query


def _of_rows(view: View, search: ClaimSearch, districts: Collection[str]) -> Select[Any]:
    claims = listed(view)
    query = select(
        unindexed(claims.c.district).label("district"),
        func.substr(claims.c.filed_on, 1, 7).label("month"),
        claims.c.status,
        claims.c.programme,
        claims.c.agency,
        claims.c.obstacles,
        literal(1).label("claims"),
        *(claims.c[name] for name in Sums.__struct_fields__),
    ).where(*_of_claims(view, claims, search, claims.c.__getitem__))
    return query.where(unindexed(claims.c.district).in_(districts)) if districts else query


def _of_claims(
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
            groups.c.grain == "month", groups.c.district == EVERYWHERE, _names(groups, search.obstacle)
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
        "obstacles": (search.obstacle, everywhere & _names(groups, search.obstacle or "")),
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


def _names(groups: Table, obstacle: str) -> ColumnElement[bool]:
    """Whether the list of obstacles, which is JSON, names a code."""
    return groups.c.obstacles.contains(f'"{obstacle}"', autoescape=True)


def _text(day: dt.date | None) -> str | None:
    return day.isoformat() if day else None
