"""Orders against their legal day, and whose turn it was while claims waited."""

from __future__ import annotations

import datetime as dt
from typing import get_args

from msgspec.structs import asdict

from events.payment import Reordered
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.exceptions.deadline_acts import NO_AGENCY, Acts, ActTotals, act_totals, list_acts
from services.exceptions.deadline_orders import Behind, OrdersBehind, list_behind, orders_behind
from services.exceptions.deadline_waits import Waits, list_waits, wait_count
from services.exceptions.deadlines import PHASES, STANDINGS, By, Days, Incomplete, Place, deadlines
from tests.stores.projections.book import Book

ON = dt.date(2025, 5, 20)


def may(day: int) -> dt.date:
    return dt.date(2025, 5, day)


def ordered(book: Book, person: str, claim: str, amount: int, due_on: dt.date) -> str:
    """File a claim that is complete at once, and order its only benefit."""
    book.enrol(person, district=f"16.06.0{int(person[1]) + 1}")
    filed = book.file(person, claim)
    book.assess(person, claim, "due", {("jkm.death", "heir:h1"): amount}, cause=filed)
    book.order(person, f"{claim}.1", amount, due_on=due_on, cause=filed)
    return f"{claim}.1"


def on_time_and_late() -> Book:
    book = Book(3)
    book.pay("~0a", ordered(book, "~0a", "IN-TIME", 1_000, may(7)), 1_000, may(7))
    book.pay("~0b", ordered(book, "~0b", "LATE", 1_050, may(7)), 1_050, may(9))
    ordered(book, "~1a", "OVERDUE", 2_025, may(18))
    ordered(book, "~1b", "TO-COME", 4_000, may(20))
    ordered(book, "~2a", "HELD", 8_000, may(7))
    book.assess("~2a", "HELD", "referred", reasons=("account-changed",))
    book.pay("~2b", ordered(book, "~2b", "PAID-LATER", 16_000, may(19)), 16_000, may(22))
    return book


async def test_orders_stand_against_their_day(store: Store) -> None:
    """Each stands in one column; 1 % a day is rounded for each order, half up.

    What is paid after the day asked for is open.
    """
    await Runner(store, on_time_and_late(), PROJECTIONS).catch_up()
    with store.view() as view:
        *districts, every = deadlines(view, ON, "district").orders
        (month, _) = deadlines(view, ON, "month").orders
        (agency, _) = deadlines(view, ON, "agency").orders
    assert asdict(every) == {
        "group": "",
        "orders": 6,
        "amount": 32_075,
        "in_time": 1,
        "late": 1,
        "overdue": 2,
        "overdue_amount": 18_025,
        "to_come": 1,
        "held": 1,
        "days": Days(3, 5, 2),
        "compensation": 21 + 41 + 160,
        "again": 0,
        "again_days": Days(),
    }
    assert [(d.group, d.orders, d.overdue, d.days.sum) for d in districts] == [
        ("16.06.01", 2, 0, 2),
        ("16.06.02", 2, 1, 2),
        ("16.06.03", 2, 1, 1),
    ]
    assert (month.group, agency.group) == ("2025-05", "bpjs-tk-muba")


async def test_money_ordered_again_stands_with_the_days_since_it_was_first_due(store: Store) -> None:
    """Its new day makes it in time.

    Until it is paid, or until the day asked for, count from the first day, in all totals.
    """
    book = on_time_and_late()
    book.pay("~0c", ordered(book, "~0c", "FAILED", 500, may(7)), 500, may(7))
    book.send_back("~0c", "FAILED.1")
    book.assess("~0c", "FAILED", "due", {("jkm.death", "heir:h1"): 500})
    book.order("~0c", "FAILED.2", 500, due_on=may(18), replaces=(Reordered("FAILED.1", 500),))
    book.pay("~0c", "FAILED.2", 500, may(16))
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        every = deadlines(view, ON).orders[-1]
        earlier = deadlines(view, may(10)).orders[-1]
        (again,) = list_behind(view, Behind(ON, "again"))
        others = list_behind(view, Behind(ON, "overdue"))
        assert orders_behind(view, Behind(ON, "again")) == OrdersBehind(1, 500)
    assert (every.orders, every.in_time, every.days.sum) == (7, 2, 5)
    assert (every.again, every.again_days) == (1, Days(1, 9, 9))
    assert (earlier.again, earlier.again_days) == (1, Days(1, 3, 3))
    assert (again.order, again.standing, again.first_due_on, again.again_days) == (
        "FAILED.2",
        "in-time",
        "2025-05-07",
        9,
    )
    assert {(one.first_due_on, one.again_days) for one in others} == {("", None)}


