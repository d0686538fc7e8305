"""The work list: each claim that waits for an officer, what has to be done, since when, and the rupiah that hang on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Select, func, select

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


def work(view: View, on: dt.date, sought: WorkSought = ALL_WORK) -> list[WorkItem]:
    """Return the claims that wait for an officer, the longest wait first; ``amount`` only of money that came back."""
    phases = phase_table(view)
    joined, claims, columns = claims_and_people(view, phases)
    query: Select[Any] = (
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
        .select_from(joined)
        .where(phases.c.task.in_(TASKS if sought.task is None else [sought.task]))
        .order_by(phases.c.task_since, phases.c.claim)
    )
    for name in ("programme", "district", "agency"):
        if (value := getattr(sought, name)) is not None:
            query = query.where(columns[name] == value)
    if sought.days is not None:
        query = query.where(phases.c.task_since <= (on - dt.timedelta(days=sought.days)).isoformat())
    returned = _returned(view)
    found = (_item(row, on, returned) for row in view.read(query, _Waiting))
    return [one for one in found if sought.reason in (None, *one.reasons, *one.missing)]


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


def _returned(view: View) -> dict[str, int]:
    """Return what came back and is neither ordered again nor paid since, by claim."""
    orders, phases = order_table(view), phase_table(view)
    query = (
        select(orders.c.claim, total(orders.c.returned - orders.c.moved))
        .select_from(phases.join(orders, orders.c.claim == phases.c.claim))
        .where(phases.c.task == "redirect", orders.c.held == "returned")
        .group_by(orders.c.claim)
    )
    return {str(claim): int(amount or 0) for claim, amount in view.rows(query)}


def counted(view: View) -> dict[str, int]:
    """Return how many claims wait for each task; nothing of those for which none waits."""
    phases = phase_table(view)
    query = select(phases.c.task, func.count()).where(phases.c.task.in_(TASKS)).group_by(phases.c.task)
    return {str(task): int(number or 0) for task, number in view.rows(query)}


def listed(on: dt.date, items: Iterable[WorkItem], amounts: Mapping[str, int | None]) -> WorkList:
    """Return the list with its totals; ``amounts`` are those that the read models do not know, by claim."""
    told = tuple(replace(one, amount=amounts[one.claim]) if one.claim in amounts else one for one in items)
    return WorkList(
        on,
        told,
        tuple(_totals(told, TASKS, lambda one: (one.task,))),
        tuple(_totals(told, _codes(told), lambda one: (*one.reasons, *one.missing))),
    )


def _codes(items: Sequence[WorkItem]) -> list[str]:
    return sorted({code for one in items for code in (*one.reasons, *one.missing)})


def _totals(
    items: Sequence[WorkItem], names: Iterable[str], named: Callable[[WorkItem], Sequence[str]]
) -> Iterable[WorkTotal]:
    for name in names:
        own = [one for one in items if name in named(one)]
        if own:
            known = [one.amount for one in own if one.amount is not None]
            yield WorkTotal(name, len(own), sum(known), len(own) - len(known), max(one.days for one in own))
