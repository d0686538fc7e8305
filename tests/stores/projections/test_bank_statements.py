"""The single payments and returns of the bank, by its own days."""

from __future__ import annotations

import datetime as dt
from typing import get_args

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.exceptions.listing import KindTotal, Sought, exceptions, facets, some_exception_lines
from services.overview.bank_statements import Made, MadeSums, StatementKind, list_made, sums_made
from services.overview.timing import paid_by_district
from services.wording.payments import remark
from services.wording.terms import LanguageTexts
from tests.stores.projections.book import Book

ANI, BUDI = "~0ani", "~1budi"
MAY = [dt.date(2025, 5, day) for day in range(1, 32)]
FIRST, SEVENTH, EIGHTH = MAY[0], MAY[6], MAY[7]


async def _paid(store: Store) -> None:
    """Two payments under one reference, one under another that came back, and one that was taken back."""
    book = Book()
    for person, claim in ((ANI, "K-1"), (BUDI, "K-2")):
        book.file(person, claim)
        book.assess(person, claim, "due", {("jkm.death", "heir:h1"): 42_000_000})
    for person, order in ((ANI, "K-1.1"), (BUDI, "K-2.1"), (BUDI, "K-2.2")):
        book.order(person, order, 42_000_000, due_on=SEVENTH)
    book.pay(BUDI, "K-2.1", 42_000_000, SEVENTH, "~one")
    book.pay(ANI, "K-1.1", 42_000_000, SEVENTH, "~one")
    book.pay(BUDI, "K-2.2", 42_000_000, FIRST, "~another")
    book.send_back(BUDI, "K-2.2", 2_000_000)
    book.retract(ANI, book.pay(ANI, "K-1.1", 5, EIGHTH, "~one"))
    await Runner(store, book, PROJECTIONS).catch_up()


async def test_sums_are_those_of_the_list(store: Store) -> None:
    """What was taken back is listed with 0; days and claim narrow the list and the sums alike."""
    await _paid(store)
    with store.view() as view:
        whole = MadeSums(5, 3, 126_000_000, 1, 2_000_000, 0, 1, 124_000_000)
        assert sums_made(view, Made()) == whole
        for asked in (Made(), Made(SEVENTH, SEVENTH), Made(claim="K-2"), Made(EIGHTH), Made(last=FIRST)):
            sums, rows = sums_made(view, asked), list_made(view, asked)
            assert sums.statements == len(rows) > 0
            assert (sums.paid, sums.returned) == (sum(r.paid for r in rows), sum(r.returned for r in rows))
            assert (sums.retracted, sums.net) == (sum(r.retracted for r in rows), sums.paid - sums.returned)
        assert [row.order for row in list_made(view, Made(SEVENTH, SEVENTH))] == ["K-1.1", "K-2.1"]
        assert {row.claim for row in list_made(view, Made(claim="K-2"))} == {"K-2"}
        taken_back = [row for row in list_made(view, Made(EIGHTH)) if row.retracted]
        assert [(row.amount, row.paid) for row in taken_back] == [(5, 0)]


async def test_a_transfer_that_failed_is_no_return(store: Store) -> None:
    """Nothing stood as paid, so nothing came back: it is listed with a remark, and counted apart, in no month."""
    book = Book()
    book.file(ANI, "K-1")
    book.assess(ANI, "K-1", "due", {("jkm.death", "heir:h1"): 1_000})
    book.order(ANI, "K-1.1", 1_000, due_on=SEVENTH)
    book.send_back(ANI, "K-1.1")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        assert sums_made(view, Made()) == MadeSums(1, 0, 0, 0, 0, 1, 0, 0)
        (failed,) = list_made(view, Made())
        assert remark(failed, LanguageTexts("en")).startswith("The transfer failed")
        assert paid_by_district(view, "0001-01", "9999-12") == []
        book.pay(ANI, "K-1.1", 1_000, SEVENTH)
        book.send_back(ANI, "K-1.1")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        assert sums_made(view, Made()) == MadeSums(3, 1, 1_000, 1, 1_000, 1, 0, 0)
        assert sorted(one.kind for one in list_made(view, Made())) == ["failed", "paid", "returned"]
        for kind in get_args(StatementKind):
            sums, (row,) = sums_made(view, Made(kind=kind)), list_made(view, Made(kind=kind))
            assert (row.kind, sums.statements) == (kind, 1)
            assert (sums.payments, sums.returns, sums.failed) == tuple(
                kind == one for one in get_args(StatementKind)
            )
        assert sum(one.returns for one in paid_by_district(view, "0001-01", "9999-12")) == 1