async def test_the_orders_behind_each_figure_are_those_that_it_counts(store: Store) -> None:
    """Of every group and standing: as many, their rupiah and days; page after page they are the whole list."""
    await Runner(store, on_time_and_late(), PROJECTIONS).catch_up()
    with store.view() as view:
        for by in get_args(By):
            for figures in deadlines(view, ON, by).orders:
                group = figures.group or None
                for standing in STANDINGS:
                    asked = Behind(ON, standing, by, group)
                    found = list_behind(view, asked)
                    assert len(found) == getattr(figures, standing.replace("-", "_"))
                    assert {one.standing for one in found} <= {standing}
                    assert orders_behind(view, asked) == OrdersBehind(
                        len(found), sum(one.amount for one in found)
                    )
                every = list_behind(view, Behind(ON, "all", by, group))
                assert sum(one.amount for one in every) == figures.amount
                assert sum(one.late for one in every) == figures.days.sum
                assert sum(one.compensation for one in every) == figures.compensation
                asked = Behind(ON, "all", by, group)
                assert every == [one for n in range(len(every)) for one in list_behind(view, asked, n, 1)]
        assert list_behind(view, Behind(ON, place=Place(district="16.06.99"))) == []
        every = list_behind(view, Behind(ON))
        for one in ("16.06.01", "16.06.02", "16.06.03"):
            there = [order for order in every if order.district == one]
            assert list_behind(view, Behind(ON, place=Place(district=one))) == there
        assert list_behind(view, Behind(ON, benefit="jkm.death")) == every != []
        assert list_behind(view, Behind(ON, benefit="jkm.deat_")) == []
        assert orders_behind(view, Behind(ON, benefit="jkm.burial")) == OrdersBehind(0, 0)


async def test_days_are_those_of_who_was_waited_for(store: Store) -> None:
    """What is missing says whose turn it is, from one act to the next; a claim that never was complete stands apart."""
    book = Book(1)
    book.enrol("~0a")
    filed = book.file("~0a", "A")
    book.assess("~0a", "A", "waiting", missing=("document:kk", "finding:death"), cause=filed)
    book.seconds += 2 * 86_400
    found = book.find_death("~0a", "A", may(1))
    book.assess("~0a", "A", "waiting", missing=("document:kk", "finding:participant_account"), cause=found)
    book.seconds += 5 * 86_400
    brought = book.document("~0a", "A", "kk")
    book.assess("~0a", "A", "waiting", missing=("finding:heirs",), cause=brought)
    book.seconds += 3 * 86_400
    stated = book.amend("~0a", "A", "other")
    book.assess("~0a", "A", "due", {("jkm.death", "heir:h1"): 1_000}, cause=stated)
    book.seconds += 86_400
    book.order("~0a", "A.1", 1_000, due_on=may(30))
    book.pay("~0a", "A.1", 1_000, may(17))
    filed = book.file("~0a", "B")
    book.assess("~0a", "B", "waiting", missing=("document:kk",), cause=filed)
    filed = book.file("~0a", "C")
    book.assess("~0a", "C", "denied", reasons=("not-insured",), cause=filed)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        told = deadlines(view, ON)
    programme, every = told.phases
    assert asdict(every) == asdict(programme) | {"group": ""}
    days = every.both, every.family, every.office, every.ordering, every.payment
    assert days == tuple(Days(1, n, n) for n in (2, 5, 3, 1, 4))
    assert told.incomplete == (
        Incomplete("JKM", "ended", 1, 0, 0, 0),
        Incomplete("JKM", "family", 1, 7, 0, 0),
    )


