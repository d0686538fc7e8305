"""The single payments, returns and failed transfers that the bank reported, by its own days."""

from __future__ import annotations

import datetime as dt
from typing import cast, get_args

from litestar import Response, get

from projections import claims
from services.claims.moment import unknown
from services.console.asking import READS_ALL, at_work, narrowing, of_book
from services.console.context import Console
from services.console.figures import recorded_handle
from services.console.rendering import command_line
from services.console.tables import Column, Table, table_answer
from services.figures.totals import made_parameters, made_totals
from services.overview.bank_statements import Made, Statement, StatementKind, list_made, sums_made
from services.texts.typed import read_day
from services.wording.payments import remark


@get("/payments", guards=[READS_ALL], sync_to_thread=True)
def payments_page(console: Console) -> Response[str] | Response[bytes]:
    """List what the bank paid and sent back on some days, or on a claim."""
    fields, words, typed = console.filters, console.words, narrowing(console, "from", "to", "claim", "kind")
    first: dt.date | None = fields.read("from", read_day, None)
    last: dt.date | None = fields.read("to", read_day, None)
    kind = fields.one_of("kind", get_args(StatementKind), "")
    sought = Made(first, last, console.one("claim") or None, cast("StatementKind", kind) if kind else None)
    fields.done()
    result = of_book(console, ("payments", sought), lambda view: sums_made(view, sought))
    if result is None:
        return at_work(console, "console.nav.payments")
    answer = result.value
    with console.book() as book:
        if sought.claim and not answer.statements and claims.claim(book.view, sought.claim) is None:
            with fields.at("claim"):
                raise unknown(sought.claim)
            fields.done()
        handle = ""
        if result.current:
            handle = recorded_handle(
                console, book, "payments made", made_parameters(sought), made_totals(answer)
            )
        table = Table(
            name="made",
            caption="console.payments.caption",
            columns=(
                Column[Statement](key="date", heading="made.day", kind="day"),
                Column[Statement](
                    key="claim", heading="column.claim", kind="code", link=lambda one: f"/claims/{one.claim}"
                ),
                Column[Statement](key="order", heading="due.order", kind="code"),
                Column[Statement](
                    key="kind", heading="made.kind", kind="named", family="code.bank-statement"
                ),
                Column[Statement](key="paid", heading="made.paid", kind="rupiah"),
                Column[Statement](key="returned", heading="made.returned", kind="rupiah"),
                Column[Statement](key="reference", heading="made.reference", kind="token"),
                Column[Statement](key="event", heading="made.event", kind="code"),
                Column[Statement](key="remark", heading="made.remark", value=lambda one: remark(one, words)),
            ),
            rows=lambda first, count: list_made(book.view, sought, first, count),
            counted=answer.statements,
            sums={"paid": answer.paid, "returned": answer.returned},
        )
        return table_answer(
            console,
            "payments.html",
            table,
            asked=typed,
            result=result,
            made=answer,
            kinds=[(one, words.name("code.bank-statement", one)) for one in get_args(StatementKind)],
            handle=handle,
            command=command_line("payments made", {**typed, **console.moment_options}),
        )


routes = (payments_page,)
