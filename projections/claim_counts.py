"""How many claims that are sought are there of each kind?

Counts and sums come from the groups of claims that are alike; claims are walked only where something is asked that
the groups do not tell apart, and then only those that it concerns.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Select, Subquery, func, literal, select, union_all

from projections.claim_groups import ALIKE, EVERYWHERE, GROUP, Grain
from projections.claim_search import (
    MANY,
    ClaimSearch,
    looked_at,
    names_obstacle,
    narrow,
    narrowest,
    of_claims,
)
from projections.claims import CLAIMS, claim_table, largest_districts, number_of_districts
from projections.columns import total, unindexed
from projections.store import View
from projections.sums import Sums, added

Facet: TypeAlias = Literal["status", "programme", "district", "agency", "obstacle", "month"]
MOST_DISTRICTS = 50
"""Of how many districts claims are counted apart."""
_SUMS = ("claims", *Sums.__struct_fields__)
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
    districts those are counted that have the most claims in the whole book, and the one that is asked;
    ``other_districts`` is of how many there are claims besides.
    """

    claims: int
    sums: Sums
    facets: dict[Facet, dict[str, int]]
    other_districts: int


def count(view: View, search: ClaimSearch) -> SearchCount:
    """Count the claims that are sought."""
    columns = {} if is_counted(search) else narrow(view, search)
    groups = _alike(
        view, replace(search, **_NO_LIKENESS), narrowest(columns, "status", "agency", "obstacles")
    )
    sought = [group for group in groups if _is_sought(group, search)]
    facets: dict[Facet, dict[str, int]] = {}
    for facet in FACETS:
        if facet == "district":
            facets[facet] = _districts(
                view, replace(search, district=None), narrowest(columns, "district"), search.district
            )
        elif facet == "month":
            facets[facet] = _months(view, replace(search, **_NO_DAYS), narrowest(columns, "filed_on"))
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
    claims, widest = claim_table(view), replace(search, **_NO_LIKENESS, **_NO_DAYS, district=None)
    query = select(claims.c.claim).where(*of_claims(view, claims, widest, claims.c.__getitem__))
    return bool(view.rows(query.offset(MANY).limit(1)))


_VALUES: Mapping[Facet, Callable[[_Alike], tuple[str, ...]]] = {
    "status": lambda group: (group.status,),
    "programme": lambda group: (group.programme,),
    "agency": lambda group: (group.agency,),
    "obstacle": lambda group: group.obstacles,
}


def _is_sought(group: _Alike, search: ClaimSearch, but: Facet | None = None) -> bool:
    """Whether the claims of a group are sought, whatever is asked of the facet ``but``."""
    for facet, values in _VALUES.items():
        sought = getattr(search, facet)
        if sought is not None and facet != but and sought not in values(group):
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


def _districts(view: View, search: ClaimSearch, by: str, sought: str | None) -> dict[str, int]:
    places = dict.fromkeys((*largest_districts(view, MOST_DISTRICTS), *([sought] if sought else [])))
    if not places:
        return {}
    cells = _cells(view, search, by, tuple(places))
    query = select(cells.c.district, total(cells.c.claims)).group_by(cells.c.district)
    return _most_first({str(district): int(claims or 0) for district, claims in view.rows(query)})


def _months(view: View, search: ClaimSearch, by: str) -> dict[str, int]:
    cells = _cells(view, search, by)
    query = select(cells.c.month, total(cells.c.claims)).group_by(cells.c.month).order_by(cells.c.month)
    return {str(month): int(claims or 0) for month, claims in view.rows(query) if month}


def _alike(view: View, search: ClaimSearch, by: str) -> list[_Alike]:
    """Return the groups of what is sought, over all months together."""
    cells = _cells(view, search, by)
    keys = [cells.c[name] for name in ALIKE]
    sums = (total(cells.c[name]).label(name) for name in _SUMS)
    return view.read(select(*keys, *sums).group_by(*keys), _Alike)


def _cells(view: View, search: ClaimSearch, by: str, districts: Collection[str] = ()) -> Subquery:
    """Return groups, or claims each as a group of its own, that together are all that is sought.

    Of these ``districts`` where named. ``by`` is the column by whose index claims are looked at, empty for none.
    """
    if not is_counted(search):
        return _of_rows(view, search, by, districts).subquery()
    places = districts or [EVERYWHERE if search.district is None else search.district]
    parts = [
        _of_groups(view, search, places, grain, first, last)
        for grain, first, last in _periods(search.filed_from, search.filed_to)
    ]
    return union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()


def _periods(first: dt.date | None, last: dt.date | None) -> Iterator[tuple[Grain, str, str]]:
    """Yield the whole months and the days beside them that a span is made of, each from one to another.

    Empty where it is open.
    """
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
        if (sought := getattr(search, name)) is not None:
            query = query.where(groups.c[name] == sought)
    if search.obstacle is not None:
        query = query.where(names_obstacle(groups, search.obstacle))
    if first:
        query = query.where(groups.c.period >= first)
    if last:
        query = query.where(groups.c.period <= last, groups.c.period != "")
    return query


def _of_rows(view: View, search: ClaimSearch, by: str, districts: Collection[str]) -> Select[Any]:
    claims = claim_table(view)
    look = looked_at(claims, by) if by else claims.c.__getitem__
    query = select(
        unindexed(claims.c.district).label("district"),
        func.substr(claims.c.filed_on, 1, 7).label("month"),
        claims.c.status,
        claims.c.programme,
        claims.c.agency,
        claims.c.obstacles,
        literal(1).label("claims"),
        *(claims.c[name] for name in Sums.__struct_fields__),
    ).where(*of_claims(view, claims, search, look))
    return query.where(unindexed(claims.c.district).in_(districts)) if districts else query
