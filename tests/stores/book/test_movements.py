"""What changed between two cuts.

The movements lead from the first totals to the second, claim by claim and event by event.
"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict, replace

from projections import claims
from projections.store import Store
from projections.sums import Sums, added, movement, sums_of
from services.book.cut import Cut, last_cut
from services.book.movements import BackwardsError, ClaimMovement, Movements, moved
from services.book.read_models_as_of import fill
from tests.stores.projections.acts import acts, drawn_day, recorded
from tests.stores.projections.book import Book

ANI = "~0ani"


async def between(
    book: Book, earlier: Cut, later: Cut, day: dt.date | None = None, most: int | None = None
) -> Movements:
    with Store.temporary() as store:
        return await moved(store, book, earlier, later, day, most=most)


def size(one: ClaimMovement) -> int:
    return max(abs(int(amount)) for amount in asdict(one.movement).values())


def number(one: ClaimMovement) -> str:
    return one.claim


async def rows(book: Book, cut: Cut, day: dt.date | None) -> tuple[dict[str, claims.ClaimRow], Sums]:
    """Every claim and the totals of the book at a cut, built by itself."""
    with Store.temporary() as store:
        await fill(store, book, cut, day)
        with store.view() as view:
            return {row.claim: row for row in claims.claims(view)}, claims.totals(view)


@settings(max_examples=25, deadline=None)
@given(told=acts, data=st.data())
async def test_the_movements_lead_from_the_first_totals_to_the_second(
    told: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """In every sum, between any two cuts, on any day; of each claim too, and what is not told did not move."""
    book = recorded(told, days=9)
    day = drawn_day(book, data)
    later = Cut(tuple(data.draw(st.integers(0, last)) for last in book.positions.values()))
    earlier = Cut(tuple(data.draw(st.integers(0, last)) for last in later.positions))
    found = await between(book, earlier, later, day)
    (then, before), (now, after) = await rows(book, earlier, day), await rows(book, later, day)
    assert (found.before, found.after, found.adds_up) == (before, after, True)
    assert added(sums_of(fact) for fact in found.facts) == found.movement
    assert before == added(row.sums for row in then.values())
    few = await between(book, earlier, later, day, most=2)
    assert replace(few, claims=()) == replace(found, claims=())
    assert few.claims == tuple(sorted(sorted(found.claims, key=size, reverse=True)[:2], key=number))
    for one in found.claims:
        was, became = then.get(one.claim), now[one.claim]
        assert (one.before, one.status_before) == ((was.sums, was.status) if was else (Sums(), ""))
        assert (one.after, one.status_after) == (became.sums, became.status)
        assert (
            one.movement == movement(one.before, one.after) == added(event.movement for event in one.events)
        )
        filed = bool(was and was.shown), bool(became.shown)
        assert one.kind == {(False, True): "new", (True, False): "gone"}.get(filed, "changed")
    unmoved = now.keys() - {one.claim for one in found.claims}
    assert {(now[c].sums, now[c].status) for c in unmoved} == {
        (then[c].sums, then[c].status) for c in unmoved
    }


async def test_each_claim_is_told_with_the_event_that_moved_it() -> None:
    """One filed since, one paid since, one whose filing was taken back, one to which only a document came."""
    book = Book(1)
    for number in ("PAID-1", "GONE-1", "SAME-1"):
        filed = book.file(ANI, number)
        book.assess(ANI, number, "due", {("jkm.death", "heir:h1"): 42_000_000})
        book.order(ANI, f"{number}.1", 42_000_000)
        book.release(ANI, f"{number}.1")
        if number == "GONE-1":
            taken_back = filed
    earlier = await last_cut(book)
    book.file(ANI, "NEW-1")
    book.pay(ANI, "PAID-1.1", 42_000_000)
    book.document(ANI, "SAME-1", "kk")
    book.retract(ANI, taken_back)
    found = await between(book, earlier, await last_cut(book))
    told = {one.claim: one for one in found.claims}
    assert {claim: one.kind for claim, one in told.items()} == {
        "NEW-1": "new",
        "PAID-1": "changed",
        "GONE-1": "gone",
    }
    assert found.unmoved == 1
    paid = told["PAID-1"]
    assert (paid.status_before, paid.status_after) == ("ordered", "paid")
    assert paid.movement == Sums(paid_by_bank=42_000_000, matched=42_000_000)
    assert [(event.type, event.movement) for event in paid.events] == [("claim.paid", paid.movement)]
    assert [event.type for event in told["GONE-1"].events] == ["event.retracted"]
    assert told["GONE-1"].movement == Sums(entitled=-42_000_000)
    assert (found.before.entitled, found.after.entitled) == (126_000_000, 84_000_000)
    assert found.counts == {"new": 1, "changed": 1, "gone": 1}
    assert [(fact.type, fact.events, sums_of(fact)) for fact in found.facts] == [
        ("claim.paid", 1, paid.movement),
        ("event.retracted", 1, Sums(entitled=-42_000_000)),
    ]


async def test_the_second_cut_holds_what_the_first_one_holds() -> None:
    """Else what is between them is no movement."""
    book = Book(2)
    book.enrol(ANI)
    with pytest.raises(BackwardsError):
        await between(book, Cut((1, 0)), Cut((0, 0)))
