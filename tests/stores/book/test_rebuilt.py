"""The book at another moment: what is built anew up to a cut, and of what had happened by a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from events.catalogue import decode
from projections import claims, participants, payments, timeline
from projections.as_of import AsOf
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from services.book.cut import Cut, NoCutError, Places, cut_at, cut_of, last_cut
from services.book.person import file_of
from services.book.read_models_as_of import fill
from tests.read_models import dump
from tests.stores.projections.acts import PEOPLE, acts, drawn_day, recorded
from tests.stores.projections.book import START, Book

ANI, BUDI = "~0ani", "~1budi"
LOOKS = settings(max_examples=8, deadline=None)


@asynccontextmanager
async def rebuilt(book: Book, cut: Cut, true_on: dt.date | None = None) -> AsyncIterator[View]:
    """The read models at a cut."""
    with Store.temporary() as store:
        await fill(store, book, cut, true_on)
        with store.view() as view:
            yield view


def drawn_cut(book: Book, data: st.DataObject) -> Cut:
    """A cut anywhere in a book."""
    return Cut(tuple(data.draw(st.integers(0, last)) for last in book.positions.values()))


def cut_back(book: Book, cut: Cut) -> Book:
    """The book as if nothing had been recorded after a cut."""
    earlier = Book(book.partitions)
    earlier.logs = [log[:last] for log, last in zip(book.logs, cut.positions, strict=True)]
    return earlier


@LOOKS
@given(told=acts)
async def test_the_book_at_the_last_cut_is_the_live_one(told: list[tuple[str, str, int]]) -> None:
    """Table by table, row by row; and the live one says that this is its cut."""
    book = recorded(told, days=9)
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS, batch=9).catch_up()
        with store.view() as live:
            assert cut_of(live) == await last_cut(book)
            async with rebuilt(book, await last_cut(book)) as view:
                assert list(dump(view, PROJECTIONS)) == list(dump(live, PROJECTIONS))


@LOOKS
@given(told=acts, data=st.data())
async def test_what_comes_after_a_cut_changes_no_answer(
    told: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """The book at a cut is that of a ledger that ends there; filled in two portions it is the same."""
    book = recorded(told, days=9)
    cut, day = drawn_cut(book, data), drawn_day(book, data)
    half = Cut(tuple(position // 2 for position in cut.positions))
    with Store.temporary() as store:
        await fill(store, book, half, day)
        await fill(store, book, cut, day)
        async with rebuilt(cut_back(book, cut), cut, day) as shorter:
            with store.view() as view:
                assert list(dump(view, PROJECTIONS)) == list(dump(shorter, PROJECTIONS))


@LOOKS
@given(told=acts, data=st.data())
async def test_a_claim_from_its_timeline_is_its_row_in_the_book_of_that_moment(
    told: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """At any cut and any day, whoever asks for one claim and whoever asks for all is told the same."""
    book = recorded(told, days=9)
    cut, day = drawn_cut(book, data), drawn_day(book, data)
    now = dict.fromkeys(("district", "sector", "decile", "sponsor"))
    with Store.temporary() as store:
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as live:
            async with rebuilt(book, cut, day) as view:
                rows = {row.claim: row for row in claims.claims(view)}
                for claim in claims.claims(live):
                    point = AsOf(cut.positions[claim.partition], day)
                    one = claims.claim(live, claim.claim, point)
                    row = rows.get(claim.claim)
                    assert (one and structs.replace(one, **now)) == (row and structs.replace(row, **now))
                    assert timeline.moments(view, claim.claim) == timeline.moments(live, claim.claim, point)


@LOOKS
@given(told=acts, data=st.data())
async def test_a_person_is_told_as_the_book_of_that_moment_tells(
    told: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """Membership, months and claims, from the person's own events alone.

    Each event stands there once with its own date.
    """
    book = recorded(told, days=9)
    cut, day = drawn_cut(book, data), drawn_day(book, data)
    async with rebuilt(book, cut, day) as view:
        for person in PEOPLE:
            partition = int(person[1])
            entries = [entry for entry in book.logs[partition] if decode(entry.body).person == person]
            found = file_of(person, entries, AsOf(cut.positions[partition], day))
            member = participants.person(view, person)
            assert found.member == (member if member and member.known else None)
            assert list(found.months_paid) == participants.months_paid(view, person)
            assert list(found.claims) == claims.claims(view, person=person)
            positions = [event.position for event in found.events]
            assert positions == sorted(set(positions))
            late = [event for event in found.events if day and event.happened > day.isoformat()]
            assert {event.type for event in late} <= {"event.retracted"}


def paid_late() -> tuple[Book, str]:
    """A claim that the bank paid on 6 May and reported on 20 May; returns the reference of the payment."""
    book = Book(2)
    book.file(ANI, "K-1")
    book.assess(ANI, "K-1", "due", {("jkm.death", "heir:h1"): 42_000_000})
    book.order(ANI, "K-1.1", 42_000_000)
    book.seconds += 18 * 86_400
    return book, book.pay(ANI, "K-1.1", 42_000_000, dt.date(2025, 5, 6))


async def paid(book: Book, cut: Cut, day: dt.date | None) -> int:
    async with rebuilt(book, cut, day) as view:
        return payments.totals(view).paid


async def test_a_payment_that_was_reported_late_was_the_case_before_it_was_known() -> None:
    """On 10 May the money had been paid and nobody here knew; on 5 May it had not been paid.

    On 2 May it had been ordered.
    """
    book, _ = paid_late()
    before, all_of_it = await cut_at(book, START + dt.timedelta(days=8)), await last_cut(book)
    assert await paid(book, before, None) == 0
    assert await paid(book, all_of_it, dt.date(2025, 5, 10)) == 42_000_000
    assert await paid(book, all_of_it, dt.date(2025, 5, 6)) == 42_000_000
    assert await paid(book, all_of_it, dt.date(2025, 5, 5)) == 0
    async with rebuilt(book, all_of_it, dt.date(2025, 5, 2)) as view:
        assert payments.totals(view).ordered == 42_000_000


async def test_what_is_known_to_be_taken_back_never_was() -> None:
    """Whatever day is asked; but as known before the retraction it still was."""
    book, reference = paid_late()
    before = await last_cut(book)
    book.seconds += 30 * 86_400
    book.retract(ANI, reference)
    assert await paid(book, await last_cut(book), dt.date(2025, 5, 6)) == 0
    assert await paid(book, before, dt.date(2025, 5, 6)) == 42_000_000


@LOOKS
@given(told=acts, data=st.data())
async def test_the_cut_of_an_instant_parts_what_was_recorded_by_then(
    told: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """Every event before the cut was recorded by then, at the very instant too, every later one afterwards."""
    book = recorded(told, days=9)
    instants = [book.recordedtime(entry) for log in book.logs for entry in log]
    moment = data.draw(st.sampled_from([START, *instants])) + dt.timedelta(
        milliseconds=data.draw(st.integers(-1, 1))
    )
    cut = await cut_at(book, moment)
    for log, last in zip(book.logs, cut.positions, strict=True):
        times = [book.recordedtime(entry) for entry in log]
        assert [at for at, time in enumerate(times, 1) if time <= moment] == list(range(1, last + 1))


async def test_positions_are_a_cut_where_each_partition_is_named() -> None:
    """Fewer partitions, or others, or positions that there are not yet, are refused with the form to write."""
    book, _ = paid_late()
    book.enrol(BUDI)
    assert str(await cut_at(book, Places({0: 2, 1: 1}))) == "0:2,1:1"
    assert (await cut_at(book, Places({1: 1, 0: 4}))).positions == (4, 1)
    assert await cut_at(book, None) == await last_cut(book)
    for places in (Places({0: 2}), Places({None: 2}), Places({0: 1, 1: 1, 2: 1}), Places({0: 4, 1: 2})):
        with pytest.raises(NoCutError) as refused:
            await cut_at(book, places)
        assert refused.value.message.parameters["last"] == "0:4,1:1"
