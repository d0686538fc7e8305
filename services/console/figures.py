"""The handle of what a page shows.

Recorded in the audit trail once for each reader and book, as a command records it.
"""

from __future__ import annotations

from collections.abc import Mapping

from services.audit_trail.records import AnswerShown, Concerns, FigureRecorded
from services.book.read_models_as_of import Book
from services.console.context import ConsoleContext
from services.figures.figure import FigureError, concerning_claim, figure
from services.figures.totals import Totals

_KEPT = 10_000
"""How many records are remembered at most."""


def recorded_handle(
    console: ConsoleContext,
    book: Book,
    query: str,
    parameters: Mapping[str, str],
    totals: Totals,
    concerns: Concerns | None = None,
) -> str:
    """Record the sums that a page is about to show of a book, and return their handle.

    Empty while the read models are uneven. Raises ``EngagementError`` where the audit of the session is over.
    """
    try:
        recorded = figure(book, query, parameters, console.installation.rulebook.hash, totals, concerns)
    except FigureError:
        if console.engagement:
            raise
        return ""
    return shown_handle(console, recorded)


def shown_handle(console: ConsoleContext, figure_recorded: FigureRecorded) -> str:
    """Record a figure that a page is about to show, once for each reader, and return its handle.

    Judged by the audit each time. Raises ``EngagementError`` where the audit of the session is over.
    """
    console.judge(figure_recorded)
    key = console.account.name, console.engagement, figure_recorded.handle
    recorded = console.services.recorded
    if key not in recorded:
        console.record(figure_recorded)
        if len(recorded) >= _KEPT:
            recorded.clear()
        recorded.add(key)
    return figure_recorded.handle


def judge_claim(console: ConsoleContext, number: str) -> None:
    """Have a page about a claim that is no figure say where the claim is beyond the scope of the audit of the session."""
    concerns = console.run(concerning_claim(console.installation, number, console.engagement))
    console.judge(AnswerShown(query="claim", parameters={"claim": number}, concerns=concerns))
