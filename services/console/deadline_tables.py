"""The tables of the deadlines.

Orders, days of claims by group and by who acted, and claims that never were complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from services.console.context import ConsoleContext
from services.console.tables import CellKind, Column, Table
from services.exceptions.deadline_acts import NO_AGENCY
from services.exceptions.deadlines import (
    PHASES,
    ActingAgency,
    By,
    ClaimPhases,
    Deadlines,
    Incomplete,
    OrderDeadlines,
    Place,
)
from services.wording import exceptions as wording
from services.wording.terms import LanguageTexts

R = TypeVar("R")


def deadline_tables(
    console: ConsoleContext, deadlines: Deadlines, by: By, filters: Mapping[str, str]
) -> dict[str, Table[Any]]:
    """Tell the deadlines by their names; figures of orders lead to these, with the ``filters`` of the page."""
    words = console.words
    group = f"deadline.{by}"
    cell_kind: CellKind = "agency" if by == "agency" else "text"
    count_names = ("orders", "in_time", "late", "overdue", "to_come", "held")
    headings = {"orders": "deadline.count", "in_time": "deadline.in-time", "to_come": "deadline.to-come"}
    orders = (
        Column[OrderDeadlines](
            key="group", heading=group, kind=cell_kind, value=lambda one: wording.group(one.group, by, words)
        ),
        *(
            Column[OrderDeadlines](
                key=name,
                heading=headings.get(name, f"deadline.{name}"),
                kind="number",
                link=partial(_behind, name, filters),
            )
            for name in count_names
        ),
        Column[OrderDeadlines](
            key="days", heading="deadline.days", value=lambda one: wording.sum_and_median(one.days, words)
        ),
        Column[OrderDeadlines](key="overdue_amount", heading="deadline.unpaid", kind="rupiah"),
        Column[OrderDeadlines](key="compensation", heading="deadline.compensation", kind="rupiah"),
        Column[OrderDeadlines](
            key="again", heading="deadline.again", kind="number", link=partial(_behind, "again", filters)
        ),
        Column[OrderDeadlines](
            key="again_days",
            heading="deadline.again-days",
            value=lambda one: wording.sum_and_median(one.again_days, words),
        ),
    )
    phases = (
        Column[ClaimPhases](
            key="group", heading=group, kind=cell_kind, value=lambda one: wording.group(one.group, by, words)
        ),
        Column[ClaimPhases](key="claims", heading="deadline.claims", kind="number"),
        *(
            Column[ClaimPhases](
                key=name,
                heading=f"deadline.{name}",
                value=partial(_days, name, words),
            )
            for name in PHASES
        ),
    )
    acting = (
        Column[ActingAgency](
            key="agency",
            heading="deadline.acting-agency",
            kind="agency",
            value=lambda one: one.agency or words.say("deadline.nobody"),
            link=lambda one: f"/agencies/{one.agency}" if one.agency else "",
        ),
        *(
            Column[ActingAgency](
                key=name,
                heading=f"deadline.{name}",
                value=partial(_days, name, words),
                link=partial(_acts, name, filters),
            )
            for name in (*PHASES, "whole")
        ),
    )
    incomplete = (
        Column[Incomplete](
            key="group", heading=group, kind=cell_kind, value=lambda one: wording.group(one.group, by, words)
        ),
        Column[Incomplete](key="turn", heading="deadline.turn", kind="named", family="turn"),
        Column[Incomplete](
            key="claims", heading="deadline.claims", kind="number", link=partial(_waits, filters)
        ),
        *(
            Column[Incomplete](key=f"{name}_days", heading=f"deadline.{name}", kind="number")
            for name in ("family", "office", "both")
        ),
    )
    return {
        "orders": _full_table("deadline-orders", "console.deadlines.orders", orders, deadlines.orders),
        "phases": _full_table("deadline-phases", "deadline.phases", phases, deadlines.phases),
        "acting": _full_table("deadline-acting", "deadline.acting", acting, deadlines.acting),
        "incomplete": _full_table(
            "deadline-incomplete", "deadline.incomplete", incomplete, deadlines.incomplete
        ),
    }


def _behind(name: str, filters: Mapping[str, str], one: OrderDeadlines) -> str:
    """Return the address of the orders that a figure counts; nowhere where it counts none."""
    group = {"group": one.group} if one.group else {}
    state = {} if name == "orders" else {"standing": name.replace("_", "-")}
    return f"/deadlines/orders?{urlencode({**filters, **group, **state})}" if getattr(one, name) else ""


def _acts(name: str, filters: Mapping[str, str], one: ActingAgency) -> str:
    """Return the address of the claims whose days a figure adds up; nowhere where there is none."""
    phase = {} if name == "whole" else {"phase": name}
    place = {name: filters[name] for name in Place.__struct_fields__ if name in filters}
    query = urlencode({"acts": one.agency or NO_AGENCY, **phase, **place})
    return f"/deadlines/acts?{query}" if getattr(one, name).number else ""


def _waits(filters: Mapping[str, str], one: Incomplete) -> str:
    """Return the address of the claims that a figure counts."""
    return f"/deadlines/waiting?{urlencode({**filters, 'group': one.group, 'turn': one.turn})}"


def _days(name: str, words: LanguageTexts, one: ClaimPhases | ActingAgency) -> str:
    return wording.sum_and_median(getattr(one, name), words)


def _full_table(name: str, caption: str, columns: tuple[Column[R], ...], rows: Sequence[R]) -> Table[R]:
    path = name.removeprefix("deadline-")
    return Table(name=name, answer_path=path, caption=caption, columns=columns, rows=rows)
