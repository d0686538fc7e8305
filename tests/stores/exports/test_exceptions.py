"""The exceptions of an export are those that pages and commands list, each with its events."""

from __future__ import annotations

import datetime as dt

from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.benefits.reading.folder import load
from services.exceptions.listing import exceptions
from services.exports.loading import opened
from tests.stores.projections.book import Book

EVER = dt.date(9999, 12, 31)
PAID_ON = dt.date(2026, 3, 7)


async def test_one_reference_for_several_orders_is_exported_as_it_is_listed() -> None:
    """With those that follow from one claim, but those that are counted apart.

    The rupiah and the events of each are those of the list.
    """
    book = Book(1)
    for person, claim in (("~0ani", "K-1"), ("~0budi", "K-2")):
        book.file(person, claim)
        book.assess(person, claim, "due", {("jkm.death", "heir:h1"): 1_000})
        book.order(person, f"{claim}.1", 1_000, due_on=PAID_ON)
        book.pay(person, f"{claim}.1", 1_000, PAID_ON, "~one")
    book.pay("~0ani", "K-1.9", 5, PAID_ON, "~other")
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as view, opened(view, load().scheme, "en") as tables:
            listed = exceptions(view, EVER).exceptions
            tables.make(["exceptions", "exception_events"])
            of_table = tables.connection.table("exceptions").filter("kind <> 'without-hash'")
            rows = of_table.project("claim, kind, subject, amount").fetchall()
            of_events = tables.connection.table("exception_events").filter("kind <> 'without-hash'")
            events = of_events.project("claim, kind, subject, position, event").fetchall()
    assert {line.kind for line in listed} >= {"shared-reference", "paid-without-order"}
    assert sorted(rows) == sorted((line.claim, line.kind, line.subject, line.amount) for line in listed)
    told = [(line.claim, line.kind, line.subject, *event) for line in listed for event in line.events]
    assert sorted(events) == sorted(told)
