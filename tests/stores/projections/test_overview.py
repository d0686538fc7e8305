"""The overview says of the whole programme what each command says of its part."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from typing import get_args

import pytest
from sqlalchemy import select

from events.payment import OrderLine
from projections import claims, payments
from projections.catalogue import PROJECTIONS
from projections.claims import ClaimRow
from projections.participants import coverage
from projections.payment_rows import StatementRow
from projections.runner import Runner
from projections.store import Store, View
from projections.sums import Sums, added, reconcile
from services.exceptions.deadlines import deadlines
from services.overview.overview import (
    NOT_DUE,
    OF_PARTICIPANTS,
    DecileCover,
    Grouping,
    Overview,
    OverviewGroup,
    WholeBook,
    a_year_until,
    days_of,
    last_month,
    overview,
)
from services.overview.programme import programme
from services.overview.timing import PaidDistrictMonth, by_month, paid_by_district
from tests.stores.projections.acts import KINDS, PEOPLE, recorded
from tests.stores.projections.book import Book

ON = dt.date(2025, 6, 20)
FIRST, LAST = "2025-05", "2025-08"


def any_book(seed: int = 1) -> Book:
    """Six hundred acts over most of a year, sensible or not."""
    chance = random.Random(seed)
    history = [(chance.choice(KINDS), chance.choice(PEOPLE), chance.getrandbits(16)) for _ in range(600)]
    return recorded(history, days=1)


@pytest.fixture
async def view(store: Store) -> Iterator[View]:  # type: ignore[misc]
    await Runner(store, any_book(), PROJECTIONS).catch_up()
    with store.view() as looked:
        yield looked


def told(view: View, by: Grouping) -> Overview:
    return overview(view, programme(), ON, FIRST, LAST, by)


def filed(view: View) -> list[ClaimRow]:
    """What ``claims`` lists for the same months."""
    since, until = days_of(FIRST, LAST)
    return claims.claims(view, filed_from=since, filed_to=until)


async def test_its_sums_are_those_of_the_commands(view: View):
    """Of claims, orders against their day, cover, and what is ordered and not paid yet."""
    found = told(view, "month")
    listed = filed(view)
    assert found.claims == len(listed) == sum(found.statuses.values()) > 5
    assert found.sums == added(row.sums for row in listed) != Sums()
    assert found.orders == deadlines(view, ON).orders[-1]
    reconciled = reconcile(claims.claims(view), payments.every(view))
    assert found.open_total == reconciled.total.open > 0
    assert {one.benefit: one.open for one in found.open} == {
        line.benefit: line.open for line in reconciled.benefits if line.open
    }
    months = coverage(view, "month", FIRST, found.cover.month)
    assert (found.cover.participants, found.cover.covered) == (months[-1].participants, months[-1].covered)
    assert found.cover.participants > 0
    assert found.cover.unpaid_months == sum(max(0, one.participants - one.covered) for one in months) > 0


async def test_it_tells_of_how_many_claims_and_months_of_the_book_it_is(view: View):
    """The months asked about leave some of them out; of all months the payments are those of all claims."""
    found = told(view, "month")
    filed_in = [row.filed_on[:7] for row in claims.claims(view) if row.filed_on]
    assert found.every.claims == len(filed_in) > found.claims
    assert found.claims == sum(FIRST <= month <= LAST for month in filed_in)
    assert found.in_part
    whole = overview(view, programme(), ON, found.every.first, found.every.last)
    assert not whole.in_part
    assert whole.claims == whole.every.claims
    assert sum(one.net for one in whole.payments) == whole.sums.paid_by_bank > 0


async def test_the_months_of_the_book_end_with_the_last_payment(store: Store):
    """Which the bank made long after the last claim was filed.

    No cover is shown of months that nobody has paid for yet.
    """
    book = Book(1)
    book.enrol("~0a")
    book.pay_months("~0a", "2025-05", "2025-06")
    book.file("~0a", "A")
    book.order("~0a", "A.1", 7)
    book.pay("~0a", "A.1", 7, dt.date(2025, 11, 6))
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        (row,) = claims.claims(view)
        part = overview(view, programme(), ON, "2025-05", "2025-12", "decile")
        whole = overview(view, programme(), ON, part.every.first, part.every.last)
    assert part.every == WholeBook(row.filed_on[:7], "2025-11", 1)
    assert (whole.in_part, sum(one.net for one in whole.payments)) == (False, 7)
    assert (part.cover.month, part.cover.covered, part.cover.unpaid_months) == ("2025-06", 1, 0)
    assert [(one.participants, one.covered) for one in part.groups] == [(1, 1)]


@pytest.mark.parametrize("by", [by for by in get_args(Grouping) if by != "benefit"])
async def test_groups_add_up_to_the_whole(view: View, by: Grouping):
    """However claims are grouped; participants too, where the grouping has any."""
    found = told(view, by)
    assert sum(group.claims for group in found.groups) == found.claims
    for name in ("entitled", "ordered", "paid_by_bank", "overpaid"):
        assert sum(getattr(group, name) or 0 for group in found.groups) == getattr(found.sums, name)
    if by not in OF_PARTICIPANTS:
        assert {group.participants for group in found.groups} == {None}
        return
    until = found.cover.month
    covers = coverage(view, by, *((FIRST, LAST) if by == "month" else (until, until)))
    assert sum(group.participants or 0 for group in found.groups) == sum(one.participants for one in covers)
    assert sum(group.covered or 0 for group in found.groups) == sum(one.covered for one in covers)


async def test_benefits_add_up_to_the_whole(view: View):
    """Due, ordered and paid; a claim counts with each benefit that it has, and last with money to which nothing is due."""
    found, sums = told(view, "benefit"), told(view, "month").sums
    benefit, *others = found.groups
    assert benefit.group == "jkm.death"
    assert benefit.claims == sum(bool(row.entitled) for row in filed(view))
    for name in ("entitled", "ordered", "paid_by_bank"):
        assert sum(getattr(one, name) or 0 for one in found.groups) == getattr(sums, name)
    assert [one.group for one in others] in ([], [NOT_DUE])


async def test_money_on_claims_to_which_nothing_is_due_stands_apart(store: Store):
    """Also what was paid on no order in force; by benefit stands what was ordered and paid of it, in part too."""
    book = Book(1)
    claims = {"DUE": "~0a", "DENIED": "~0b", "PART": "~0c", "STRAY": "~0d", "WAITS": "~0e"}
    for claim, person in claims.items():
        book.enrol(person)
        filed_ref = book.file(person, claim)
        if claim == "WAITS":
            book.assess(person, claim, "waiting", missing=("document:kk",), cause=filed_ref)
            continue
        award = {("jkm.death", "heir:h1"): 1_000, ("jkm.funeral", "heir:h1"): 400}
        book.assess(person, claim, "due", award, cause=filed_ref)
        lines = (OrderLine("jkm.death", 1_000), OrderLine("jkm.funeral", 400))
        book.order(person, f"{claim}.1", 1_400, cause=filed_ref, lines=lines)
        book.pay(person, f"{claim}.1", 900 if claim == "PART" else 1_400)
    book.assess("~0b", "DENIED", "denied", reasons=("not-insured",))
    book.pay("~0d", "STRAY.9", 77)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        found = overview(view, programme(), ON, "2025-01", "2025-12", "benefit")
    assert found.groups == (
        OverviewGroup("jkm.death", None, None, 3, 3_000, 3_000, 2_500, None),
        OverviewGroup("jkm.funeral", None, None, 3, 1_200, 1_200, 1_200, None),
        OverviewGroup(NOT_DUE, None, None, 2, 0, 1_400, 1_477, None),
    )
    assert (found.sums.entitled, found.sums.ordered, found.sums.paid_by_bank) == (4_200, 5_600, 5_177)


async def test_cover_stands_against_everybody(store: Store):
    """The target is that of the programme, also of a decile of which nobody is enrolled yet."""
    book = Book(1)
    book.enrol("~0a")
    book.enrol("~0b")
    book.pay_months("~0b", "2025-05", "2025-06")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        found = overview(view, programme(), ON, "2025-05", "2025-06", "decile")
        assert last_month(view, ON) == "2025-05"
    assert (found.cover.target, found.cover.participants, found.cover.covered) == (45_000, 2, 1)
    assert found.cover.unpaid_months == 2
    assert found.cover.deciles == (
        DecileCover("1", 12_451, 2, 1),
        DecileCover("2", 24_119, 0, 0),
        DecileCover("3", 8_430, 0, 0),
    )
    assert found.groups == (OverviewGroup("1", 2, 1, 0, 0, 0, 0, 0),)


async def test_claims_of_nobody_known_stand_apart(store: Store):
    """A claim of which nobody enrolled the person has no district.

    It is counted all the same, and what was paid for it.
    """
    book = Book(1)
    book.file("~0a", "A")
    book.pay("~0a", "A.1", 7)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        found = overview(view, programme(), ON, FIRST, LAST, "district")
        assert last_month(view, ON) == "2025-05"
    (group,) = found.groups
    assert (group.group, group.claims, group.participants) == ("?", 1, 0)
    assert found.district_payments == (PaidDistrictMonth("?", "2025-05", 1, 7, 0, 0, 7),)


def test_a_year_ends_with_its_last_month():
    """Twelve months, over the turn of a year too."""
    assert a_year_until("2025-12") == "2025-01"
    assert a_year_until("2026-03") == "2025-04"
    assert days_of("2025-04", "2026-02") == (dt.date(2025, 4, 1), dt.date(2026, 2, 28))


async def test_payments_stand_in_the_month_in_which_the_bank_paid(view: View):
    """Each statement that was not taken back, by the bank's date and whenever the claim was filed.

    What came back stands apart, a transfer that failed nowhere.
    """
    found = {one.month: one for one in told(view, "month").payments}
    table = payments.statement_table(view)
    said = view.read(select(table).where(table.c.retracted == 0), StatementRow)
    within = [one for one in said if FIRST <= one.date[:7] <= LAST and (one.kind == "paid" or one.undone)]
    assert set(found) == {one.date[:7] for one in within}
    for month, one in found.items():
        paid = [said.amount for said in within if said.date[:7] == month and said.kind == "paid"]
        returned = [said for said in within if said.date[:7] == month and said.kind == "returned"]
        assert (one.payments, one.paid, one.returns) == (len(paid), sum(paid), len(returned))
    assert sum(one.paid for one in found.values()) > 0


@pytest.mark.parametrize("seed", range(6))
async def test_what_was_paid_less_what_came_back_is_what_the_headline_says(store: Store, seed: int):
    """Over all months of any life, to the rupiah.

    Of every claim and order, with returns that say nothing, too much, or twice.
    """
    await Runner(store, any_book(seed), PROJECTIONS).catch_up()
    with store.view() as view:
        every = added(row.sums for row in claims.claims(view)).paid_by_bank
        districts = paid_by_district(view, "0001-01", "9999-12")
        months = by_month(districts)
    assert sum(one.net for one in districts) == sum(one.net for one in months) == every > 0
    moved = [(one.paid, one.returned, one.net) for one in districts]
    moved += [(one.paid, one.returned, one.net) for one in months]
    assert all(net == paid - returned and returned >= 0 for paid, returned, net in moved)
    assert sum(one.returned for one in months) > 0


async def test_payments_of_each_district_add_up_to_those_of_the_month(view: View):
    """Each is what a query over statements and claims finds of the district and month.

    Payments that belong to nobody's claim are counted apart.
    """
    found = told(view, "month")
    said, owners = payments.statement_table(view), claims.claim_table(view)
    district = {claim: name or "?" for claim, name in view.rows(select(owners.c.claim, owners.c.district))}
    rows = view.read(select(said).where(said.c.retracted == 0), StatementRow)
    due: dict[tuple[str, str], list[int]] = {}
    for one in rows:
        if FIRST <= one.date[:7] <= LAST and (one.kind == "paid" or one.undone):
            cell = due.setdefault((str(district.get(one.claim, "?")), one.date[:7]), [0, 0, 0])
            paid = one.kind == "paid"
            for at, number in enumerate((int(paid), one.amount if paid else 0, int(not paid))):
                cell[at] += number
    cells = {(one.district, one.month): one for one in found.district_payments}
    assert {key: [one.payments, one.paid, one.returns] for key, one in cells.items()} == due
    assert len({district for district, _ in cells}) > 1
    for month in found.payments:
        of = [one for one in found.district_payments if one.month == month.month]
        assert (month.payments, month.paid, month.returns) == (
            sum(one.payments for one in of),
            sum(one.paid for one in of),
            sum(one.returns for one in of),
        )


async def test_districts_against_their_day_are_those_of_the_deadlines(view: View):
    """Their orders add up to all of them, and each is what ``deadlines`` says of the district."""
    found = told(view, "month")
    times = deadlines(view, ON, "district")
    assert [one.district for one in found.districts] == [one.group for one in times.orders if one.group]
    for name in ("orders", "in_time", "late", "overdue", "to_come", "held", "overdue_amount"):
        assert sum(getattr(one, name) for one in found.districts) == getattr(found.orders, name)
        assert [getattr(one, name) for one in found.districts] == [
            getattr(one, name) for one in times.orders if one.group
        ]
    assert len(found.districts) > 1
