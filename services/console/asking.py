"""What pages over the whole book share.

The day that is asked about, who may read, and an answer that is still at work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import TypeVar

from litestar import MediaType, Response

from events.message import Message
from projections.claims import ClaimRow
from projections.open_orders import waiting_of
from projections.store import View
from services.claims.moment import asked_day
from services.claims.narrowing import is_known, known_values
from services.console.access import allowed
from services.console.context import ConsoleContext
from services.console.progress import WorkProgress
from services.console.rendering import filled
from services.console.results import Result
from services.disbursement.release_mode import partitions_by_name
from services.engagements.findings import PresentHits, present_exceptions
from services.texts.typed import read_day

T = TypeVar("T")
PageAnswer = TypeVar("PageAnswer", bound="Response[str] | Response[bytes]")

READS_ALL = allowed("auditor", "supervisor")
"""The guard of pages over the whole book."""
_OF_BOOK = ("agency", "programme", "district")
AGAIN_SECONDS = "2"
"""After how long a browser asks again for an answer that is at work."""


def day_asked(console: ConsoleContext, name: str = "on") -> dt.date:
    """Return the day that the address names, else that of the moment it looks back to, else today.

    Raises ``FormError`` where it names none that there is, and ``AdvisedError`` where the moment is none.
    """
    fields = console.filters
    day: dt.date | None = fields.read(name, read_day, None)
    fields.done()
    return asked_day(day, console.known_on, console.true_on, console.today)


def present_of_kind(console: ConsoleContext, kind: str, items: Collection[str]) -> PresentHits:
    """Return which exceptions of a kind there are today among the items of a finding."""
    with console.view() as view:
        return present_exceptions(view, console.today, kind, items)


def narrowing(console: ConsoleContext, *names: str) -> dict[str, str]:
    """Return what the address asks under these names, without what does not narrow."""
    return {name: value for name in names if (value := console.one(name))}


def require_known(
    console: ConsoleContext, view: View, filter_values: Mapping[str, str], **codes: Collection[str]
) -> None:
    """Refuse a filter by what there is not in the book, or not among the ``codes`` given for it.

    Raises ``FormError``.
    """
    fields = console.filters
    for name in filter_values:
        if name in codes:
            fields.one_of(name, codes[name])
        elif name in _OF_BOOK and not is_known(view, name, filter_values[name]):
            fields.one_of(name, known_values(view, name))
    fields.done()


def unapproved(console: ConsoleContext, rows: Collection[ClaimRow]) -> Mapping[str, Sequence[str]]:
    """Return by claim which of its orders leave once a supervisor has approved them by name.

    Of the book as it is now.
    """
    ordered = {row.claim: row.partition for row in rows if row.status == "ordered"}
    if not ordered:
        return {}
    by_name = console.run(partitions_by_name(console.installation.ledger, set(ordered.values())))
    if not by_name:
        return {}
    with console.view() as view:
        return waiting_of(view, [claim for claim, partition in ordered.items() if partition in by_name])


def of_book(console: ConsoleContext, question: Hashable, work: Callable[[View], T]) -> Result[T] | None:
    """Return what ``work`` says of the book that is asked, or an earlier answer while it is at work; else None."""
    with console.book() as book:
        version = str(book.cut)

    def answer() -> T:
        with console.book() as book:
            return work(book.view)

    at = tuple(console.moment_asked.items())
    return console.services.results.get((question, at), version, answer, clock=console.installation.clock)


def at_work(
    console: ConsoleContext, title: str | Message, progress: WorkProgress | None = None
) -> Response[str]:
    """Return the page that says that an answer is being worked out, and how far; the browser asks again by itself."""
    text = filled(console, "at_work.html", title=title, progress=progress)
    return asked_again(console, Response(text, media_type=MediaType.HTML))


def asked_again(console: ConsoleContext, answer: PageAnswer) -> PageAnswer:
    """Let the browser load this page again after a moment, for as long as what it shows is not done yet."""
    sent_elsewhere = console.wrong is not None and console.wrong.action != console.path
    answer.headers["refresh"] = AGAIN_SECONDS + (f"; url={console.address()}" if sent_elsewhere else "")
    answer.headers["hx-redirect"] = console.address()  # htmx knows no refresh: it loads the page as a whole
    return answer
