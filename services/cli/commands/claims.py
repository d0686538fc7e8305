"""``claims``: which claims there are, narrowed by what is asked, with every sum and its total."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from projections.claim_counts import SearchCount, count
from projections.claim_search import AmountOf, Sort, page
from projections.claim_status import Status
from projections.claims import ClaimRow
from projections.sums import Sums
from services.claims.search import recognised
from services.cli.book_options import NOW, BookOptions
from services.cli.dates import Day
from services.cli.exit_codes import OK, command_error
from services.cli.figures import recorded_figure, show_handle
from services.cli.narrowing import District, require_known, require_order
from services.cli.numbers import Amount
from services.cli.opening import with_installation
from services.cli.output import console, show_json, show_table, table
from services.cli.persons import Person, token_of
from services.figures.totals import claims_sought, claims_totals
from services.runtime.bootstrap import Installation
from services.sealing.tokens import Tokens, is_token
from services.wording.facets import facet_value
from services.wording.terms import LanguageTexts, day, number


def claims(
    text: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    /,
    *,
    status: Status | None = None,
    programme: str | None = None,
    district: District = None,
    agency: str | None = None,
    obstacle: str | None = None,
    person: Person = None,
    order: str | None = None,
    reference: str | None = None,
    amount_from: Amount | None = None,
    amount_to: Amount | None = None,
    amount_of: AmountOf | None = None,
    first: Annotated[Day, Parameter(name="--from")] = None,
    last: Annotated[Day, Parameter(name="--to")] = None,
    event_from: Day = None,
    event_to: Day = None,
    ordered_from: Day = None,
    ordered_to: Day = None,
    paid_from: Day = None,
    paid_to: Day = None,
    sort: Sort = "number",
    limit: int | None = None,
    facets: bool = False,
    of: BookOptions = NOW,
) -> int:
    """List the claims that are sought, and every sum over all of them.

    How many there are of each kind with --facets.
    """
    require_order(first, last)
    require_order(event_from, event_to)
    require_order(ordered_from, ordered_to)
    require_order(paid_from, paid_to)
    if limit is not None and limit < 1:
        raise command_error("search.no-limit", "search.write-limit")
    token = None if person is None else token_of(person, of.data)
    if reference is not None and not is_token(reference):
        reference = _tokens(of).reference(reference)
    narrowed = {
        "status": status,
        "programme": programme,
        "district": district,
        "agency": agency,
        "obstacle": obstacle,
        "person": token,
        "order": order,
        "reference": reference,
        "amount_from": amount_from,
        "amount_to": amount_to,
        "amount_of": amount_of,
        "filed_from": first,
        "filed_to": last,
        "event_from": event_from,
        "event_to": event_to,
        "ordered_from": ordered_from,
        "ordered_to": ordered_to,
        "paid_from": paid_from,
        "paid_to": paid_to,
    }
    parameters = {name: str(value) for name, value in narrowed.items() if value is not None}
    with of.book() as chosen_book:
        require_known(chosen_book.view, agency=agency, programme=programme, district=district)
        if text is not None:
            parameters |= recognised(chosen_book.view, text, lambda: _tokens(of))
        search = claims_sought(parameters)
        totals = count(chosen_book.view, search)
        claim_page = page(chosen_book.view, search, sort, total=totals.claims, limit=limit)
        handle = recorded_figure(of.data, chosen_book, "claims", parameters, claims_totals(totals), of.trail)
    if of.json:
        document = {
            "known_on": str(chosen_book.cut),
            "true_on": of.true_on,
            "claims": claim_page,
            "count": totals.claims,
        }
        show_json(
            {**document, "sums": totals.sums, "figure": handle}
            | ({"facets": totals.facets} if facets else {})
        )
    else:
        words = LanguageTexts()
        show_claims(claim_page, totals.claims, totals.sums, words)
        if claim_page:
            console().print()
            show_totals(totals.sums, words)
        if facets:
            _show_facets(totals, words)
        show_handle(console(), handle)
    return OK


def _tokens(of: BookOptions) -> Tokens:
    async def tokens(installation: Installation) -> Tokens:
        return installation.tokens

    return with_installation(of.data, tokens)


def show_claims(rows: Sequence[ClaimRow], claims: int, sums: Sums, words: LanguageTexts) -> None:
    """Print a row for each claim that is listed, and the totals of all ``claims`` that there are."""
    show_table(
        rows,
        ("column.claim", lambda row: row.claim, "left"),
        ("column.status", lambda row: words.name("status", row.status), "left"),
        ("column.filed", _filed, "left"),
        ("sum.entitled", lambda row: words.amount(row.entitled), "right"),
        ("sum.paid_by_bank", lambda row: words.amount(row.paid_by_bank), "right"),
        last=(
            words.say("demo.all"),
            number(claims),
            "",
            words.amount(sums.entitled),
            words.amount(sums.paid_by_bank),
        ),
    )


def _show_facets(counted: SearchCount, words: LanguageTexts) -> None:
    """Print how many claims there are of each value of each facet."""
    for facet, values in counted.facets.items():
        if values:
            rows = [(facet_value(facet, value, words), number(claims)) for value, claims in values.items()]
            console().print()
            console().print(table(words.say(f"facet.{facet}"), ("", ""), rows, right=(1,), prose=(0,)))
            if facet == "district" and counted.other_districts:
                console().print(words.say("search.other-districts", others=number(counted.other_districts)))


def show_totals(sums: Sums, words: LanguageTexts) -> None:
    """Print every sum by its name."""
    rows = [(words.say(f"sum.{name}"), words.amount(getattr(sums, name))) for name in Sums.__struct_fields__]
    console().print(table("", ("", ""), rows, right=(1,)))


def _filed(row: ClaimRow) -> str:
    return day(dt.date.fromisoformat(row.filed_on)) if row.filed_on else ""