async def test_pages_of_a_list_are_the_list(store: Store) -> None:
    """Portion after portion, by the bank's day."""
    await _paid(store)
    with store.view() as view:
        rows = list_made(view, Made())
        assert [row for first in range(0, 5, 2) for row in list_made(view, Made(), first, 2)] == rows
        assert [row.date for row in rows] == sorted(row.date for row in rows)


async def test_payments_of_different_orders_under_one_reference_name_each_other(store: Store) -> None:
    """Also where the other is of a day that is not asked about; one that was taken back marks and is marked no more."""
    await _paid(store)
    with store.view() as view:
        marked = {(row.order, row.amount): row.others for row in list_made(view, Made()) if row.others}
        assert marked == {("K-1.1", 42_000_000): ("K-2.1",), ("K-2.1", 42_000_000): ("K-1.1",)}
        (one,) = list_made(view, Made(SEVENTH, SEVENTH, "K-1"))
        assert one.others == ("K-2.1",)


async def test_one_reference_for_several_orders_is_an_exception_of_each_of_their_claims(store: Store) -> None:
    """With what was paid on each and the events; narrowed, counted and paged as others.

    Gone with the report that is taken back.
    """
    book = Book(2)
    book.enrol(ANI, district="16.06.01")
    book.enrol(BUDI, district="16.06.02")
    for person, claim in ((ANI, "K-1"), (BUDI, "K-2")):
        book.file(person, claim)
        book.assess(person, claim, "due", {("jkm.death", "heir:h1"): 1_000})
        book.order(person, f"{claim}.1", 1_000, due_on=SEVENTH)
    book.pay(ANI, "K-1.1", 600, SEVENTH, "~one")
    book.pay(ANI, "K-1.1", 400, SEVENTH, "~one")
    on = EIGHTH
    kind = "shared-reference"
    runner = Runner(store, book, PROJECTIONS)
    await runner.catch_up()
    with store.view() as view:
        assert exceptions(view, on, Sought(kind=kind)).exceptions == ()
    second = book.pay(BUDI, "K-2.1", 1_000, SEVENTH, "~one")
    await runner.catch_up()
    with store.view() as view:
        found = exceptions(view, on, Sought(kind=kind))
        assert found.totals == (KindTotal(kind, 2, 2, 2_000),)
        told = [(line.claim, line.subject, line.amount, line.details) for line in found.exceptions]
        assert told == [("K-1", "K-1.1", 1_000, ("~one",)), ("K-2", "K-2.1", 1_000, ("~one",))]
        assert [len(line.events) for line in found.exceptions] == [2, 1]
        assert found.exceptions[1].events[0][1] == second
        whole = exceptions(view, on)
        assert [line for line in whole.exceptions if line.kind == kind] == list(found.exceptions)
        pages = [
            some_exception_lines(view, on, Sought(), (), whole.listed, n, 1)
            for n in range(len(whole.exceptions))
        ]
        assert [line for page in pages for line in page] == list(whole.exceptions)
        there = exceptions(view, on, Sought(kind=kind, district="16.06.02"))
        assert [line.claim for line in there.exceptions] == ["K-2"]
        counted = facets(view, on)
        assert {one.value: one.count for one in counted["kind"]}[kind] == 2
        assert exceptions(view, on, Sought(claim="K-1")).exceptions[-1] == found.exceptions[0]
    book.retract(BUDI, second)
    await runner.catch_up()
    with store.view() as view:
        assert exceptions(view, on, Sought(kind=kind)).exceptions == ()
        assert exceptions(view, on, Sought(kind=kind)).totals == ()
