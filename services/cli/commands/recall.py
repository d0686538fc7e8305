"""``recall``: what rested on a fact that was wrong, or on what an agency said in some days."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from projections.payment_rows import OrderRow
from services.audit_trail.entries import TrailEntry
from services.audit_trail.trail import read
from services.cli.dates import Day
from services.cli.exit_codes import FINDING, OK, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.narrowing import require_order
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, tell
from services.cli.read_models import book
from services.cli.trail_options import NOBODY, TrailOptions
from services.figures.totals import recall_totals
from services.runtime.bootstrap import Installation
from services.verification.recall import (
    Recalled,
    RecalledDecision,
    RecalledSums,
    of_agency,
    of_reference,
    orders_of,
    recalled,
    sums_of,
    uses,
)
from services.wording.terms import LanguageTexts, moment, number
from services.wording.timeline import payee
from services.wording.trail import what_was_done


def recall(
    event: str | None = None,
    /,
    *,
    agency: str | None = None,
    first: Annotated[Day, Parameter(name="--from")] = None,
    last: Annotated[Day, Parameter(name="--to")] = None,
    trail: TrailOptions = NOBODY,
    json: bool = False,
    data: Path | None = None,
) -> int:
    """Show every decision, order and payment that rested on an agency's event, and who used them.

    Exit code 1 if any decision did.
    """
    if (event is None) == (agency is None):
        raise command_error("recall.which", "recall.example")
    require_order(first, last)
    origin = of_reference(event) if event is not None else of_agency(agency or "", first, last)

    with book(data) as chosen_book:

        async def work(installation: Installation) -> tuple[Recalled, list[TrailEntry]]:
            result = await recalled(installation.ledger, origin, chosen_book.cut.positions)
            return result, uses(result, await read(installation)) if result.decisions else []

        result, used = with_installation(data, work)
        if not result.facts:
            raise command_error("recall.nothing", "recall.see-timeline", what=event or agency or "")
        orders = orders_of(result, chosen_book.view)
        sums = sums_of(result, orders)
        named = {"event": event, "agency": agency, "from": first, "to": last}
        parameters = {name: str(value) for name, value in named.items() if value is not None}
        totals = recall_totals(len(result.decisions), sums)
        handle = recorded_figure(data, chosen_book, "recall", parameters, totals, trail)
    if json:
        content = {"facts": result.facts, "decisions": result.decisions, "orders": orders}
        show_json({**content, "sums": sums, "uses": used, "figure": handle})
    else:
        _print(result, orders, sums, used, LanguageTexts())
        show_handle(console(), handle)
    return FINDING if result.decisions else OK


def _print(
    result: Recalled,
    orders: Sequence[OrderRow],
    sums: RecalledSums,
    used: Sequence[TrailEntry],
    words: LanguageTexts,
) -> None:
    out = console()
    back = sum(fact.taken_back for fact in result.facts)
    tell(out, words.say("recall.facts", count=number(len(result.facts)), back=number(back)))
    if not result.decisions:
        tell(out, words.say("recall.no-decision"))
        return
    out.print()
    show_table(
        result.decisions,
        ("column.claim", lambda one: one.claim, "left"),
        ("recall.decision", lambda one: _outcome(one, words), "prose"),
        ("column.time", lambda one: moment(one.recordedtime), "left"),
        ("column.position", lambda one: f"{one.partition}:{one.position}", "right"),
        ("sum.entitled", lambda one: words.amount(one.entitled), "right"),
        last=(words.say("recall.latest"), "", "", "", words.amount(sums.entitled)),
        title=words.say("recall.decisions"),
    )
    if orders:
        out.print()
        show_table(
            orders,
            ("due.order", lambda one: one.order, "left"),
            ("due.payee", lambda one: payee(one.payee, words), "prose"),
            ("sum.ordered", lambda one: words.amount(one.amount), "right"),
            ("recall.paid", lambda one: words.amount(one.paid), "right"),
            last=(words.say("demo.all"), "", words.amount(sums.ordered), words.amount(sums.paid)),
            title=words.say("recall.orders"),
        )
    if used:
        out.print()
        show_table(
            used,
            ("trail.number", lambda one: str(one.position), "right"),
            ("column.time", lambda one: moment(one.time), "left"),
            ("trail.done", lambda one: what_was_done(one.record, words), "prose"),
            title=words.say("recall.uses"),
        )


def _outcome(decision: RecalledDecision, words: LanguageTexts) -> str:
    what = words.name("outcome", decision.outcome)
    key = "recall.version" if decision.latest else "recall.version-replaced"
    return words.say(key, version=decision.version, outcome=what)
