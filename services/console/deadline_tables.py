"""The tables of the deadlines: orders, days of claims by group and by who acted, and claims that never were complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from services.console.context import ConsoleContext
from services.console.tables import CellKind, Column, Table, listed
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
    console: ConsoleContext, found: Deadlines, by: By, asked: Mapping[str, str]
) -> dict[str, Table[Any]]:
    """Tell the deadlines by their names; figures of orders lead to these, of what the page was ``asked``."""
    words = console.words
    group = f"deadline.{by}"
    shown: CellKind = "agency" if by == "agency" else "text"
    counted = ("orders", "in_time", "late", "overdue", "to_come", "held")
    headings = {"orders": "deadline.count", "in_time": "deadline.in-time", "to_come": "deadline.to-come"}
    orders = (
        Column[OrderDeadlines](
            key="group", heading=group, kind=shown, value=lambda one: wording.group(one.group, by, words)
        ),
        *(
            Column[OrderDeadlines](
                key=name,
                heading=headings.get(name, f"deadline.{name}"),
                kind="number",
                link=partial(_behind, name, asked),
            )
            for name in counted
        ),
        Column[OrderDeadlines](
            key="days", heading="deadline.days", value=lambda one: wording.sum_and_median(one.days, words)
        ),
        Column[OrderDeadlines](key="overdue_amount", heading="deadline.unpaid", kind="rupiah"),
        Column[OrderDeadlines](key="compensation", heading="deadline.compensation", kind="rupiah"),
    )
    phases = (
        Column[ClaimPhases](
            key="group", heading=group, kind=shown, value=lambda one: wording.group(one.group, by, words)
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
            value=lambda one: one.agency or words.say("deadline.unknown"),
            link=lambda one: f"/agencies/{one.agency}" if one.agency else "",
        ),
        *(
            Column[ActingAgency](
                key=name,
                heading=f"deadline.{name}",
                value=partial(_days, name, words),
                link=partial(_acts, name, asked),
            )
            for name in (*PHASES, "whole")
        ),
    )
    incomplete = (
        Column[Incomplete](
            key="group", heading=group, kind=shown, value=lambda one: wording.group(one.group, by, words)
        ),
        Column[Incomplete](key="turn", heading="deadline.turn", kind="named", family="turn"),
        Column[Incomplete](key="claims", heading="deadline.claims", kind="number"),
        *(
            Column[Incomplete](key=f"{name}_days", heading=f"deadline.{name}", kind="number")
            for name in ("family", "office", "both")
        ),
    )
    return {
        "orders": _whole("deadline-orders", "console.deadlines.orders", orders, found.orders),
        "phases": _whole("deadline-phases", "deadline.phases", phases, found.phases),
        "acting": _whole("deadline-acting", "deadline.acting", acting, found.acting),
        "incomplete": _whole("deadline-incomplete", "deadline.incomplete", incomplete, found.incomplete),
    }


def _behind(name: str, asked: Mapping[str, str], one: OrderDeadlines) -> str:
    """Return the address of the orders that a figure counts; nowhere where it counts none."""
    group = {"group": one.group} if one.group else {}
    standing = {} if name == "orders" else {"standing": name.replace("_", "-")}
    return f"/deadlines/orders?{urlencode({**asked, **group, **standing})}" if getattr(one, name) else ""


def _acts(name: str, asked: Mapping[str, str], one: ActingAgency) -> str:
    """Return the address of the claims whose days a figure adds up; nowhere where there is none."""
    phase = {} if name == "whole" else {"phase": name}
    place = {name: asked[name] for name in Place.__struct_fields__ if name in asked}
    query = urlencode({"acts": one.agency or NO_AGENCY, **phase, **place})
    return f"/deadlines/acts?{query}" if getattr(one, name).number else ""


def _days(name: str, words: LanguageTexts, one: ClaimPhases | ActingAgency) -> str:
    return wording.sum_and_median(getattr(one, name), words)


def _whole(name: str, caption: str, columns: tuple[Column[R], ...], rows: Sequence[R]) -> Table[R]:
    told = name.removeprefix("deadline-")
    return Table(name=name, told=told, caption=caption, columns=columns, rows=listed(rows), total=len(rows))
