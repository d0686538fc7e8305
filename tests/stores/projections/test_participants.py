"""What the read models say about participants, coverage and agencies."""

from __future__ import annotations

import datetime as dt

from msgspec import UNSET

from events.personal import Sponsor
from projections import agencies, participants
from projections.catalogue import PROJECTIONS
from projections.participants import GroupCover
from projections.runner import Runner
from projections.store import Store
from tests.stores.projections.book import Book

ANI, BUDI, CITRA = "~0ani", "~1budi", "~2citra"


async def _cover(
    store: Store, book: Book, by: participants.Dimension = "month"
) -> list[tuple[str, str, int, int]]:
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        rows = participants.coverage(view, by, "2025-01", "2025-04")
    return [(cover.month, cover.group, cover.participants, cover.covered) for cover in rows]


async def test_coverage_by_month(store: Store) -> None:
    """A participant belongs from the month of the first day to that of the last, and is covered when it is paid."""
    book = Book()
    book.enrol(ANI)
    book.enrol(BUDI, starts_on=dt.date(2025, 2, 28))
    book.pay_months(ANI, "2025-01", "2025-03")
    book.pay_months(BUDI, "2025-01", "2025-02")
    book.end(ANI, dt.date(2025, 3, 1))
    assert await _cover(store, book) == [
        ("2025-01", "", 1, 1),
        ("2025-02", "", 2, 2),
        ("2025-03", "", 2, 1),
        ("2025-04", "", 1, 0),
    ]


async def test_the_dead_are_covered_until_the_month_of_their_death(store: Store) -> None:
    """What is paid for later months is a column of its own; a death that is taken back ends nothing."""
    book = Book()
    book.enrol(ANI)
    book.file(ANI, "K-1")
    book.pay_months(ANI, "2025-01", "2025-03")
    found = book.find_death(ANI, "K-1", dt.date(2025, 2, 9))
    book.pay_months(ANI, "2025-04", "2025-04")
    assert await _cover(store, book) == [
        ("2025-01", "", 1, 1),
        ("2025-02", "", 1, 1),
        ("2025-03", "", 0, 0),
        ("2025-04", "", 0, 0),
    ]
    with store.view() as view:
        rows = participants.coverage(view, "month", "2025-01", "2025-04")
    assert [cover.after_death for cover in rows] == [0, 0, 1, 1]
    book.retract(ANI, found)
    assert await _cover(store, book) == [(f"2025-0{month}", "", 1, 1) for month in range(1, 5)]


async def test_a_claim_taken_back_has_no_dead(store: Store) -> None:
    """A death found in a claim that was filed for the wrong person ends nothing, unless the filing counts again."""
    book = Book()
    book.enrol(ANI)
    filed = book.file(ANI, "K-1")
    book.pay_months(ANI, "2025-01", "2025-04")
    book.find_death(ANI, "K-1", dt.date(2025, 1, 9))
    dead = [("2025-01", "", 1, 1), *((f"2025-0{month}", "", 0, 0) for month in (2, 3, 4))]
    assert await _cover(store, book) == dead
    retraction = book.retract(ANI, filed)
    assert await _cover(store, book) == [(f"2025-0{month}", "", 1, 1) for month in range(1, 5)]
    book.retract(ANI, retraction)
    assert await _cover(store, book) == dead


async def test_an_end_that_came_before_the_enrolment_waits_for_it(store: Store) -> None:
    """What was told of somebody whom nobody had enrolled is taken up after the first enrolment."""
    book = Book()
    book.end(ANI, dt.date(2025, 2, 20))
    book.pay_months(ANI, "2025-01", "2025-03")
    book.enrol(ANI)
    assert await _cover(store, book) == [
        ("2025-01", "", 1, 1),
        ("2025-02", "", 1, 1),
        ("2025-03", "", 0, 0),
        ("2025-04", "", 0, 0),
    ]


async def test_coverage_by_group_follows_the_last_statement(store: Store) -> None:
    """A corrected enrolment moves the person, with all months, from one group to the other."""
    book = Book()
    book.enrol(ANI)
    book.pay_months(ANI, "2025-01", "2025-01")
    assert await _cover(store, book, "district") == [
        (f"2025-0{month}", "16.06.01", 1, int(month == 1)) for month in range(1, 5)
    ]
    book.enrol(ANI, district="16.06.09", starts_on=dt.date(2025, 3, 1))
    moved = [(f"2025-0{month}", "16.06.09", 1, int(month == 1)) for month in range(1, 5)]
    assert await _cover(store, book, "district") == moved


