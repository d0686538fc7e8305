"""The exceptions of a whole book: each with its kind, claim, rupiah and events, and totals by kind."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import FromClause, Select, and_, case, func, or_, select

from projections.columns import total, unindexed
from projections.exceptions import EXCEPTION, ExceptionRow, Kind
from projections.payments import PAYMENTS
from projections.store import View
from services.exceptions.groups import belonging_claims
from services.exceptions.shared_references import SHARED, SharedReference, shared_references

AtServer: TypeAlias = Literal["quarantined", "parked"]
"""Kinds of what is on the server and in no read model."""
AT_SERVER: tuple[AtServer, ...] = get_args(AtServer)
AnyKind: TypeAlias = Literal[Kind, SharedReference, AtServer]
EVERY_KIND: tuple[str, ...] = get_args(AnyKind)
"""Every kind in the order in which they are told."""
APART: Kind = "without-hash"
"""A kind that would hide the others in a list of all kinds: it is counted beside them, and listed where it, or one
claim, is asked for."""


class ExceptionLine(ExceptionRow, frozen=True):
    """One exception, and of whom and of what its claim is.

    ``agency`` filed the claim; it, ``programme`` and ``district`` are empty where nobody knows them. Of a document in
    quarantine ``subject`` is its name, of a parked person the token; ``events`` then have position 0 where there is
    none.
    """

    agency: str
    programme: str
    district: str


class KindTotal(Struct, frozen=True):
    """How many exceptions of a kind there are, on how many claims, and their rupiah, none of which is counted twice."""

    kind: str
    exceptions: int
    claims: int
    amount: int


class Exceptions(Struct, frozen=True):
    """Exceptions by kind, claim and subject, with a total for each kind that there is.

    There is no total over kinds: one payment may be an exception of several kinds. ``on`` is the day that is asked
    about. ``exceptions`` holds those of ``totals`` without those of ``apart``, see ``APART``.
    """

    on: dt.date
    exceptions: tuple[ExceptionLine, ...]
    totals: tuple[KindTotal, ...]
    apart: tuple[KindTotal, ...] = ()

    @property
    def listed(self) -> tuple[KindTotal, ...]:
        """The totals of the kinds that are listed."""
        return tuple(one for one in self.totals if one not in self.apart)


class Sought(Struct, frozen=True):
    """What a list is narrowed by; None does not narrow."""

    kind: str | None = None
    claim: str | None = None
    agency: str | None = None
    programme: str | None = None
    district: str | None = None

    @property
    def apart(self) -> bool:
        """Whether exceptions of ``APART`` are counted and not listed."""
        return self.kind is None and self.claim is None


ANY = Sought()


class FacetCount(Struct, frozen=True):
    """How many exceptions have this value, empty where nobody knows it."""

    value: str
    count: int


FACETS = ("kind", "district", "agency", "programme")
"""What a list can be narrowed by beside the claim."""
_FEW, _BROAD = 2_000, 20_000
"""So few exceptions of a kind with more than so many are found by the claims that they are of, not among all of the
kind."""


def exceptions(
    view: View, on: dt.date, sought: Sought = ANY, others: Sequence[ExceptionLine] = ()
) -> Exceptions:
    """Return the exceptions there are on ``on``, and of ``others``, which the read models do not know, those that are sought."""
    lines = exception_lines(view, on, sought, others)
    lines.sort(key=lambda line: (EVERY_KIND.index(line.kind), line.claim, line.subject))
    return counted(on, sought, kind_totals(view, on, sought, others), lines)


def counted(
    on: dt.date, sought: Sought, totals: Sequence[KindTotal], lines: Sequence[ExceptionLine] = ()
) -> Exceptions:
    """Return exceptions of which the totals of every kind are known; some of their ``lines`` or none."""
    apart = tuple(one for one in totals if sought.apart and one.kind == APART)
    return Exceptions(on, tuple(lines), tuple(totals), apart)


def exception_lines(
    view: View,
    on: dt.date,
    sought: Sought = ANY,
    others: Sequence[ExceptionLine] = (),
) -> list[ExceptionLine]:
    """Return those that are listed by kind, claim and subject; ``others`` come last."""
    lines: list[ExceptionLine] = []
    for source in _queries(view, on, sought):
        order = case({kind: at for at, kind in enumerate(EVERY_KIND)}, value=source.table.c.kind)
        query = source.listed(select(source.table, *source.columns.values()), sought)
        query = query.order_by(order, source.table.c.claim, source.table.c.subject)
        lines += view.read(query, ExceptionLine)
    return [*lines, *_sought(view, others, sought)]


def some_exception_lines(
    view: View,
    on: dt.date,
    sought: Sought,
    others: Sequence[ExceptionLine],
    totals: Sequence[KindTotal],
    first: int,
    count: int,
) -> list[ExceptionLine]:
    """Return so many of them from one on.

    ``totals`` are those of the listed kinds, so that kinds before are passed over unread.
    """
    lines = list[ExceptionLine]()
    for total_ in totals:
        if total_.kind in AT_SERVER or len(lines) == count:
            break
        if first < total_.exceptions:
            of_kind = replace(sought, kind=total_.kind)
            (source,) = _queries(view, on, of_kind)
            some = source.some(of_kind, total_.exceptions, first, count - len(lines))
            lines += view.read(some, ExceptionLine)
        first = max(0, first - total_.exceptions)
    if len(lines) < count:
        lines += _sought(view, others, sought)[first : first + count - len(lines)]
    return lines


def kind_totals(
    view: View, on: dt.date, sought: Sought = ANY, others: Sequence[ExceptionLine] = ()
) -> tuple[KindTotal, ...]:
    """Return how many there are of each kind that there is, in the order of ``EVERY_KIND``."""
    all_totals: list[KindTotal] = []
    for source in _queries(view, on, sought):
        kind, claim = source.table.c.kind, source.table.c.claim
        claims = func.count(func.nullif(claim, "").distinct())
        query = select(
            kind,
            func.count().label("exceptions"),
            claims.label("claims"),
            total(source.table.c.amount).label("amount"),
        )
        all_totals += view.read(source.narrowed(query, sought, placed=False).group_by(kind), KindTotal)
    all_totals.sort(key=lambda one: EVERY_KIND.index(one.kind))
    return (*all_totals, *_totals(_sought(view, others, sought)))


def facets(
    view: View, on: dt.date, sought: Sought = ANY, others: Sequence[ExceptionLine] = ()
) -> dict[str, tuple[FacetCount, ...]]:
    """Return of each of ``FACETS`` which values there are and how often, each without its own narrowing.

    Every kind is counted, of other facets what is listed.
    """
    alike: dict[Sought, list[str]] = {}
    for name in FACETS:
        alike.setdefault(replace(sought, **{name: None}), []).append(name)
    facet_counts: dict[str, tuple[FacetCount, ...]] = {}
    for wider, names in alike.items():
        counts: dict[str, Counter[str]] = {name: Counter() for name in names}
        for source in _queries(view, on, wider):
            columns = {"kind": source.table.c.kind, **source.columns}
            group = [columns[name] for name in names]
            narrowed = source.narrowed if "kind" in names else source.listed
            query = narrowed(select(*group, func.count()), wider, placed=names != ["kind"])
            for *values, number in view.walk(query.group_by(*group)):
                value_of = dict(zip(names, map(str, values), strict=True))
                of = ("kind",) if sought.apart and value_of.get("kind") == APART else names
                for name in of:
                    counts[name][value_of[name]] += int(number or 0)
        for line in _sought(view, others, wider):
            for name in names:
                counts[name][getattr(line, name)] += 1
        for name in names:
            order = EVERY_KIND.index if name == "kind" else str
            facet_counts[name] = tuple(
                FacetCount(value, counts[name][value]) for value in sorted(counts[name], key=order)
            )
    return facet_counts


def _queries(view: View, on: dt.date, sought: Sought) -> list[_ExceptionQuery]:
    """Return where exceptions of a kind stand, or of all kinds in their order."""
    queries = []
    if sought.kind != SHARED:
        queries.append(_ExceptionQuery(view, on, view.table(PAYMENTS, EXCEPTION)))
    if sought.kind in (None, SHARED):
        queries.append(_ExceptionQuery(view, on, shared_references(view, sought.claim)))
    return queries


class _ExceptionQuery:
    """The exceptions of ``table`` on a day, each with to whom its claim belongs."""

    def __init__(self, view: View, on: dt.date, table: FromClause) -> None:
        self._view, self.table = view, table
        self.joined, self._claims, self.columns = belonging_claims(view, self.table)
        self._on = or_(self.table.c.after == "", self.table.c.after < on.isoformat())

    def narrowed(self, query: Select[Any], sought: Sought, *, placed: bool = True) -> Select[Any]:
        """Ask only what is sought; claims are looked at where it says so, or where the query is ``placed``."""
        placed = placed or any(getattr(sought, name) is not None for name in self.columns)
        query = query.select_from(self.joined if placed else self.table).where(self._on)
        named = {"kind": self.table.c.kind, "claim": self.table.c.claim, **self.columns}
        for name, column in named.items():
            if (value := getattr(sought, name)) is not None:
                query = query.where(column == value)
        return query

    def listed(self, query: Select[Any], sought: Sought, *, placed: bool = True) -> Select[Any]:
        """Ask the same without those that are counted apart."""
        query = self.narrowed(query, sought, placed=placed)
        return query.where(self.table.c.kind != APART) if sought.apart else query

    def some(self, sought: Sought, number: int, first: int, count: int) -> Select[Any]:
        """Ask for so many of the ``number`` of a kind from one on.

        Their keys are found from the nearer end, then what they say.
        """
        count, at_end = min(count, number - first), first > number // 2
        key = [self.table.c[name] for name in ("kind", "claim", "subject")]
        keys = select(*key)
        by_claims = number <= _FEW and (sought.district or sought.agency) and self._is_broad(sought.kind)
        keys = self._of_claims(keys, sought) if by_claims else self.narrowed(keys, sought, placed=False)
        keys = keys.order_by(*(part.desc() if at_end else part for part in key))
        keys = keys.offset(number - first - count if at_end else first).limit(count)
        page = keys.subquery()
        at_same_place = and_(*(part == page.c[part.name] for part in key))
        query = select(self.table, *self.columns.values())
        return query.select_from(self.joined.join(page, at_same_place)).order_by(*page.c)

    def _is_broad(self, kind: str | None) -> bool:
        """Tell whether there are so many exceptions of a kind that finding a few among them takes its time."""
        of_kind = select(self.table.c.claim).where(self.table.c.kind == kind)
        return bool(self._view.rows(of_kind.offset(_BROAD).limit(1)))

    def _of_claims(self, query: Select[Any], sought: Sought) -> Select[Any]:
        """Ask the same as ``narrowed``, beginning with the claims of the district or agency that is sought."""
        narrowest, *others = (name for name in ("district", "agency", "programme") if getattr(sought, name))
        query = query.join(self._claims, self._claims.c.claim == self.table.c.claim)
        query = query.where(self._on, self._claims.c[narrowest] == getattr(sought, narrowest))
        query = query.where(*(unindexed(self._claims.c[name]) == getattr(sought, name) for name in others))
        query = query.where(unindexed(self.table.c.kind) == sought.kind)
        return query if sought.claim is None else query.where(self.table.c.claim == sought.claim)


def _sought(view: View, others: Sequence[ExceptionLine], sought: Sought) -> list[ExceptionLine]:
    """Return those of them that are sought, by kind, claim and subject."""
    lines = [line for line in _placed(view, others) if _fits(line, sought)]
    return sorted(lines, key=lambda line: (EVERY_KIND.index(line.kind), line.claim, line.subject))


def _placed(view: View, others: Sequence[ExceptionLine]) -> list[ExceptionLine]:
    """Say of each to whom its claim belongs, where it has one that is known."""
    if not others:
        return []
    names = sorted({line.claim for line in others if line.claim})
    joined, claims, columns = belonging_claims(view)
    query = select(claims.c.claim, *columns.values()).select_from(joined).where(claims.c.claim.in_(names))
    rows = {str(row[0]): row[1:] for row in view.rows(query)} if names else {}
    return [
        ExceptionLine(
            *(getattr(line, field) for field in _OWN), *map(str, rows.get(line.claim, ("", "", "")))
        )
        for line in others
    ]


_OWN = ExceptionLine.__struct_fields__[:-3]


def _fits(line: ExceptionLine, sought: Sought) -> bool:
    filters = ((name, getattr(sought, name)) for name in Sought.__struct_fields__)
    return all(value is None or getattr(line, name) == value for name, value in filters)


def _totals(lines: Iterable[ExceptionLine]) -> Iterable[KindTotal]:
    by_kind: dict[str, list[ExceptionLine]] = {}
    for line in lines:
        by_kind.setdefault(line.kind, []).append(line)
    for kind, of_kind in by_kind.items():
        claims = {line.claim for line in of_kind if line.claim}
        yield KindTotal(kind, len(of_kind), len(claims), sum(line.amount for line in of_kind))
