"""Searching claims gives what walking all of them gives, however they are counted and whatever order they are shown in."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import product
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from projections import claim_counts, claim_search, claims, participants, payments
from projections.catalogue import PROJECTIONS
from projections.claim_search import ClaimSearch, Sort
from projections.claims import ClaimRow
from projections.membership import Member
from projections.payment_rows import StatementRow
from projections.runner import Runner
from projections.store import Store, View
from projections.sums import added
from tests.stores.projections.acts import KINDS, PEOPLE, acts, recorded
from tests.stores.projections.book import START, Book

DAYS = [
    dt.date(2025, 5, 1),
    dt.date(2025, 5, 2),
    dt.date(2025, 5, 31),
    dt.date(2025, 6, 17),
    dt.date(2025, 7, 1),
]
searches = st.builds(
    ClaimSearch,
    status=st.sampled_from([None, None, "ordered", "waiting", "retracted"]),
    programme=st.sampled_from([None, "JKM"]),
    district=st.sampled_from([None, None, "16.06.01"]),
    agency=st.sampled_from([None, "bpjs-tk-muba"]),
    obstacle=st.sampled_from([None, None, "finding:heirs", "filed-late"]),
    person=st.sampled_from([None, None, None, PEOPLE[0]]),
    amount_from=st.sampled_from([None, None, 1, 1_500]),
    amount_to=st.sampled_from([None, None, 1_000]),
    amount_of=st.sampled_from([None, "entitled", "ordered", "paid"]),
    ordered_from=st.sampled_from([None, None, None, *DAYS]),
    ordered_to=st.sampled_from([None, None, None, *DAYS]),
    paid_from=st.sampled_from([None, None, None, *DAYS]),
    paid_to=st.sampled_from([None, None, None, *DAYS]),
    filed_from=st.sampled_from([None, *DAYS]),
    filed_to=st.sampled_from([None, *DAYS]),
)
VALUES: dict[claim_counts.Facet, Callable[[ClaimRow], Iterable[str]]] = {
    "status": lambda row: [row.status],
    "programme": lambda row: [row.programme],
    "district": lambda row: [row.district or ""],
    "agency": lambda row: [row.agency],
    "obstacle": lambda row: row.obstacles,
    "month": lambda row: [row.filed_on[:7]],
}


def holds(row: ClaimRow, search: ClaimSearch, but: str = "") -> bool:
    """Whether a claim is sought, whatever is asked of the facet ``but``."""
    for facet, values in VALUES.items():
        asked = getattr(search, facet, None)
        if asked is not None and facet != but and asked not in values(row):
            return False
    days = but != "month"
    meant = amount(row, search)
    return all(
        (
            search.person in (None, row.person),
            search.event_from is None or row.event_date >= f"{search.event_from}",
            search.amount_from is None or meant >= search.amount_from,
            search.amount_to is None or meant <= search.amount_to,
            search.ordered_from is None or row.ordered_on >= f"{search.ordered_from}",
            search.ordered_to is None or "" < row.ordered_on <= f"{search.ordered_to}",
            search.paid_from is None or row.paid_on >= f"{search.paid_from}",
            search.paid_to is None or "" < row.paid_on <= f"{search.paid_to}",
            not (days and search.filed_from) or row.filed_on >= f"{search.filed_from}",
            not (days and search.filed_to) or "" < row.filed_on <= f"{search.filed_to}",
        )
    )


def compare(view: View, search: ClaimSearch, size: int = 0) -> None:
    """Count and, with a ``size``, page through what is sought, and hold it against a walk through all claims."""
    every = claims.claims(view)
    lives = {
        member.person: member.district for member in view.read(participants.people(view).select(), Member)
    }
    assert [row.district or "" for row in every] == [lives.get(row.person, "") for row in every]
    expected = {row.claim: row for row in every if holds(row, search)}
    told = claim_counts.count(view, search)
    assert (told.claims, told.sums) == (len(expected), added(row.sums for row in expected.values()))
    for facet, values in VALUES.items():
        counted = Counter(
            value for row in every if holds(row, search, facet) for value in values(row) if value
        )
        assert told.facets[facet] == counted, facet
    for sort in get_args(Sort) if size else ():
        for broad, found in ((claim_search.BROAD, told.claims), (-1, 10**9)):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(claim_search, "BROAD", broad)
                rows = paged(view, search, sort, found, size)
            assert {row.claim: row for row in rows} == expected
            assert len(rows) == len(expected)
            assert rows == sorted(rows, key=order(sort, search), reverse=sort in ("newest", "largest"))


def paged(view: View, search: ClaimSearch, sort: Sort, found: int, size: int) -> list[ClaimRow]:
    """Return all that is sought, page by page; claims are walked in order where very many are said to be found."""
    rows: list[ClaimRow] = []
    while page := claim_search.page(
        view, search, sort, total=found, limit=size, after=rows[-1].claim if rows else None
    ):
        rows += page
    return rows


def amount(row: ClaimRow, search: ClaimSearch) -> int:
    """The amount that is meant."""
    return {"ordered": row.ordered, "paid": row.paid_by_bank}.get(search.amount_of or "", row.entitled)


def order(sort: Sort, search: ClaimSearch) -> Callable[[ClaimRow], tuple[str | int, ...]]:
    """By what claims are sorted."""
    if sort == "number":
        return lambda row: (row.claim,)
    if sort in ("oldest", "newest"):
        return lambda row: (row.filed_on, row.claim)
    return lambda row: (amount(row, search), row.claim)


@settings(max_examples=25, deadline=None)
@given(history=acts, search=searches, batch=st.integers(1, 60), size=st.integers(1, 4))
async def test_a_search_finds_what_a_walk_finds(
    history: list[tuple[str, str, int]], search: ClaimSearch, batch: int, size: int
) -> None:
    """Numbers, sums, facets without their own filter, and pages, after batches of any size."""
    book = recorded(history, days=20)
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS, batch=batch).catch_up()
        with store.view() as view:
            compare(view, search, size)


async def test_days_and_amounts_are_each_of_their_own(store: Store) -> None:
    """A claim ordered on one day and paid on another is found by either; of three amounts each by its own."""
    book = Book(1)
    for claim, paid in (("PAID", 30), ("IN-PART", 20)):
        filed = book.file("~0a", claim)
        book.open("~0a", claim)
        book.assess("~0a", claim, "due", {("jkm.death", "heir:h1"): 30}, cause=filed)
        book.order("~0a", f"{claim}.1", 30, cause=filed)
        book.pay("~0a", f"{claim}.1", paid, dt.date(2025, 5, 30))
    book.file("~0a", "TOO-MUCH")
    book.pay("~0a", "TOO-MUCH.1", 50)
    await Runner(store, book, PROJECTIONS).catch_up()

    with store.view() as view:
        ordered_on = {row.claim: row.ordered_on for row in claims.claims(view)}
        day, end = dt.date.fromisoformat(ordered_on["PAID"]), dt.date(2025, 5, 30)
        assert day < end
        for search, expected in (
            (ClaimSearch(ordered_from=day, ordered_to=day), {"PAID", "IN-PART"}),
            (ClaimSearch(ordered_from=end), set()),
            (ClaimSearch(paid_from=end, paid_to=end), {"PAID"}),
            (ClaimSearch(paid_to=day), set()),
            (ClaimSearch(amount_of="paid", amount_from=21), {"PAID", "TOO-MUCH"}),
            (ClaimSearch(amount_of="paid", amount_from=1, amount_to=20), {"IN-PART"}),
            (ClaimSearch(amount_of="ordered", amount_from=30), {"PAID", "IN-PART"}),
            (ClaimSearch(amount_of="ordered", amount_to=0), {"TOO-MUCH"}),
            (ClaimSearch(amount_of="entitled", amount_from=1), {"PAID", "IN-PART"}),
        ):
            told = claim_counts.count(view, search).claims
            rows = claim_search.page(view, search, total=told)
            assert ({row.claim for row in rows}, told) == (expected, len(expected)), search
            compare(view, search)


async def test_how_few_claims_an_index_leaves_is_asked_once_for_a_count(store: Store) -> None:
    """For all facets together: how many claims are in a span is a question of its own to the store."""
    asked = list[str]()

    def note(_: object, __: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    book = Book(1)
    book.file("~0a", "C-1")
    await Runner(store, book, PROJECTIONS).catch_up()
    event.listen(Engine, "before_cursor_execute", note)
    try:
        with store.view() as view:
            assert claim_counts.count(view, ClaimSearch(amount_from=0, district="16.06.01")).claims <= 1
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert sum("entitled >=" in one and "OFFSET" in one for one in asked) == 1


async def test_both_stores_find_the_same(store: Store) -> None:
    """Many claims and many questions, in SQLite and in PostgreSQL."""
    chance = random.Random(7)
    drawn = [(chance.choice(KINDS), chance.choice(PEOPLE), chance.getrandbits(16)) for _ in range(400)]
    await Runner(store, recorded(drawn, days=3), PROJECTIONS, batch=2).catch_up()
    with store.view() as view:
        every = claims.claims(view)
        assert {row.status for row in every} >= {"ordered", "waiting"}
        for search in (
            ClaimSearch(),
            ClaimSearch(status="ordered"),
            ClaimSearch(obstacle="finding:heirs", filed_from=DAYS[1]),
            ClaimSearch(amount_from=1, district=next(row.district for row in every if row.district)),
            ClaimSearch(amount_from=1, amount_of="paid", paid_to=DAYS[3]),
            ClaimSearch(amount_from=1, amount_of="ordered", ordered_from=DAYS[1]),
            ClaimSearch(filed_from=DAYS[1], filed_to=DAYS[3], event_from=dt.date(2025, 1, 1)),
        ):
            compare(view, search, 3)


async def test_of_many_districts_the_largest_are_counted(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the one that is asked; how many there are besides is told, and sums are those of all of them."""
    book = Book()
    for n, person in enumerate(PEOPLE):
        book.enrol(person, district=f"16.06.{n + 1:02}")
        book.file(person, f"K-{n}")
    book.file(PEOPLE[1], "K-99")
    await Runner(store, book, PROJECTIONS).catch_up()
    monkeypatch.setattr(claim_counts, "MOST_DISTRICTS", 1)
    with store.view() as view:
        told = claim_counts.count(view, ClaimSearch())
        assert told.claims == len(PEOPLE) + 1
        assert told.facets["district"] == {"16.06.02": 2}
        assert told.other_districts == len(PEOPLE) - 1
        asked = claim_counts.count(view, ClaimSearch(district="16.06.01"))
        assert asked.claims == 1
        assert asked.facets["district"] == {"16.06.02": 2, "16.06.01": 1}