async def test_later_enrolment_after_an_end_opens_another_period(store: Store) -> None:
    """Between an end and the next enrolment nobody belongs; within one month nobody is counted twice."""
    book = Book()
    book.enrol(ANI)
    book.end(ANI, dt.date(2025, 2, 10))
    book.enrol(ANI, starts_on=dt.date(2025, 4, 1))
    assert [row[2] for row in await _cover(store, book)] == [1, 1, 0, 1]
    book.end(ANI, dt.date(2025, 4, 2))
    book.enrol(ANI, starts_on=dt.date(2025, 4, 20))
    assert [row[2] for row in await _cover(store, book)] == [1, 1, 0, 1]
    with store.view() as view:
        found = participants.person(view, ANI)
    assert found is not None
    assert found.periods == "2025-01-01/2025-02-10 2025-04-01/2025-04-02 2025-04-20/"


async def test_month_paid_twice_covers_once(store: Store) -> None:
    """Two contributions for one month, in one batch or in two, cover it once."""
    book = Book()
    book.enrol(ANI)
    await _cover(store, book)
    book.pay_months(ANI, "2025-01", "2025-02")
    book.pay_months(ANI, "2025-02", "2025-03")
    assert [row[3] for row in await _cover(store, book)] == [1, 1, 1, 0]
    book.pay_months(ANI, "2025-01", "2025-04")
    assert [row[3] for row in await _cover(store, book)] == [1, 1, 1, 1]


async def test_retracted_contribution_covers_no_longer(store: Store) -> None:
    """Months of a retracted contribution are unpaid again, unless another one paid them too."""
    book = Book()
    book.enrol(ANI)
    twice = book.pay_months(ANI, "2025-01", "2025-02")
    book.pay_months(ANI, "2025-02", "2025-02")
    taken_back = book.retract(ANI, twice)
    assert [row[3] for row in await _cover(store, book)] == [0, 1, 0, 0]
    book.retract(ANI, taken_back)
    assert [row[3] for row in await _cover(store, book)] == [1, 1, 0, 0]
    book.pay_months(ANI, "2025-04", "2025-04")
    assert [row[3] for row in await _cover(store, book)] == [1, 1, 0, 1]
    with store.view() as view:
        assert participants.months_paid(view, ANI) == ["2025-01", "2025-02", "2025-04"]


async def test_retracted_enrolment_makes_the_person_unknown(store: Store) -> None:
    """Without an enrolment that counts nobody belongs; with the retraction taken back, all is as before."""
    book = Book()
    first = book.enrol(ANI)
    book.pay_months(ANI, "2025-01", "2025-04")
    taken_back = book.retract(ANI, first)
    assert await _cover(store, book) == []
    book.retract(ANI, taken_back)
    assert [row[2:] for row in await _cover(store, book)] == [(1, 1)] * 4


async def test_coverage_by_decile_sector_and_sponsor(store: Store) -> None:
    """Every dimension of the enrolment can be asked for; decile 0 are those of whom none was stated."""
    book = Book()
    book.enrol(ANI)
    book.enrol(BUDI, sector="trade", sponsor=Sponsor("village", "Desa Lais"))
    book.enrol(CITRA, sector="trade", welfare=UNSET)
    groups: dict[participants.Dimension, dict[str, int]] = {
        "sector": {"farming": 1, "trade": 2},
        "sponsor": {"apbd": 2, "village": 1},
        "decile": {"0": 1, "1": 2},
    }
    for by, expected in groups.items():
        rows = await _cover(store, book, by)
        assert {group: count for month, group, count, _ in rows if month == "2025-01"} == expected


async def test_month_of_a_mistyped_year_fills_no_table(store: Store) -> None:
    """A contribution for two hundred centuries counts only in the months that the programme counts."""
    book = Book()
    book.enrol(ANI)
    book.pay_months(ANI, "0001-01", "9999-12")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        last = participants.coverage(view, "month", "2200-12", "2200-12")
        assert last == [GroupCover("2200-12", "", 1, 1)]
        assert participants.months_paid(view, ANI)[-1] == "2200-12"


async def test_agencies_admitted_and_at_the_edge(store: Store) -> None:
    """Admitted events are counted from the ledger by type; what stands at the edge is added to what was sent."""
    book = Book()
    book.enrol(ANI)
    book.pay_months(ANI, "2025-01", "2025-01")
    book.pay_months(ANI, "2025-02", "2025-02")
    book.file(BUDI, "K-1")
    book.open(BUDI, "K-1")
    await Runner(store, book, PROJECTIONS).catch_up()
    edge = {
        "dinsos-muba": agencies.AtEdge(refused=2, waiting=1, outbox=4, lag=1.5),
        "rsud-sekayu": agencies.AtEdge(),
    }
    with store.view() as view:
        counted = {(sort.agency, sort.type): sort.admitted for sort in agencies.admitted(view)}
        counts = {a.agency: (a.sent, a.admitted, a.refused) for a in agencies.agencies(view, edge)}
    assert counted == {
        ("bpjs-tk-muba", "claim.filed"): 1,
        ("dinsos-muba", "participant.contributions-paid"): 2,
        ("dinsos-muba", "participant.enrolled"): 1,
    }
    assert counts == {"bpjs-tk-muba": (1, 1, 0), "dinsos-muba": (10, 3, 2), "rsud-sekayu": (0, 0, 0)}
