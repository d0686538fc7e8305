"""The first page after signing in: what stands here, three questions to try, what waits for whom.

And how to use each page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from litestar import Response, get
from msgspec import Struct

from projections.agencies import admitted
from projections.claim_status import STATUSES
from projections.claims import first_paid
from services.console.access import SIGNED_IN
from services.console.asking import day_asked
from services.console.context import Console
from services.console.navigation import ENTRIES, NavigationEntry
from services.console.pages.overview import OverviewQuestion, worked_out
from services.console.rendering import page
from services.disbursement.release_mode import modes
from services.disbursement.waiting import waiting_totals
from services.operations.parked_requests import parked_persons
from services.operations.refused_documents import to_be_mended
from services.overview.overview import Overview, a_year_until, claims_by_status, last_month
from services.platform.clock import SANDBOX
from services.review.work_list import counted
from services.texts.catalogue import texts
from services.wording.terms import LanguageTexts, number


class Waiting(Struct, frozen=True):
    """What waits, how much of it, and the page on which it stands."""

    key: str
    count: int
    path: str


@get("/", guards=[SIGNED_IN], sync_to_thread=True)
def start(console: Console) -> Response[str]:
    """Say what stands here and where to go."""
    today = day_asked(console)
    with console.book() as book:
        view, events = book.view, book.cut.events
        last = last_month(view, today)
        question = OverviewQuestion("district", a_year_until(last), last, today)
        senders, statuses = admitted(view), claims_by_status(view)
        example = first_paid(view)
    result = worked_out(console, question)
    overview = None if result is None else result.value.overview
    waiting = list(_waiting(console, statuses, overview))
    return page(
        console,
        "start.html",
        demo=(console.installation.settings.data / SANDBOX).exists(),
        overview=overview,
        result=result,
        agencies=len({sort.agency for sort in senders}),
        events=events,
        sent=sum(sort.admitted for sort in senders),
        became=_became(overview, console.words) if overview else "",
        questions=list(_questions(console, example))[:3],
        waiting=waiting,
        waits_twice={"work", "incomplete"} <= {one.key for one in waiting if one.count},
        command=question.command("district"),
    )


@get("/playbook", guards=[SIGNED_IN], sync_to_thread=True)
def playbook(console: Console) -> Response[str]:
    """Say of every page that the reader may open how it is used."""
    sections = [
        (entry, key)
        for entry in ENTRIES
        if entry.path != "/" and may_open(console, entry.path)
        if (key := f"console.{_page_of(entry)}.playbook") in texts()
    ]
    return page(console, "playbook.html", sections=sections)


def may_open(console: Console, path: str) -> bool:
    """Tell whether there is such a page in the navigation, and the reader may open it."""
    entry_of_path = next((entry for entry in ENTRIES if entry.path == path.partition("?")[0]), None)
    return entry_of_path is not None and (not entry_of_path.roles or console.may(*entry_of_path.roles))


def _page_of(entry: NavigationEntry) -> str:
    return entry.name.removeprefix("console.nav.")


def _became(overview: Overview, words: LanguageTexts) -> str:
    """Say of how many claims became what, each state that there is with its name."""
    counts = ((status, overview.statuses.get(status, 0)) for status in STATUSES)
    return ", ".join(f"{number(count)} {words.name('status', status)}" for status, count in counts if count)


def _questions(console: Console, example: str) -> Iterator[tuple[str, str, str]]:
    """Yield questions to try: key, address, and the claim that is asked about."""
    if example and console.may("auditor", "supervisor", "officer"):
        yield "why", f"/claims/{example}", example
    if may_open(console, "/claims"):
        yield "waiting", "/claims?status=waiting", ""
    for key, path in (("amiss", "/exceptions"), ("covered", "/overview"), ("agencies", "/agencies")):
        if may_open(console, path):
            yield key, path, ""


def _waiting(console: Console, statuses: Mapping[str, int], overview: Overview | None) -> Iterator[Waiting]:
    """Yield what waits on pages that the reader may open."""
    if may_open(console, "/work"):
        with console.view() as view:
            yield Waiting("work", sum(counted(view).values()), "/work")
    if may_open(console, "/claims"):
        yield Waiting("incomplete", statuses.get("waiting", 0), "/claims?status=waiting")
    if may_open(console, "/releases") and "named" in console.run(modes(console.installation.ledger)):
        with console.view() as view:
            yield Waiting("approval", waiting_totals(view).orders, "/releases")
    if overview and may_open(console, "/deadlines"):
        yield Waiting("overdue", overview.orders.overdue, "/deadlines")
        yield Waiting("held", overview.orders.held, "/deadlines")
    if may_open(console, "/operations"):
        yield Waiting("refused", console.run(to_be_mended(console.installation)), "/operations/quarantine")
        parked = console.run(parked_persons(console.installation))
        yield Waiting("parked", len(parked), "/operations")


routes = (start, playbook)
