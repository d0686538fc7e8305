"""What the read models say about orders."""

from __future__ import annotations

import datetime as dt

from projections import claims, open_orders, payments, timeline
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from projections.sums import reconcile
from tests.stores.projections.book import Book

ANI, BUDI = "~0ani", "~1budi"


async def _ordered(store: Store) -> None:
    book = Book()
    for person, claim in ((ANI, "K-1"), (BUDI, "K-2")):
        book.file(person, claim)
        book.assess(person, claim, "due", {("jkm.death", "heir:h1"): 42_000_000})
    book.order(ANI, "K-1.1", 42_000_000, due_on=dt.date(2025, 5, 7))
    book.order(BUDI, "K-2.1", 42_000_001, due_on=dt.date(2025, 5, 7))
    book.order(BUDI, "K-2.2", 1_000, due_on=dt.date(2025, 5, 9), payee="child:c1")
    book.release(ANI, "K-1.1", "p00-1")
    book.pay(ANI, "K-1.1", 42_000_000, dt.date(2025, 5, 8))
    book.pay(BUDI, "K-9.9", 5)
    await Runner(store, book, PROJECTIONS).catch_up()


async def test_due_on_a_day(store: Store) -> None:
    """Due on a day is what must be paid that day and had not been paid before, whatever was paid later."""
    await _ordered(store)
    with store.view() as view:
        assert [o.order for o in open_orders.due(view, dt.date(2025, 5, 7))] == ["K-1.1", "K-2.1"]
        assert [o.order for o in open_orders.due(view, dt.date(2025, 5, 9))] == ["K-2.2"]


async def test_overdue_costs_one_percent_a_day(store: Store) -> None:
    """Overdue is asked with a date: days since it was due, one percent of the amount for each, half up."""
    await _ordered(store)
    with store.view() as view:
        late = open_orders.overdue(view, dt.date(2025, 5, 8))
        assert [(o.order.order, o.days, o.compensation) for o in late] == [
            ("K-1.1", 1, 420_000),
            ("K-2.1", 1, 420_000),
        ]
        late = open_orders.overdue(view, dt.date(2025, 5, 10))
        assert [(o.order.order, o.days, o.compensation) for o in late] == [
            ("K-2.1", 3, 1_260_000),
            ("K-2.2", 1, 10),
        ]


async def test_an_order_is_paid_from_the_day_on_which_the_payments_that_stand_cover_it(store: Store) -> None:
    """Whoever was paid twice was not paid late, before the second payment comes back and after it."""
    book = Book()
    filed = book.file(ANI, "K-1")
    book.assess(ANI, "K-1", "due")
    book.order(ANI, "K-1.1", 42_000_000, due_on=dt.date(2025, 5, 6), cause=filed)
    book.release(ANI, "K-1.1")
    book.pay(ANI, "K-1.1", 42_000_000, dt.date(2025, 5, 6))
    book.pay(ANI, "K-1.1", 42_000_000, dt.date(2025, 5, 8))
    for state in ("released", "paid"):
        await Runner(store, book, PROJECTIONS).catch_up()
        with store.view() as view:
            assert open_orders.overdue(view, dt.date(2025, 5, 7)) == []
            assert [(o.state, o.paid_on) for o in payments.of_claim(view, "K-1")] == [(state, "2025-05-06")]
        book.send_back(ANI, "K-1.1", 42_000_000)


async def test_the_story_of_a_claim_tells_its_orders(store: Store) -> None:
    """All of it as they stand, the first steps as they stood then: ordered, not paid yet."""
    await _ordered(store)
    with store.view() as view:
        for claim in ("K-1", "K-2"):
            assert payments.orders_in(claim, timeline.moments(view, claim)) == payments.of_claim(view, claim)
        told = timeline.moments(view, "K-1")
        (then,) = payments.orders_in("K-1", told[:3])
        assert (then.state, then.paid_on) == ("ordered", "")
        assert open_orders.waiting_of(view, ["K-1", "K-2", "K-3"]) == {"K-2": ["K-2.1", "K-2.2"]}


