"""What stands behind a figure of the deadlines.

Single orders, claims whose days an agency's acts ended, or that wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, get_args

from litestar import Response, get

from projections.store import View
from services.claims.narrowing import is_known, known_values
from services.console.asking import READS_ALL, at_work, day_asked, narrowing, of_book, require_known
from services.console.context import Console
from services.console.rendering import command_line
from services.console.tables import Column, Table, table_answer
from services.exceptions.deadline_acts import NO_AGENCY, Acts, ClaimAct, act_totals, list_acts
from services.exceptions.deadline_orders import (
    CHOSEN,
    Behind,
    Chosen,
    OrderBehind,
    list_behind,
    orders_behind,
)
from services.exceptions.deadline_waits import TURNS, ClaimWait, Turn, Waits, list_waits, wait_count
from services.exceptions.deadlines import PHASES, By, Phase, Place
from services.wording.exceptions import group as group_name
from services.wording.timeline import payee

R = TypeVar("R")
_CLAIM = Column[ClaimAct | ClaimWait](
    key="claim", heading="column.claim", kind="code", link=lambda one: f"/claims/{one.claim}"
)
_BELONGING = (
    Column[ClaimAct | ClaimWait](key="agency", heading="deadline.agency", kind="agency"),
    Column[ClaimAct | ClaimWait](key="programme", heading="deadline.programme"),
    Column[ClaimAct | ClaimWait](
        key="district", heading="deadline.district", kind="named", family="district"
    ),
)
"""Which claim it is, and where it belongs."""


@get("/deadlines/orders", guards=[READS_ALL], sync_to_thread=True)
def orders_page(console: Console) -> Response[str] | Response[bytes]:
    """List the orders of a group that stand alike against their legal day."""
    on, fields, words = day_asked(console), console.filters, console.words
    by = cast("By", fields.one_of("by", get_args(By), "programme"))
    standing = cast("Chosen", fields.one_of("standing", CHOSEN, "all"))
    benefits = [(code, words.name("benefit", code)) for code in console.installation.rulebook.scheme.benefits]
    benefit = fields.one_of("benefit", [code for code, _ in benefits], "")
    fields.done()
    filters = narrowing(console, *Place.__struct_fields__)
    group = console.one("group")
    with console.view() as view:
        require_known(console, view, filters)
    behind = Behind(on, standing, by, group or None, Place(**filters), benefit or None)
    result = of_book(console, ("deadline-orders", behind), lambda view: orders_behind(view, behind))
    if result is None:
        return at_work(console, "console.deadlines.behind")
    columns = (
        Column[OrderBehind](
            key="order", heading="due.order", kind="code", link=lambda one: f"/claims/{one.claim}"
        ),
        Column[OrderBehind](key="payee", heading="due.payee", value=lambda one: payee(one.payee, words)),
        Column[OrderBehind](key="amount", heading="due.amount", kind="rupiah"),
        Column[OrderBehind](key="due_on", heading="due.day", kind="day"),
        Column[OrderBehind](key="paid_on", heading="console.deadlines.paid-on", kind="day"),
        Column[OrderBehind](
            key="standing", heading="deadline.standing", kind="named", family="order-standing"
        ),
        Column[OrderBehind](key="late", heading="deadline.days", kind="number"),
        Column[OrderBehind](key="again_days", heading="deadline.again-days", kind="number"),
        Column[OrderBehind](key="compensation", heading="deadline.compensation", kind="rupiah"),
        Column[OrderBehind](key="agency", heading="deadline.agency", kind="agency"),
        Column[OrderBehind](key="district", heading="deadline.district", kind="named", family="district"),
    )
    options = {"orders": standing, "by": by, **({"group": group} if group else {})}
    options |= {"benefit": benefit} if benefit else {}
    return _answer(
        console,
        lambda view: Table(
            name="deadline-orders",
            answer_path="listed",
            caption="console.deadlines.behind",
            columns=columns,
            rows=lambda first, count: list_behind(view, behind, first, count),
            counted=result.value.orders,
            sums={"amount": result.value.amount},
        ),
        {**options, "on": f"{on:%d-%m-%Y}", **filters},
        result=result,
        on=on,
        standing=standing,
        standings=[(one, words.name("order-standing", one)) for one in CHOSEN[1:]],
        group=group,
        group_name=group_name(group, by, words) if group else "",
        benefits=benefits,
        benefit=benefit,
        by=by,
        filters=filters,
    )


@get("/deadlines/acts", guards=[READS_ALL], sync_to_thread=True)
def acts_page(console: Console) -> Response[str] | Response[bytes]:
    """List the claims whose days ended with an act of an agency, in one phase or in each, the most days first."""
    fields = console.filters
    phase = cast("Phase", fields.one_of("phase", PHASES, "")) or None
    fields.done()
    acts, filters = console.one("acts", NO_AGENCY), narrowing(console, *Place.__struct_fields__)
    with console.view() as view:
        require_known(console, view, filters)
        if acts != NO_AGENCY and not is_known(view, "agency", acts):
            fields.one_of("acts", known_values(view, "agency"))
            fields.done()
    behind = Acts(acts, phase, Place(**filters))
    result = of_book(console, ("deadline-acts", behind), lambda view: act_totals(view, behind))
    if result is None:
        return at_work(console, "console.deadlines.acts")
    phases = result.value.phases
    columns: tuple[Column[Any], ...] = (
        _CLAIM,
        Column[ClaimAct](key="phase", heading="deadline.phase", kind="named", family="deadline"),
        Column[ClaimAct](key="since", heading="deadline.since", kind="day"),
        Column[ClaimAct](key="until", heading="deadline.until", kind="day"),
        Column[ClaimAct](key="days", heading="deadline.days", kind="number"),
        *_BELONGING,
    )
    return _answer(
        console,
        lambda view: Table(
            name="deadline-acts",
            answer_path="listed",
            caption="console.deadlines.acts",
            columns=columns,
            rows=lambda first, count: list_acts(view, behind, phases, first, count),
            counted=phases,
            sums={"days": result.value.days},
        ),
        {"acts": acts, **({"phase": phase} if phase else {}), **filters},
        result=result,
        acts=acts,
        nobody=acts == NO_AGENCY,
        phase=phase,
        filters=filters,
    )


@get("/deadlines/waiting", guards=[READS_ALL], sync_to_thread=True)
def waits_page(console: Console) -> Response[str] | Response[bytes]:
    """List the claims that never were complete, with how long each has waited and for whom, the oldest first."""
    on, fields, words = day_asked(console), console.filters, console.words
    by = cast("By", fields.one_of("by", get_args(By), "programme"))
    turn = cast("Turn", fields.one_of("turn", TURNS, "all"))
    fields.done()
    filters, group = narrowing(console, *Place.__struct_fields__), console.one("group")
    with console.view() as view:
        require_known(console, view, filters)
    behind = Waits(on, None if turn == "all" else turn, by, group or None, Place(**filters))
    result = of_book(console, ("deadline-waits", behind), lambda view: wait_count(view, behind))
    if result is None:
        return at_work(console, "deadline.incomplete")
    columns: tuple[Column[Any], ...] = (
        _CLAIM,
        Column[ClaimWait](key="turn", heading="deadline.turn", kind="named", family="turn"),
        Column[ClaimWait](
            key="missing",
            heading="deadline.awaited",
            value=lambda one: ", ".join(words.name("missing", code) for code in one.missing),
        ),
        Column[ClaimWait](key="filed_on", heading="column.filed", kind="day"),
        Column[ClaimWait](key="since", heading="deadline.since", kind="day"),
        Column[ClaimWait](key="days", heading="deadline.days-waiting", kind="number"),
        *_BELONGING,
    )
    return _answer(
        console,
        lambda view: Table(
            name="deadline-waits",
            answer_path="listed",
            caption="deadline.waits",
            columns=columns,
            rows=lambda first, count: list_waits(view, behind, first, count),
            counted=result.value,
        ),
        {
            "waiting": turn,
            "by": by,
            **({"group": group} if group else {}),
            "on": f"{on:%d-%m-%Y}",
            **filters,
        },
        result=result,
        on=on,
        turn=turn,
        turns=[(one, words.name("turn", one)) for one in TURNS[1:]],
        group=group,
        group_name=group_name(group, by, words) if group else "",
        by=by,
        filters=filters,
    )


def _answer(
    console: Console, table: Callable[[View], Table[R]], options: Mapping[str, str], **content: object
) -> Response[str] | Response[bytes]:
    """Return the page of such a list in the book that is asked, below it the command that gives the same."""
    command = command_line("deadlines", {**options, **console.moment_options})
    with console.book() as book:
        rows = table(book.view)
        template = f"{rows.name.replace('-', '_')}.html"
        return table_answer(console, template, rows, command=command, **content)


routes = (orders_page, acts_page, waits_page)
