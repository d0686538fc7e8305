"""What is said of a claim as the read models have it."""

from __future__ import annotations

import datetime as dt

from projections import claims, timeline
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from services.overview.overview import overview
from services.overview.programme import programme
from services.wording.facets import next_act, whose_turn
from services.wording.terms import LanguageTexts
from services.wording.timeline import approvals, pending, rows
from tests.stores.projections.book import Book

ANI, FULL = "~0ani", 42_000_000


async def test_what_matches_no_order_is_somebody_s_to_look_at(store: Store) -> None:
    """Though nothing else is open of the claim; and of a claim that is paid as ordered nobody must act."""
    book = Book(1)
    for number in ("C-1", "C-2"):
        book.file(ANI, number)
        book.assess(ANI, number, "due", {("jkm.death", "heir:h1"): FULL})
        book.order(ANI, f"{number}.1", FULL)
        book.release(ANI, f"{number}.1")
        book.pay(ANI, f"{number}.1", FULL)
    book.pay(ANI, "C-2.9", FULL)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        said = {row.claim: next_act(row, LanguageTexts("en")) for row in claims.claims(view)}
        amiss = next_act(claims.claims(view)[0], LanguageTexts("en"), amiss=True)
    assert amiss.startswith("A supervisor must hold what the bank reported")
    assert said["C-1"] == "Nobody has to act now."
    assert said["C-2"].startswith("A supervisor must hold Rp42.000.000")


async def test_an_order_that_left_by_itself_is_said_to_have(store: Store) -> None:
    """The history says so of the release; an order that has not left says nothing of it."""
    book = Book(1)
    book.file(ANI, "C-1")
    book.assess(ANI, "C-1", "due", {("jkm.death", "heir:h1"): FULL})
    for order in ("C-1.1", "C-1.2"):
        book.order(ANI, order, FULL // 2)
    book.release(ANI, "C-1.1")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        moments = timeline.moments(view, "C-1")
    said = approvals(moments, LanguageTexts("en"))
    assert said == {"C-1.1": "automatic, without a person's approval"}
    told = [text for _, _, text, _ in rows(moments, LanguageTexts("en")) if said["C-1.1"] in text]
    assert [text.partition(":")[0] for text in told] == ["Order sent to the bank"]


async def test_a_failed_transfer_stands_among_the_sums_by_its_name(store: Store) -> None:
    """What came back and what never arrived is one figure, named as both; a claim without has no such figure."""
    book = Book(1)
    for number in ("C-1", "C-2"):
        book.file(ANI, number)
        book.assess(ANI, number, "due", {("jkm.death", "heir:h1"): FULL})
        book.order(ANI, f"{number}.1", FULL)
        book.release(ANI, f"{number}.1")
    book.send_back(ANI, "C-1.1")
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        rows_by_number = {row.claim: row for row in claims.claims(view)}
    said = {name: LanguageTexts("id").sums(row.sums, row.returned) for name, row in rows_by_number.items()}
    assert said["C-1"].endswith(" · transfer gagal atau dikembalikan bank Rp42.000.000")
    assert "transfer gagal" not in said["C-2"]


async def test_money_on_a_claim_that_must_be_decided_again_is_said_to_be_pending(store: Store) -> None:
    """It is overpaid if the claim is denied.

    What is recorded as overpaid is not told twice, and none is of a claim that is due.
    """
    book = Book(1)
    for number in ("C-1", "C-2", "C-3"):
        book.file(ANI, number)
        book.assess(ANI, number, "due", {("jkm.death", "heir:h1"): FULL})
        book.order(ANI, f"{number}.1", FULL)
        book.release(ANI, f"{number}.1")
    for number in ("C-1", "C-2"):
        book.assess(ANI, number, "referred", reasons=("account-changed",))
    book.overpay(ANI, "C-2", FULL - 7)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        found = {row.claim: row for row in claims.claims(view)}
        whole = overview(view, programme(), dt.date(2025, 6, 20), "2025-01", "2025-12")
    assert {number: row.pending for number, row in found.items()} == {"C-1": FULL, "C-2": 7, "C-3": 0}
    assert whole.pending == FULL + 7
    said = pending(found["C-2"], LanguageTexts("en"))
    assert said.startswith("Rp7 has left for the bank")
    assert "Rp41.999.993 is recorded as overpaid" in said


async def test_an_objection_waits_for_another_officer(store: Store) -> None:
    """As the work list says it; what is referred for another reason waits for an officer."""
    book = Book(1)
    for number, reason in (("C-1", "objected"), ("C-2", "account-changed")):
        book.file(ANI, number)
        book.assess(ANI, number, "referred", reasons=(reason,))
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        said = {row.claim: whose_turn(row, LanguageTexts("id")) for row in claims.claims(view)}
    assert said == {"C-1": "petugas lain", "C-2": "petugas"}