async def test_the_claims_that_never_were_complete_stand_with_their_days(store: Store) -> None:
    """Behind each figure those that it counts, the one that was filed first on top, page after page alike."""
    book = Book(1)
    book.enrol("~0a", district="16.06.01")
    for number, missing in enumerate(
        (("document:kk",), ("finding:death",), ("document:kk", "finding:death"))
    ):
        filed = book.file("~0a", f"W-{number}")
        book.assess("~0a", f"W-{number}", "waiting", missing=missing, cause=filed)
        book.seconds += 2 * 86_400
    filed = book.file("~0a", "DENIED")
    book.assess("~0a", "DENIED", "denied", reasons=("not-insured",), cause=filed)
    ordered(book, "~0b", "COMPLETE", 1_000, may(20))
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        for by in get_args(By):
            for one in deadlines(view, ON, by).incomplete:
                asked = Waits(ON, one.turn, by, one.group)
                assert len(list_waits(view, asked)) == wait_count(view, asked) == one.claims == 1
        every = list_waits(view, Waits(ON))
        assert every == [one for n in range(4) for one in list_waits(view, Waits(ON), n, 1)]
        assert wait_count(view, Waits(ON, place=Place(district="16.06.99"))) == 0
    assert [(one.claim, one.turn, one.days) for one in every] == [
        ("W-0", "family", 18),
        ("W-1", "office", 16),
        ("W-2", "both", 14),
        ("DENIED", "ended", 0),
    ]
    assert every[2].missing == ("document:kk", "finding:death")


async def test_the_median_of_an_even_number_is_the_lower_one(store: Store) -> None:
    """And that of an odd number the one in the middle, however often the others stand there."""
    book = Book(1)
    for person, days in (("~0a", 1), ("~0b", 1), ("~0c", 4), ("~0d", 9)):
        ordered(book, person, f"K-{person[1:].upper()}", 100, ON - dt.timedelta(days=days))
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        assert deadlines(view, ON).orders[-1].days == Days(4, 15, 1)
        assert deadlines(view, ON - dt.timedelta(days=1)).orders[-1].days == Days(2, 11, 3)


async def test_days_are_those_of_the_agency_whose_act_ended_them(store: Store) -> None:
    """Of a finding, a paper, the order and the payment.

    Together they are the days of the claims, of each place alike.
    """
    book = Book(1)
    book.enrol("~0a", district="16.06.01")
    filed = book.file("~0a", "A")
    book.assess("~0a", "A", "waiting", missing=("document:kk", "finding:death"), cause=filed)
    book.seconds += 2 * 86_400
    found = book.find_death("~0a", "A", may(1))
    book.assess("~0a", "A", "waiting", missing=("document:kk",), cause=found)
    book.seconds += 5 * 86_400
    paper = book.document("~0a", "A", "kk")
    book.assess("~0a", "A", "due", {("jkm.death", "heir:h1"): 1_000}, cause=paper)
    book.order("~0a", "A.1", 1_000, due_on=may(20), cause=paper)
    book.pay("~0a", "A.1", 1_000, may(19))
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        told, elsewhere = (deadlines(view, ON, place=Place(district=f"16.06.0{n}")) for n in (1, 2))
        every = deadlines(view, ON)
    assert told.acting == every.acting
    assert elsewhere.acting == ()
    days = {one.agency: {name: getattr(one, name).sum for name in PHASES} for one in told.acting}
    assert days[found.partition(":")[0]]["both"] == 2
    assert days[""]["family"] == 5
    assert days[paper.partition(":")[0]]["family"] == 0
    for name in PHASES:
        assert sum(of[name] for of in days.values()) == getattr(told.phases[-1], name).sum
    assert sum(one.payment.number for one in told.acting) == 1
    assert [one.whole.sum for one in told.acting] == sorted(
        (sum(days[one.agency].values()) for one in told.acting), reverse=True
    )


