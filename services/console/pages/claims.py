"""The list of claims: found by what somebody types, narrowed by what the address asks, counted by every facet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import cast, get_args
from urllib.parse import quote, urlencode

from litestar import Response, get, post
from msgspec.structs import asdict

from projections.claim_counts import Facet, SearchCount, count, walks
from projections.claim_search import AmountOf, ClaimSearch, Sort, page
from projections.claim_status import STATUSES
from projections.claims import ClaimRow
from projections.store import View
from services.claims.search import recognised
from services.console.asking import at_work, narrowing, of_book, require_known, unapproved
from services.console.context import Console, ConsoleContext
from services.console.figures import recorded_handle
from services.console.forms import Fields
from services.console.navigation import READERS
from services.console.pages.agencies import as_code, named_like
from services.console.pages.claim import READS_CLAIMS
from services.console.rendering import command_line, see_other
from services.console.results import Result
from services.console.tables import Column, Table, table_answer
from services.figures.totals import claims_sought, claims_totals
from services.texts.errors import AdvisedError, advised
from services.texts.typed import read_amount, read_day
from services.wording.facets import awaited, facet_value, whose_turn
from services.wording.terms import LanguageTexts

_PLAIN = ("status", "programme", "district", "agency", "obstacle", "claim", "person", "order", "reference")
_AMOUNTS = ("amount_from", "amount_to")
_SPANS = ("filed", "event", "ordered", "paid")
_DAYS = tuple(f"{span}_{end}" for span in _SPANS for end in ("from", "to"))
_OPTIONS = {"filed_from": "from", "filed_to": "to"}
"""Options of the command that are named otherwise than what they narrow."""


class ListedClaim(ClaimRow, frozen=True):
    """A claim in the list; ``by_name`` where an order of it leaves once a supervisor has approved it."""

    by_name: bool = False


@get("/claims", guards=[READS_CLAIMS], sync_to_thread=True)
def claims(console: Console) -> Response[str] | Response[bytes]:
    """List claims, narrowed by what the address asks."""
    typed = narrowing(console, *_PLAIN, *_AMOUNTS, "amount_of", *_DAYS)
    fields = console.filters
    if not typed.keys() & set(_AMOUNTS):
        typed.pop("amount_of", None)
    parameters = _read(fields, typed)
    fields.one_of("amount_of", get_args(AmountOf), "entitled")
    sort = cast("Sort", fields.one_of("sort", get_args(Sort), "number"))
    fields.done()
    with console.book() as book:
        view = book.view
        require_known(console, view, typed, status=STATUSES, obstacle=_obstacles(console, view))
        search = claims_sought(parameters)
        result: Result[SearchCount] | None = None
        if walks(view, search):
            result = of_book(console, ("claims", search), lambda book_view: count(book_view, search))
            if result is None:
                return at_work(console, "console.nav.claims")
        claim_counts = count(view, search) if result is None else result.value
        handle = ""
        if result is None or result.current:
            handle = recorded_handle(console, book, "claims", parameters, claims_totals(claim_counts))
        table = Table(
            name="claims",
            caption="console.claims.caption",
            columns=_columns(console.words),
            rows=_rows(console, view, search, sort, claim_counts.claims),
            counted=claim_counts.claims,
            sums={"entitled": claim_counts.sums.entitled, "paid_by_bank": claim_counts.sums.paid_by_bank},
        )
        options = {_OPTIONS.get(name, name).replace("_", "-"): value for name, value in typed.items()}
        claim = options.pop("claim", "")
        return table_answer(
            console,
            "claims.html",
            table,
            filters=typed,
            result=result,
            facets={facet: _choices(console, facet, counts) for facet, counts in claim_counts.facets.items()},
            other_districts=claim_counts.other_districts,
            months=[
                (f"{month}-01", _last_day(month), facet_value("month", month, console.words), claims)
                for month, claims in claim_counts.facets["month"].items()
            ],
            sorts=[(one, console.words.say(f"sort.{one}")) for one in get_args(Sort)],
            sort=sort,
            amounts=[(one, console.words.say(f"amount-of.{one}")) for one in get_args(AmountOf)],
            spans=(*_AMOUNTS, *_DAYS),
            handle=handle,
            command=command_line(
                f"claims {claim}".strip(),
                options | ({"sort": sort} if sort != "number" else {}) | console.moment_options,
            ),
        )


@post("/claims/find", guards=[READS_CLAIMS], form="/claims", fields="text", sync_to_thread=True)
def find_claims(console: Console) -> Response[None]:
    """Lead to what somebody typed; a NIK or a reference of the bank is in no address, only its token."""
    typed, filters = console.sent("text"), dict[str, str]()
    nothing = advised("search.nothing", "search.what-can-be")
    try:
        with console.view() as view:
            filters = recognised(view, typed, lambda: console.installation.tokens)
    except AdvisedError as error:
        nothing = error
    if number := filters.get("claim"):
        return see_other(console.at_same_moment(f"/claims/{number}"))
    if filters and "agency" not in filters:
        return see_other(console.at_same_moment(f"/claims?{urlencode(filters)}"))
    if address := _page_of_sender(console, typed, filters.get("agency")):
        return see_other(console.at_same_moment(address))
    raise nothing


def _page_of_sender(console: ConsoleContext, typed: str, sender: str | None) -> str:
    """Return the address of an agency or account that is called so, or of the agencies whose names hold it.

    Empty where none is. ``sender`` is an agency that is called so and sent something, registered or not.
    """
    agencies = [sender] if sender else named_like(console, typed)
    if not console.may(*READERS):
        with console.view() as view:
            filed = [one for one in agencies if count(view, ClaimSearch(agency=one)).claims]
        return f"/claims?{urlencode({'agency': filed[0]})}" if len(filed) == 1 else ""
    if only := next((one for one in agencies if len(agencies) == 1 or one == as_code(typed)), ""):
        return f"/agencies/{only}"
    if agencies:
        return f"/agencies?{urlencode({'q': typed})}"
    name = typed.casefold()
    return f"/officers/{quote(name, safe='')}" if console.run(console.services.accounts.get(name)) else ""


def _columns(words: LanguageTexts) -> tuple[Column[ListedClaim], ...]:
    return (
        Column[ListedClaim](
            key="claim", heading="column.claim", kind="code", link=lambda row: f"/claims/{row.claim}"
        ),
        Column[ListedClaim](key="status", heading="column.status", kind="status"),
        Column[ListedClaim](
            key="who",
            heading="deadline.who",
            value=lambda row: whose_turn(row, words, by_name=row.by_name),
        ),
        Column[ListedClaim](
            key="awaited",
            heading="deadline.awaited",
            value=lambda row: awaited(row, words, by_name=row.by_name),
        ),
        Column[ListedClaim](key="programme", heading="deadline.programme"),
        Column[ListedClaim](key="district", heading="deadline.district", kind="named", family="district"),
        Column[ListedClaim](key="agency", heading="deadline.agency", kind="agency"),
        Column[ListedClaim](key="filed_on", heading="column.filed", kind="day"),
        Column[ListedClaim](key="entitled", heading="sum.entitled", kind="rupiah"),
        Column[ListedClaim](key="paid_by_bank", heading="sum.paid_by_bank", kind="rupiah"),
    )


def _read(fields: Fields, typed: Mapping[str, str]) -> dict[str, str]:
    """Return what is asked as the parameters of the query."""
    read: dict[str, str] = dict(typed)
    read |= {name: str(fields.read(name, read_amount, 0)) for name in _AMOUNTS if name in typed}
    days = {name: fields.read(name, read_day, dt.date.min) for name in _DAYS if name in typed}
    return read | {name: day.isoformat() for name, day in days.items()}


def _obstacles(console: ConsoleContext, view: View) -> Collection[str]:
    """Return what claims of the book wait for or were refused for; nothing where it is not asked."""
    return count(view, ClaimSearch()).facets["obstacle"] if console.one("obstacle") else ()


def _rows(
    console: ConsoleContext, view: View, search: ClaimSearch, sort: Sort, total: int
) -> Callable[[int, int], Sequence[ListedClaim]]:
    """Return the rows of the list; portion after portion each is found behind the last claim of the one before.

    At an earlier moment no order waits for a supervisor any more.
    """
    behind: dict[int, str] = {}

    def rows(first: int, some: int) -> Sequence[ListedClaim]:
        after = behind.get(first)
        rows = page(view, search, sort, total=total, limit=some, after=after, first=0 if after else first)
        if rows:
            behind[first + len(rows)] = rows[-1].claim
        by_name = {} if console.looks_back else unapproved(console, rows)
        return [ListedClaim(**asdict(row), by_name=row.claim in by_name) for row in rows]

    return rows


def _choices(console: ConsoleContext, facet: Facet, counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    name_of = (
        console.words.agency if facet == "agency" else lambda value: facet_value(facet, value, console.words)
    )
    return [(value, name_of(value), claims) for value, claims in counts.items()]


def _last_day(month: str) -> str:
    """Return the last day of a month ``YYYY-MM``."""
    first_day = dt.date.fromisoformat(f"{month}-01")
    return ((first_day + dt.timedelta(31)).replace(day=1) - dt.timedelta(1)).isoformat()


routes = (claims, find_claims)
