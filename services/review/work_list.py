"""The work list: each claim that waits for an officer, what has to be done, since when, and the rupiah that hang on it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import ColumnElement, FromClause, Select, Table, func, select

from projections.columns import total
from projections.payments import order_table, phase_table
from projections.phases import TASKS, Task
from projections.store import View
from services.exceptions.groups import claims_and_people


class WorkItem(Struct, frozen=True):
    """A claim that waits for an officer since a civil day, for so many ``days``.

    ``reasons`` are those for which it is referred or denied, ``missing`` what offices and the family have to bring. ``amount``
    is what may leave once every reason is approved, of money that came back that sum; None where nobody can say yet.
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
    asked = _Asked(view, on, sought)
    phases, claims, columns = asked.phases, asked.claims, asked.columns
    query = asked.narrowed(
        select(
            phases.c.claim,
            phases.c.task,
            claims.c.status,
            claims.c.reasons,
            claims.c.missing,
            columns["programme"],
            columns["district"],
            columns["agency"],
            phases.c.task_since.label("since"),
            claims.c.position,
        )
    )
    query = query.order_by(phases.c.task_since, phases.c.claim).offset(first or None).limit(count)
    rows = view.read(query, _Waiting)
    returned = _returned(view, [row.claim for row in rows if row.task == "redirect"])
    return [_item(row, on, returned) for row in rows]


def _waits(phases: Table) -> tuple[ColumnElement[bool], ...]:
    """Return what holds of a claim that waits for an officer: a span of days, which every store takes to be narrow, and a task."""
    since = phases.c.task_since
    return since >= "0000-01-01", since <= "9999-12-31", phases.c.task != ""


class _Asked:
    """The claims that wait, each with to whom it belongs."""

    def __init__(self, view: View, on: dt.date, sought: WorkSought) -> None:
        self.phases = phase_table(view)
        self.joined, self.claims, self.columns = claims_and_people(view, self.phases)
        self._on, self._sought = on, sought

    def narrowed(self, query: Select[Any], joined: FromClause | None = None) -> Select[Any]:
        """Ask only what is sought."""
        phases, sought = self.phases, self._sought
        query = query.select_from(self.joined if joined is None else joined)
        query = query.where(*_waits(phases))
        if sought.task is not None:
            query = query.where(phases.c.task == sought.task)
        for name in ("programme", "district", "agency"):
            if (value := getattr(sought, name)) is not None:
                query = query.where(self.columns[name] == value)
        if sought.days is not None:
            query = query.where(
                phases.c.task_since <= (self._on - dt.timedelta(days=sought.days)).isoformat()
            )
        if sought.reason is not None:
            query = query.where(self.claims.c.obstacles.contains(f'"{sought.reason}"', autoescape=True))
        return query


class _Waiting(Struct, frozen=True):
    """A row of the query: an item without what is counted from it."""

    claim: str
    task: str
    status: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    programme: str
    district: str
    agency: str
    since: str
    position: int


def _item(row: _Waiting, on: dt.date, returned: Mapping[str, int]) -> WorkItem:
    days = max(0, (on - dt.date.fromisoformat(row.since)).days)
    amount = returned.get(row.claim) if row.task == "redirect" else None
    return WorkItem(
        row.claim,
        cast("Task", row.task),
        row.status,
        row.reasons,
        row.missing,
        row.programme,
        row.district,
        row.agency,
        row.since,
        days,
        row.position,
        amount,
    )


def _returned(view: View, claims: Collection[str]) -> dict[str, int]:
    """Return what came back and is neither ordered again nor paid since, by claim."""
    orders = order_table(view)
    query = select(orders.c.claim, (orders.c.returned - orders.c.moved).label("amount"))
    found: Counter[str] = Counter(dict.fromkeys(claims, 0))
    for one in view.read_among(query.where(orders.c.held == "returned"), orders.c.claim, claims, _Returned):
        found[one.claim] += one.amount
    return dict(found)


class _Returned(Struct, frozen=True):
    claim: str
    amount: int


def counted(view: View) -> dict[str, int]:
    """Return how many claims wait for each task; nothing of those for which none waits."""
    phases = phase_table(view)
    query = select(phases.c.task, func.count()).where(*_waits(phases)).group_by(phases.c.task)
    return {str(task): int(number or 0) for task, number in view.rows(query)}


def listed(on: dt.date, items: Iterable[WorkItem], amounts: Mapping[str, int | None]) -> WorkList:
    """Return the list with its totals; ``amounts`` are those that the read models do not know, by claim."""
    told = with_amounts(items, amounts)
    lines = [
        _Line(one.task, (*one.reasons, *one.missing), 1, one.amount or 0, int(one.amount is None), one.days)
        for one in told
    ]
    return WorkList(on, tuple(told), *_totals(lines))


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
    asked = _Asked(view, on, sought)
    alike = asked.phases.c.task, asked.claims.c.reasons, asked.claims.c.missing
    since = func.min(asked.phases.c.task_since).label("since")
    query = asked.narrowed(select(*alike, func.count().label("claims"), since)).group_by(*alike)
    lines = [
        _Line(
            one.task,
            (*one.reasons, *one.missing),
            one.claims,
            0,
            0 if one.task == "redirect" else one.claims,
            max(0, (on - dt.date.fromisoformat(one.since)).days),
        )
        for one in view.read(query, _Counted)
    ]
    if sought.task in (None, "redirect"):
        orders = order_table(view)
        joined = asked.joined.join(orders, orders.c.claim == asked.phases.c.claim)
        amount = total(orders.c.returned - orders.c.moved).label("amount")
        back = asked.narrowed(select(*alike, amount), joined).where(
            asked.phases.c.task == "redirect", orders.c.held == "returned"
        )
        lines += [
            _Line(one.task, (*one.reasons, *one.missing), 0, one.amount, 0, 0)
            for one in view.read(back.group_by(*alike), _CameBack)
        ]
    return WorkTotals(*_totals(lines), lines=tuple(lines))


class _Counted(Struct, frozen=True):
    """Claims that wait for the same for the same reasons."""

    task: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    claims: int
    since: str


class _CameBack(Struct, frozen=True):
    """The money that came back of such claims."""

    task: str
    reasons: tuple[str, ...]
    missing: tuple[str, ...]
    amount: int


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
