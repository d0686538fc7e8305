"""The work list: each claim that waits for an officer, what has to be done, since when, and the rupiah that hang on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Select, func, or_, select

from projections.claims import claim_table
from projections.columns import total
from projections.payments import pending_table
from projections.pending import PendingRow
from projections.phases import TASKS, Task
from projections.store import View


class WorkItem(Struct, frozen=True):
    """A claim that waits for an officer since a civil day, for so many ``days``.

    ``reasons`` are those for which it is referred or denied, ``missing`` what offices and the family have to bring.
    ``amount`` is what may leave once every reason is approved, of money that came back that sum; None where nobody can
    say yet.
    """

    claim: str
    task: Task
    status: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    programme: str
    district: str
    agency: str
    since: str
    days: int
    position: int
    amount: int | None = None


class WorkTotal(Struct, frozen=True):
    """How many claims wait for one task or one reason, the rupiah of those of which they are known, and the longest wait.

    A claim with several reasons counts with each.
    """

    name: str
    claims: int
    amount: int
    unknown: int
    """Claims of which nobody can say the amount yet."""
    days: int


class WorkList(Struct, frozen=True):
    """The work on a day, the longest wait first, and its totals by task and by reason."""

    on: dt.date
    items: tuple[WorkItem, ...]
    tasks: tuple[WorkTotal, ...]
    reasons: tuple[WorkTotal, ...]


class WorkSought(Struct, frozen=True):
    """What the list is narrowed by; None does not narrow. ``reason`` is a code of a reason or of what is missing."""

    task: Task | None = None
    reason: str | None = None
    programme: str | None = None
    district: str | None = None
    agency: str | None = None
    days: int | None = None
    """At least so many days of waiting."""


ALL_WORK = WorkSought()


def work(
    view: View, on: dt.date, sought: WorkSought = ALL_WORK, first: int = 0, count: int | None = None
) -> list[WorkItem]:
    """Return the claims that wait for an officer, the longest wait first; ``amount`` only of money that came back.

    So many from one on, where ``count`` is given.
    """
    pending, claims = pending_table(view), claim_table(view)
    narrowed = _narrowed(view, on, sought, select(pending))
    some = narrowed.order_by(pending.c.task_since, pending.c.claim).offset(first or None).limit(count)
    named = some.subquery()
    query = select(named, func.coalesce(claims.c.district, "").label("district"))
    query = query.select_from(named.outerjoin(claims, claims.c.claim == named.c.claim))
    rows = view.read(query.order_by(named.c.task_since, named.c.claim), _Waiting)
    return [_item(row, on) for row in rows]


def _narrowed(view: View, on: dt.date, sought: WorkSought, query: Select[Any]) -> Select[Any]:
    """Ask only what is sought; the claims know their district."""
    pending = pending_table(view)
    for name in ("task", "programme", "agency"):
        if (value := getattr(sought, name)) is not None:
            query = query.where(pending.c[name] == value)
    if sought.district is not None:
        claims = claim_table(view)
        query = query.where(
            pending.c.claim.in_(select(claims.c.claim).where(claims.c.district == sought.district))
        )
    if sought.days is not None:
        query = query.where(pending.c.task_since <= (on - dt.timedelta(days=sought.days)).isoformat())
    if sought.reason is not None:
        codes = pending.c.reasons, pending.c.missing
        query = query.where(or_(*(one.contains(f'"{sought.reason}"', autoescape=True) for one in codes)))
    return query


class _Waiting(PendingRow, frozen=True):
    """A row of the query: what waits, with the district of its person."""

    district: str


def _item(row: _Waiting, on: dt.date) -> WorkItem:
    return WorkItem(
        row.claim,
        cast("Task", row.task),
        row.status,
        row.reasons,
        row.missing,
        row.programme,
        row.district,
        row.agency,
        row.task_since,
        _days(row.task_since, on),
        row.position,
        row.amount if row.task == "redirect" else None,
    )


def _days(since: str, on: dt.date) -> int:
    return max(0, (on - dt.date.fromisoformat(since)).days)


def counted(view: View) -> dict[str, int]:
    """Return how many claims wait for each task; nothing of those for which none waits."""
    pending = pending_table(view)
    query = select(pending.c.task, func.count()).group_by(pending.c.task)
    return {str(task): int(number or 0) for task, number in view.rows(query)}


def listed(on: dt.date, items: Iterable[WorkItem], amounts: Mapping[str, int | None]) -> WorkList:
    """Return the list with its totals; ``amounts`` are those that the read models do not know, by claim."""
    items_with_amounts = with_amounts(items, amounts)
    lines = [
        _Line(one.task, (*one.reasons, *one.missing), 1, one.amount or 0, int(one.amount is None), one.days)
        for one in items_with_amounts
    ]
    return WorkList(on, tuple(items_with_amounts), *_totals(lines))


def with_amounts(items: Iterable[WorkItem], amounts: Mapping[str, int | None]) -> list[WorkItem]:
    """Return the items with those amounts that the read models do not know."""
    return [replace(one, amount=amounts[one.claim]) if one.claim in amounts else one for one in items]


class _Line(Struct, frozen=True):
    """What is added up: claims of a task with their codes, the rupiah that are known, of how many they are not, the longest wait."""

    task: str
    codes: tuple[str, ...]
    claims: int
    amount: int
    unknown: int
    days: int


class WorkTotals(Struct, frozen=True):
    """The totals of a list by task and by reason."""

    tasks: tuple[WorkTotal, ...]
    reasons: tuple[WorkTotal, ...]
    lines: tuple[_Line, ...]
    """What they are added up from."""

    def weighed(self, items: Iterable[WorkItem]) -> WorkTotals:
        """Return the same totals with the amounts of those items of the list that the read models do not know."""
        lines = (
            *self.lines,
            *(
                _Line(one.task, (*one.reasons, *one.missing), 0, one.amount, -1, 0)
                for one in items
                if one.task != "redirect" and one.amount is not None
            ),
        )
        return WorkTotals(*_totals(lines), lines=lines)

    @property
    def claims(self) -> int:
        """How many claims wait."""
        return sum(one.claims for one in self.tasks)

    @property
    def amount(self) -> int:
        """The rupiah of those of which they are known."""
        return sum(one.amount for one in self.tasks)


def work_totals(view: View, on: dt.date, sought: WorkSought = ALL_WORK) -> WorkTotals:
    """Return the totals of the list without reading it, with the amounts that the read models know."""
    pending = pending_table(view)
    alike = pending.c.task, pending.c.reasons, pending.c.missing
    since = func.min(pending.c.task_since).label("since")
    sums = func.count().label("claims"), total(pending.c.amount).label("amount"), since
    query = _narrowed(view, on, sought, select(*alike, *sums)).group_by(*alike)
    lines = tuple(
        _Line(
            one.task,
            (*one.reasons, *one.missing),
            one.claims,
            one.amount,
            0 if one.task == "redirect" else one.claims,
            _days(one.since, on),
        )
        for one in view.read(query, _Counted)
    )
    return WorkTotals(*_totals(lines), lines=lines)


class _Counted(Struct, frozen=True):
    """Claims that wait for the same for the same reasons, with the money that came back of them."""

    task: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    claims: int
    amount: int
    since: str


def _totals(lines: Sequence[_Line]) -> tuple[tuple[WorkTotal, ...], tuple[WorkTotal, ...]]:
    """Add up by task and by reason."""
    codes = sorted({code for one in lines for code in one.codes})
    return (
        tuple(_by_name(lines, TASKS, lambda one: (one.task,))),
        tuple(_by_name(lines, codes, lambda one: one.codes)),
    )


def _by_name(
    lines: Sequence[_Line], names: Iterable[str], named: Callable[[_Line], Sequence[str]]
) -> Iterable[WorkTotal]:
    for name in names:
        own = [one for one in lines if name in named(one)]
        if own:
            claims, amount, unknown = (
                sum(getattr(one, part) for one in own) for part in ("claims", "amount", "unknown")
            )
            yield WorkTotal(name, claims, amount, unknown, max(one.days for one in own))
