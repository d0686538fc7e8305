"""Frames of samples: which claims, orders and payments there are to draw from, with their amounts and strata."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

import pytest

from events.message import message
from projections import claims, payments
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store, View
from services.book.cut import cut_of
from services.book.read_models_as_of import Book as BookLooked
from services.engagements.samples import SampleTerms, planned_sample
from services.sampling.frame import FrameItem
from services.sampling.population import Selection, claims_of, frame_of
from services.texts.errors import AdvisedError
from tests.stores.projections.book import Book

SEKAYU, LAIS = "16.06.01", "16.06.02"


def four_claims() -> Book:
    """Two persons of each district; one claim waits, one filing was taken back, one payment too."""
    book = Book()
    for number, (district, amount) in enumerate(
        ((SEKAYU, 10_000_000), (LAIS, 20_000_000), (SEKAYU, 42_000_000), (LAIS, 0))
    ):
        person, claim = f"~{number % 3}p{number}", f"K-{number}"
        book.enrol(person, district=district)
        filing = book.file(person, claim)
        if amount:
            book.assess(person, claim, "due", {("jkm.death", "heir:h1"): amount})
            book.order(person, f"{claim}.1", amount, due_on=dt.date(2025, 5, 7 + number))
            book.release(person, f"{claim}.1")
            paid = book.pay(person, f"{claim}.1", amount, dt.date(2025, 5, 6 + number))
            if number == 1:
                book.retract(person, paid)
                book.cancel(person, f"{claim}.1", amount)
                book.order(person, f"{claim}.2", amount + 1)
        else:
            book.retract(person, filing)
    return book


@pytest.fixture
async def filled(url: str) -> Store:
    store = Store(url)
    await Runner(store, four_claims(), PROJECTIONS).catch_up()
    return store


async def test_each_kind_of_item_has_its_amount(filled: Store):
    """Claims what they are entitled to, orders what stands, payments what was paid; nothing that was taken back."""
    with closing(filled), filled.view() as view:
        assert frame_of(view, Selection(of="claims")) == [
            FrameItem("K-0", 10_000_000),
            FrameItem("K-1", 20_000_000),
            FrameItem("K-2", 42_000_000),
        ]
        orders = frame_of(view, Selection(of="orders"))
        assert [item.name for item in orders] == ["K-0.1", "K-1.2", "K-2.1"]
        assert sum(item.amount for item in orders) == payments.totals(view).standing
        paid = frame_of(view, Selection(of="payments"))
        assert sum(item.amount for item in paid) == sum(one.paid_by_bank for one in claims.claims(view))
        for of, frame in (("orders", orders), ("payments", paid)):
            named = claims_of(view, of, [item.name for item in frame])  # type: ignore[arg-type]
            assert set(named) == {item.name for item in frame}
            assert set(named.values()) <= {"K-0", "K-1", "K-2"}


async def test_a_frame_is_narrowed_and_sorted_into_strata(filled: Store):
    """By district, agency, programme, days and bands of amounts."""

    def names(view: View, **told: object) -> dict[str, str]:
        frame = frame_of(view, Selection(of="orders", **told))  # type: ignore[arg-type]
        return {item.name: item.stratum for item in frame}

    with closing(filled), filled.view() as view:
        assert names(view, by="district") == {"K-0.1": SEKAYU, "K-1.2": LAIS, "K-2.1": SEKAYU}
        assert names(view, by="programme", bands=(10_000_000, 20_000_000)) == {
            "K-0.1": "JKM 0-10000000",
            "K-1.2": "JKM 20000001-",
            "K-2.1": "JKM 20000001-",
        }
        assert names(view, district=LAIS, by="agency") == {"K-1.2": "bpjs-tk-muba"}
        assert names(view, agency="dinsos-muba") == {}
        assert names(view, programme="JKM", first=dt.date(2025, 5, 9)) == {"K-2.1": ""}
        assert names(view, last=dt.date(2025, 5, 7)) == {"K-0.1": "", "K-1.2": ""}


async def test_no_rupiah_can_be_drawn_of_items_that_have_none(store: Store):
    """It is said of how many there are, before anything is divided by their sum."""
    book = Book()
    book.enrol("~0p1", district=SEKAYU)
    book.file("~0p1", "K-1")
    await Runner(store, book, PROJECTIONS).catch_up()
    terms = SampleTerms(method="monetary-unit", tolerable="5%")
    with store.view() as view, pytest.raises(AdvisedError) as refused:
        planned_sample("none", BookLooked(view, cut_of(view)), Selection(of="claims"), terms)
    assert refused.value.message == message("sample.nothing-above-zero", items=1)
