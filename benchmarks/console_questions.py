"""What people ask of each page of the console.

Filters that narrow little and much, searches, sorts, and the last page of each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, product
from typing import get_args

import msgspec
from sqlalchemy import func, select

from projections.agencies import admitted
from projections.claim_search import AmountOf, Sort
from projections.claims import claim_table
from projections.payments import order_table, statement_table
from projections.phases import TASKS
from projections.store import View
from services.controls.registry import CONTROLS
from services.exceptions.deadlines import By
from services.exceptions.listing import EVERY_KIND
from services.overview.overview import OF_PARTICIPANTS, Grouping

LAST = "999999999"
"""A page past the end is the last one."""
_SOME = 3
_PERIODS = (
    ("from=2026-03-10", "to=2026-03-10"),
    ("from=2026-03-01", "to=2026-03-07"),
    ("from=2026-03-01", "to=2026-03-31"),
    ("from=2026-02-10", "to=2026-11-20"),
    ("from=2026-06-01",),
)
_MOMENTS = ("known_on=2026-06-30", "true_on=2026-03-31", "known_on=1:2")


def questions(view: View) -> Mapping[str, Sequence[str]]:
    """Return what stands behind the address of each page, page by page; values are those of the book."""
    filters = [f"{name}={value}" for name, values in _values(view).items() for value in values]
    places = [one for one in filters if one.startswith(("district", "agency", "programme"))]
    return {
        "/claims": list(map(_address, chain(filters, _sorted(filters), _spans(), _pairs(filters)))),
        "/exceptions": list(map(_address, _exceptions(places))),
        "/deadlines": [
            _address(f"by={by}", *more) for by in get_args(By) for more in ((), *((one,) for one in places))
        ],
        "/deadlines/acts": [
            _address(f"acts={agency}", *more)
            for agency in dict.fromkeys(one.agency for one in admitted(view))
            for more in ((), ("phase=office",), (f"page={LAST}",))
        ],
        "/deadlines/orders": [
            *(
                _address(one)
                for one in ("standing=late", "standing=overdue", "benefit=jkm.death", f"page={LAST}")
            ),
            *map(_address, places),
        ],
        "/overview": [
            *(_address(f"by={by}") for by in get_args(Grouping)),
            *(_address(f"by={by}", "list=groups", f"page={LAST}") for by in OF_PARTICIPANTS),
            _address("list=districts", f"page={LAST}"),
            _address("from=01-2026", "to=03-2026"),
        ],
        "/work": list(map(_address, _work(places))),
        "/payments": list(map(_address, _payments())),
        "/releases": [_address(f"page={page}") for page in (2, 100, LAST)],
        "/controls": [],
        **{f"/controls/{one.name}": [] for one in CONTROLS},
        "/agencies": [],
        **{page: [_address(one) for one in _MOMENTS] for page in ("/claims/{number}", "/persons/{token}")},
        "/claims/{number}/between": ["?from=1:1&to=1:3", "?from=2026-01-01&to=2026-12-31"],
    }


def found_by(view: View) -> Sequence[str]:
    """Return what somebody types to find claims: a number, its end, an order, an agency, and what there is not."""
    claims, orders, said = claim_table(view), order_table(view), statement_table(view)
    numbers = [str(row[0]) for row in view.rows(select(claims.c.claim).limit(1).offset(500))]
    made = [str(row[0]) for row in view.rows(select(orders.c.order).limit(1).offset(500))]
    told = [str(row[0]) for row in view.rows(select(said.c.reference).limit(1).offset(500))]
    return [*numbers, numbers[0][-7:], *made, *told, admitted(view)[0].agency, "tidak-ada", "00017"]


def _values(view: View) -> dict[str, list[str]]:
    """Return the values of each facet that narrow least, and one that narrows most."""
    claims = claim_table(view)
    by_facet: dict[str, list[str]] = {}
    for name in ("status", "programme", "district", "agency"):
        column = claims.c[name]
        counted = view.rows(
            select(column, func.count()).group_by(column).order_by(func.count().desc(), column)
        )
        values = [str(value) for value, _ in counted if value]
        by_facet[name] = list(dict.fromkeys([*values[:_SOME], *values[-1:]]))
    obstacles = Counter[str]()
    for said, often in view.rows(select(claims.c.obstacles, func.count()).group_by(claims.c.obstacles)):
        for code in msgspec.json.decode(str(said), type=list[str]):
            obstacles[code] += int(often or 0)
    by_facet["obstacle"] = [code for code, _ in obstacles.most_common(_SOME)]
    return by_facet


def _sorted(filters: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield every order, of all claims and of those of a filter, on its second and its last page."""
    for sort, narrowed in product(get_args(Sort), ("", *filters[::3])):
        yield f"sort={sort}", narrowed
        yield f"sort={sort}", narrowed, f"page={LAST}"
    yield ("page=2",)
    yield ("page=6000",)


def _spans() -> Iterator[Sequence[str]]:
    yield ("amount_from=42000000",)
    yield ("amount_from=1", "amount_to=60000000")
    yield ("amount_to=10000000", "sort=largest")
    yield ("filed_from=2026-03-01", "filed_to=2026-03-31")
    yield ("filed_from=2026-02-10", "filed_to=2026-11-20")
    yield ("filed_from=2026-02-10", "sort=newest")
    yield ("event_from=2026-01-15", "event_to=2026-09-15")
    yield ("event_from=2026-03-15", "event_to=2026-03-20")
    for day in ("ordered", "paid"):
        for span in _PERIODS:
            for more in ("", "sort=oldest", "sort=largest", f"page={LAST}", "status=paid"):
                yield *(f"{day}_{bound}" for bound in span), more
    for amount in get_args(AmountOf):
        for amounts in ("amount_from=42000000", "amount_to=10000000", "amount_from=60000000"):
            for more in ("", "sort=smallest", f"page={LAST}"):
                yield f"amount_of={amount}", amounts, more


def _pairs(filters: Sequence[str]) -> Iterator[Sequence[str]]:
    for one, other in product(filters, filters):
        if one.partition("=")[0] < other.partition("=")[0]:
            yield one, other


def _exceptions(places: Sequence[str]) -> Iterator[Sequence[str]]:
    for one in (*(f"kind={kind}" for kind in EVERY_KIND), *places):
        yield (one,)
        yield one, f"page={LAST}"
    yield (f"page={LAST}",)
    yield ("on=2026-06-30",)
    yield from product(("kind=unpaid", "kind=held"), places)


def _payments() -> Iterator[Sequence[str]]:
    for span in ((), *_PERIODS):
        for more in ("", "page=2", f"page={LAST}"):
            yield *span, more


def _work(places: Sequence[str]) -> Iterator[Sequence[str]]:
    for one in (*(f"task={task}" for task in TASKS), *places, "days=30"):
        yield (one,)
        yield one, "list=work", f"page={LAST}"
    yield "list=work", f"page={LAST}"


def _address(*parts: str | Sequence[str]) -> str:
    told = chain.from_iterable([part] if isinstance(part, str) else part for part in parts)
    return "?" + "&".join(filter(None, told))