async def test_some_of_the_orders_that_wait_are_found_from_either_end(store: Store) -> None:
    """Parts of any size hold all that wait in their order, and past the end nothing."""
    book = Book()
    for n in range(7):
        filed = book.file(ANI, f"K-{n}")
        book.assess(ANI, f"K-{n}", "due")
        book.order(ANI, f"K-{n}.1", 1_000 + n, due_on=dt.date(2025, 5, 20 - 3 * (n % 3)), cause=filed)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        every = open_orders.unreleased(view)
        assert [(one.due_on, one.order) for one in every] == sorted((one.due_on, one.order) for one in every)
        assert len(every) == 7
        for size in (1, 2, 3, 7, 50):
            for first in range(9):
                assert open_orders.some_unreleased(view, first, size) == every[first : first + size]


async def test_an_order_that_the_bank_paid_has_left(store: Store) -> None:
    """Its claim and the table of all sums count it as released, though no release was recorded."""
    book = Book()
    filed = book.file(ANI, "K-1")
    book.assess(ANI, "K-1", "due")
    book.order(ANI, "K-1.1", 42_000_000, cause=filed)
    book.order(ANI, "K-1.2", 1_000, cause=filed)
    book.pay(ANI, "K-1.1", 40_000_000)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        (found,) = claims.claims(view)
        sums = reconcile(claims.claims(view), payments.every(view))
    assert (found.released, sums.total.released) == (42_000_000, 42_000_000)


async def test_totals_add_up(store: Store) -> None:
    """Totals are the sums over all orders, to the rupiah."""
    await _ordered(store)
    with store.view() as view:
        assert payments.totals(view) == payments.OrderTotals(
            orders=3,
            ordered=84_001_001,
            standing=84_001_001,
            released=42_000_000,
            paid=42_000_000,
            returned=0,
            cancelled=0,
        )
        assert [o.order for o in payments.every(view) if o.batch == "p00-1"] == ["K-1.1"]


async def test_payment_of_an_unknown_order_is_kept(store: Store) -> None:
    """What the bank says about an order that nobody made is found under its id."""
    await _ordered(store)
    with store.view() as view:
        said = payments.statements(view, "K-9.9")
        assert [(s.claim, s.kind, s.amount, s.retracted) for s in said] == [("K-9", "paid", 5, 0)]


async def test_an_order_that_may_not_leave_is_not_late(store: Store) -> None:
    """While its claim waits or is referred, and after the bank sent it back, it stands apart.

    One that has left is late.
    """
    book = Book()
    for person, claim in ((ANI, "K-1"), (BUDI, "K-2"), (ANI, "K-3")):
        book.file(person, claim)
        book.assess(person, claim, "due", {("jkm.death", "heir:h1"): 42_000_000})
        book.order(person, f"{claim}.1", 42_000_000, due_on=dt.date(2025, 5, 7))
    book.release(BUDI, "K-2.1")
    for person, claim in ((ANI, "K-1"), (BUDI, "K-2")):
        book.assess(person, claim, "referred", reasons=("account-changed",))
    book.release(ANI, "K-3.1")
    book.pay(ANI, "K-3.1", 42_000_000)
    book.send_back(ANI, "K-3.1")
    await Runner(store, book, PROJECTIONS).catch_up()
    later = dt.date(2027, 2, 15)
    with store.view() as view:
        assert [o.order.order for o in open_orders.overdue(view, later)] == ["K-2.1"]
        assert [(o.order, o.held) for o in open_orders.held(view, later)] == [
            ("K-1.1", "referred"),
            ("K-3.1", "returned"),
        ]
        assert open_orders.held(view, dt.date(2025, 5, 6)) == open_orders.due(view, dt.date(2025, 5, 6)) == []