async def test_a_page_near_the_end_is_found_from_there(store: Store) -> None:
    """Any part of the list, in every order, of all claims and of those that are narrowed."""
    chance = random.Random(8)
    drawn = [(chance.choice(KINDS), chance.choice(PEOPLE), chance.getrandbits(16)) for _ in range(200)]
    await Runner(store, recorded(drawn, days=3), PROJECTIONS).catch_up()
    with store.view() as view:
        for search, sort in product((ClaimSearch(), ClaimSearch(status="ordered")), get_args(Sort)):
            whole = claim_search.page(view, search, sort, total=claim_counts.count(view, search).claims)
            for first, limit in product(range(len(whole) + 2), (1, 3, None)):
                some = claim_search.page(view, search, sort, total=len(whole), limit=limit, first=first)
                assert some == whole[first : None if limit is None else first + limit]


async def test_a_span_begins_and_ends_on_any_day_of_a_month(store: Store) -> None:
    """Whole months come from groups, the days before and after them from claims: none is left out or counted twice."""
    book = Book()
    days = [
        dt.date(2025, 5, 30),
        dt.date(2025, 5, 31),
        dt.date(2025, 6, 1),
        dt.date(2025, 6, 30),
        dt.date(2025, 7, 1),
    ]
    for n, day in enumerate(days):
        book.seconds = (day - START.date()).days * 86_400
        book.file(PEOPLE[n], f"K-{n}")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        for first in (None, *days):
            for last in (None, *days):
                told = claim_counts.count(view, ClaimSearch(filed_from=first, filed_to=last))
                assert told.claims == sum((first or day) <= day <= (last or day) for day in days), (
                    first,
                    last,
                )


async def test_a_claim_is_found_by_what_the_bank_says(store: Store) -> None:
    """By the number of an order, and by the token of the bank's reference, which is all that is kept of it."""
    drawn = [("file", "~0ani", 1), ("file", "~0budi", 1), ("order", "~0ani", 1), ("pay", "~0ani", 1)]
    await Runner(store, recorded(drawn), PROJECTIONS).catch_up()
    with store.view() as view:
        (said,) = view.read(payments.statement_table(view).select(), StatementRow)
        assert said.reference
        for search in (ClaimSearch(order=said.order), ClaimSearch(reference=said.reference)):
            assert [one.claim for one in claim_search.page(view, search, total=1)] == [said.claim]
            assert claim_counts.count(view, search).claims == 1
        assert claim_search.page(view, ClaimSearch(reference="~none"), total=0) == []
