"""The claims behind the days of an agency that acted."""

from __future__ import annotations

from typing import cast

from litestar import Response, get

from services.claims.narrowing import is_known, known_values
from services.console.asking import READS_ALL, at_work, narrowing, of_book, require_known
from services.console.context import Console
from services.console.rendering import command_line
from services.console.tables import Column, Table, table_answer
from services.exceptions.deadline_acts import (
    NO_AGENCY,
    Acts,
    ClaimAct,
    act_totals,
    list_acts,
)
from services.exceptions.deadlines import PHASES, Phase, Place


@get("/deadlines/acts", guards=[READS_ALL], sync_to_thread=True)
def acts_page(console: Console) -> Response[str] | Response[bytes]:
    """List the claims whose days ended with an act of an agency, in one phase or in each, the most days first."""
    fields = console.filters
    phase = cast("Phase", fields.one_of("phase", PHASES, "")) or None
    fields.done()
    acts, asked = console.one("acts", NO_AGENCY), narrowing(console, *Place.__struct_fields__)
    with console.view() as view:
        require_known(console, view, asked)
        if acts != NO_AGENCY and not is_known(view, "agency", acts):
            fields.one_of("acts", known_values(view, "agency"))
            fields.done()
    behind = Acts(acts, phase, Place(**asked))
    result = of_book(console, ("deadline-acts", behind), lambda view: act_totals(view, behind))
    if result is None:
        return at_work(console, "console.deadlines.acts")
    phases = result.value.phases
    with console.book() as book:
        table = Table(
            name="deadline-acts",
            told="listed",
            caption="console.deadlines.acts",
            columns=(
                Column[ClaimAct](
                    key="claim", heading="column.claim", kind="code", link=lambda one: f"/claims/{one.claim}"
                ),
                Column[ClaimAct](key="phase", heading="deadline.phase", kind="named", family="deadline"),
                Column[ClaimAct](key="since", heading="deadline.since", kind="day"),
                Column[ClaimAct](key="until", heading="deadline.until", kind="day"),
                Column[ClaimAct](key="days", heading="deadline.days", kind="number"),
                Column[ClaimAct](key="agency", heading="deadline.agency", kind="agency"),
                Column[ClaimAct](key="programme", heading="deadline.programme"),
                Column[ClaimAct](
                    key="district", heading="deadline.district", kind="named", family="district"
                ),
            ),
            rows=lambda first, count: list_acts(book.view, behind, phases, first, count),
            total=phases,
            sums={"days": result.value.days},
        )
        options = {"acts": acts, **({"phase": phase} if phase else {}), **asked, **console.moment_options}
        return table_answer(
            console,
            "deadline_acts.html",
            table,
            result=result,
            acts=acts,
            nobody=acts == NO_AGENCY,
            phase=phase,
            asked=asked,
            command=command_line("deadlines", options),
        )


routes = (acts_page,)
