"""The single orders behind a figure of the deadlines."""

from __future__ import annotations

from typing import cast, get_args

from litestar import Response, get

from services.console.asking import READS_ALL, at_work, day_asked, narrowing, of_book, require_known
from services.console.context import Console
from services.console.rendering import command_line
from services.console.tables import Column, Table, table_answer
from services.exceptions.deadline_orders import (
    CHOSEN,
    Behind,
    Chosen,
    OrderBehind,
    list_behind,
    orders_behind,
)
from services.exceptions.deadlines import STANDINGS, By, Place
from services.wording.exceptions import group as group_name
from services.wording.timeline import payee


@get("/deadlines/orders", guards=[READS_ALL], sync_to_thread=True)
def orders_page(console: Console) -> Response[str] | Response[bytes]:
    """List the orders of a group that stand alike against their legal day."""
    on, fields, words = day_asked(console), console.filters, console.words
    by = cast("By", fields.one_of("by", get_args(By), "programme"))
    standing = cast("Chosen", fields.one_of("standing", CHOSEN, "all"))
    benefits = [(code, words.name("benefit", code)) for code in console.installation.rulebook.scheme.benefits]
    benefit = fields.one_of("benefit", [code for code, _ in benefits], "")
    fields.done()
    asked = narrowing(console, *Place.__struct_fields__)
    group = console.one("group")
    with console.view() as view:
        require_known(console, view, asked)
    behind = Behind(on, standing, by, group or None, Place(**asked), benefit or None)
    result = of_book(console, ("deadline-orders", behind), lambda view: orders_behind(view, behind))
    if result is None:
        return at_work(console, "console.deadlines.behind")
    with console.book() as book:
        table = Table(
            name="deadline-orders",
            told="listed",
            caption="console.deadlines.behind",
            columns=(
                Column[OrderBehind](key="order", heading="due.order", kind="code"),
                Column[OrderBehind](
                    key="claim", heading="column.claim", kind="code", link=lambda one: f"/claims/{one.claim}"
                ),
                Column[OrderBehind](
                    key="payee", heading="due.payee", value=lambda one: payee(one.payee, words)
                ),
                Column[OrderBehind](key="amount", heading="due.amount", kind="rupiah"),
                Column[OrderBehind](key="due_on", heading="due.day", kind="day"),
                Column[OrderBehind](key="paid_on", heading="console.deadlines.paid-on", kind="day"),
                Column[OrderBehind](
                    key="standing", heading="deadline.standing", kind="named", family="order-standing"
                ),
                Column[OrderBehind](key="late", heading="deadline.days", kind="number"),
                Column[OrderBehind](key="compensation", heading="deadline.compensation", kind="rupiah"),
                Column[OrderBehind](key="agency", heading="deadline.agency", kind="agency"),
                Column[OrderBehind](
                    key="district", heading="deadline.district", kind="named", family="district"
                ),
            ),
            rows=lambda first, count: list_behind(book.view, behind, first, count),
            total=result.value.orders,
            sums={"amount": result.value.amount},
        )
        options = {"orders": standing, "by": by, **({"group": group} if group else {})}
        options |= {"benefit": benefit} if benefit else {}
        options |= {"on": f"{on:%d-%m-%Y}", **asked, **console.moment_options}
        return table_answer(
            console,
            "deadline_orders.html",
            table,
            result=result,
            on=on,
            standing=standing,
            standings=[(one, words.name("order-standing", one)) for one in STANDINGS],
            group=group,
            group_name=group_name(group, by, words) if group else "",
            benefits=benefits,
            benefit=benefit,
            by=by,
            asked=asked,
            command=command_line("deadlines", options),
        )


routes = (orders_page,)