async def test_no_agency_is_waited_for_once_it_has_sent_what_was_missing(store: Store) -> None:
    """Days until that is recorded, and until the decision is, stand apart.

    What nobody waits for any more ends no days.
    """
    book = Book(1)
    book.enrol("~0a", district="16.06.01")
    filed = book.file("~0a", "A")
    book.assess("~0a", "A", "waiting", missing=("finding:heirs",), cause=filed)
    book.seconds += 20 * 86_400
    book.under_way = dt.timedelta(days=14)
    found = book.find_death("~0a", "A", may(1))
    book.assess("~0a", "A", "referred", reasons=("account-changed",), cause=found)
    book.seconds += 4 * 86_400
    book.under_way = dt.timedelta(0)
    again = book.find_death("~0a", "A", may(1))
    book.assess("~0a", "A", "referred", reasons=("account-changed", "late-filing"), cause=again)
    book.seconds += 5 * 86_400
    book.under_way = dt.timedelta(days=2)
    decided = book.review("~0a", "A", "account-changed", "late-filing")
    book.assess("~0a", "A", "due", {("jkm.death", "heir:h1"): 1_000}, cause=decided)
    book.order("~0a", "A.1", 1_000, due_on=may(20), cause=decided)
    filed = book.file("~0a", "DENIED")
    book.assess("~0a", "DENIED", "referred", reasons=("account-changed",), cause=filed)
    book.seconds += 3 * 86_400
    book.under_way = dt.timedelta(0)
    denied = book.review("~0a", "DENIED", "account-changed")
    book.assess("~0a", "DENIED", "denied", reasons=("review-denied",), cause=denied)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        told = deadlines(view, ON)
    days = {one.agency: {name: getattr(one, name).sum for name in PHASES} for one in told.acting}
    found_by, decided_by = (ref.partition(":")[0] for ref in (found, decided))
    nothing = dict.fromkeys(PHASES, 0)
    assert days == {
        "": nothing | {"recording": 14 + 2 + 2},
        found_by: nothing | {"office": 6},
        decided_by: nothing | {"ordering": 4 + 5 - 2},
    }
    assert {name: getattr(told.phases[-1], name).sum for name in PHASES} == nothing | {
        "office": 6,
        "recording": 18,
        "ordering": 7,
    }


async def test_the_claims_behind_the_days_of_an_agency_are_those_that_it_adds_up(store: Store) -> None:
    """In each phase and over all, narrowed or not.

    As many and as many days, the longest first, page after page alike.
    """
    book = on_time_and_late()
    for number, person in enumerate(("~0c", "~1c", "~1d")):
        book.enrol(person, district=f"16.06.0{number % 2 + 1}")
        filed = book.file(person, f"W-{number}")
        book.assess(person, f"W-{number}", "waiting", missing=("document:kk", "document:death"), cause=filed)
        book.seconds += (number + 2) * 86_400
        paper = book.document(person, f"W-{number}", "kk")
        book.assess(person, f"W-{number}", "waiting", missing=("document:death",), cause=paper)
        book.seconds += 86_400
        paper = book.document(person, f"W-{number}", "death")
        book.assess(person, f"W-{number}", "due", {("jkm.death", "heir:h1"): 1_000}, cause=paper)
    await Runner(store, book, PROJECTIONS).catch_up()
    seen = 0
    with store.view() as view:
        places = Place(), Place(district="16.06.01"), Place(agency="bpjs-tk-muba"), Place(programme="JKM")
        for place in (*places, Place(agency="bpjs-tk-muba", district="16.06.02")):
            told = deadlines(view, ON, place=place)
            for of in told.acting:
                for phase in (None, *PHASES):
                    asked = Acts(of.agency or NO_AGENCY, phase, place)
                    days = getattr(of, phase or "whole")
                    assert act_totals(view, asked) == ActTotals(days.number, days.sum)
                    every = list_acts(view, asked, days.number)
                    assert (len(every), sum(one.days for one in every)) == (days.number, days.sum)
                    assert [one.days for one in every] == sorted((one.days for one in every), reverse=True)
                    assert every == [
                        one for n in range(len(every)) for one in list_acts(view, asked, days.number, n, 1)
                    ]
                    seen += len(every)
        (longest, *_) = list_acts(view, Acts(NO_AGENCY, "family"), 3)
    assert seen > 40
    assert (longest.claim, longest.phase, longest.days) == ("W-2", "family", 5)
    assert (dt.date.fromisoformat(longest.until) - dt.date.fromisoformat(longest.since)).days == 5
