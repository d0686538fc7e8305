"""What the read models say about a claim."""

from __future__ import annotations

import datetime as dt

import pytest

from events.payment import Reordered
from projections import claims, payments, timeline
from projections.as_of import AsOf
from projections.catalogue import PROJECTIONS
from projections.runner import Runner
from projections.store import Store
from tests.stores.projections.book import START, Book

ANI = "~0ani"
AWARD = {("jkm.death", "heir:h1"): 20_000_000, ("jkm.funeral", "heir:h1"): 10_000_000}


def _due(book: Book, claim: str = "K-1") -> str:
    """A claim that is filed, assessed and ordered; returns the reference of its filing."""
    filed = book.file(ANI, claim)
    book.open(ANI, claim)
    book.assess(ANI, claim, "due", AWARD, cause=filed)
    book.order(ANI, f"{claim}.1", 30_000_000, cause=filed)
    return filed


async def _claim(store: Store, book: Book, number: str = "K-1") -> claims.ClaimRow:
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        found = claims.claim(view, number)
    assert found is not None
    return found


@pytest.mark.parametrize("outcome", ["waiting", "referred", "denied", "withdrawn"])
async def test_status_is_the_last_outcome(store: Store, outcome: str) -> None:
    """A claim that is not due has the status of its last assessment, with what it waits for and why."""
    book = Book()
    _due(book)
    book.assess(ANI, "K-1", outcome, reasons=["filed-late"], missing=["finding:heirs"])
    found = await _claim(store, book)
    assert (found.status, found.entitled, found.benefits) == (outcome, 0, {})
    assert (found.missing, found.reasons) == (("finding:heirs",), ("filed-late",))


async def test_filed_claim_waits_from_the_start(store: Store) -> None:
    """Before the first assessment a claim waits for what its opening names."""
    book = Book()
    book.file(ANI, "K-1")
    book.open(ANI, "K-1", ["finding:death", "finding:heirs"])
    found = await _claim(store, book)
    assert (found.status, found.missing) == ("waiting", ("finding:death", "finding:heirs"))
    assert (found.agency, found.programme, found.filed_on) == ("bpjs-tk-muba", "JKM", "2025-05-02")


async def test_due_claim_is_ordered_until_paid_exactly(store: Store) -> None:
    """Part of an order leaves the claim ordered; the rest makes it paid; one rupiah more would not."""
    book = Book()
    _due(book)
    book.release(ANI, "K-1.1")
    book.pay(ANI, "K-1.1", 29_999_999)
    found = await _claim(store, book)
    assert (found.status, found.entitled, found.ordered, found.paid) == (
        "ordered",
        30_000_000,
        30_000_000,
        29_999_999,
    )
    book.pay(ANI, "K-1.1", 1, dt.date(2025, 5, 9))
    found = await _claim(store, book)
    assert (found.status, found.released, found.paid) == ("paid", 30_000_000, 30_000_000)
    assert (found.filed_on, found.ordered_on, found.paid_on) == ("2025-05-02", "2025-05-02", "2025-05-09")
    book.pay(ANI, "K-1.1", 1)
    assert (await _claim(store, book)).status == "ordered"


async def test_returned_order_stands_until_ordered_again(store: Store) -> None:
    """What the bank sends back leaves paid and stands; ordered again, only the new order counts."""
    book = Book()
    _due(book)
    book.pay(ANI, "K-1.1", 30_000_000)
    book.send_back(ANI, "K-1.1")
    found = await _claim(store, book)
    assert (found.status, found.ordered, found.paid, found.returned) == ("ordered", 30_000_000, 0, 30_000_000)
    book.order(ANI, "K-1.2", 30_000_000, replaces=(Reordered("K-1.1", 30_000_000),))
    book.pay(ANI, "K-1.2", 30_000_000)
    found = await _claim(store, book)
    assert (found.status, found.ordered, found.paid, found.returned) == (
        "paid",
        30_000_000,
        30_000_000,
        30_000_000,
    )
    with store.view() as view:
        assert [(o.order, o.state, o.stands) for o in payments.of_claim(view, "K-1")] == [
            ("K-1.1", "returned", 0),
            ("K-1.2", "paid", 1),
        ]


async def test_a_part_that_came_back_is_ordered_again_and_the_rest_stands(store: Store) -> None:
    """Two payments, one of them returned: its sum alone moves to the new order."""
    book = Book()
    _due(book)
    book.pay(ANI, "K-1.1", 18_000_000)
    book.pay(ANI, "K-1.1", 12_000_000)
    book.send_back(ANI, "K-1.1", 12_000_000)
    found = await _claim(store, book)
    assert (found.ordered, found.paid, found.returned) == (30_000_000, 18_000_000, 12_000_000)
    book.order(ANI, "K-1.2", 12_000_000, replaces=(Reordered("K-1.1", 12_000_000),))
    book.pay(ANI, "K-1.2", 12_000_000)
    found = await _claim(store, book)
    assert (found.status, found.ordered, found.paid) == ("paid", 30_000_000, 30_000_000)
    with store.view() as view:
        assert [(o.order, o.amount, o.moved, o.paid, o.stands) for o in payments.of_claim(view, "K-1")] == [
            ("K-1.1", 18_000_000, 12_000_000, 18_000_000, 1),
            ("K-1.2", 12_000_000, 0, 12_000_000, 1),
        ]


async def test_a_return_of_one_of_several_payments_is_unclear_until_approved(store: Store) -> None:
    """As in the decider: nothing has come back before an officer says so."""
    book = Book()
    _due(book)
    book.pay(ANI, "K-1.1", 18_000_000)
    book.pay(ANI, "K-1.1", 12_000_000)
    book.send_back(ANI, "K-1.1")
    found = await _claim(store, book)
    assert (found.paid, found.returned) == (30_000_000, 0)
    book.review(ANI, "K-1", "return-unclear")
    found = await _claim(store, book)
    assert (found.paid, found.returned) == (0, 30_000_000)


async def test_cancelled_order_does_not_stand(store: Store) -> None:
    """A cancelled order leaves what is ordered."""
    book = Book()
    _due(book)
    book.cancel(ANI, "K-1.1", 30_000_000)
    found = await _claim(store, book)
    assert (found.status, found.ordered) == ("ordered", 0)


async def test_retracted_payment_does_not_count(store: Store) -> None:
    """A payment that is taken back leaves paid; the retraction taken back puts it there again."""
    book = Book()
    _due(book)
    paid = book.pay(ANI, "K-1.1", 30_000_000)
    taken_back = book.retract(ANI, paid)
    assert (await _claim(store, book)).status == "ordered"
    book.retract(ANI, taken_back)
    assert (await _claim(store, book)).status == "paid"


async def test_retracted_filing_is_shown_as_taken_back(store: Store) -> None:
    """Nothing missing, no reasons, nothing entitled; what was released stands. It comes back with its filing."""
    book = Book()
    filed = _due(book)
    taken_back = book.retract(ANI, filed)
    found = await _claim(store, book)
    assert (found.shown, found.status, found.entitled, found.benefits) == (0, "retracted", 0, {})
    with store.view() as view:
        assert [one.claim for one in claims.claims(view, status="retracted")] == ["K-1"]
    book.retract(ANI, taken_back)
    found = await _claim(store, book)
    assert (found.shown, found.status) == (1, "ordered")
    with store.view() as view:
        assert [found.claim for found in claims.claims(view)] == ["K-1"]


async def test_amended_cause_is_that_of_the_agency_that_filed_until_taken_back(store: Store) -> None:
    """Another agency's amendment counts for nothing; what was filed comes back with the retraction."""
    book = Book()
    book.file(ANI, "K-1")
    amended = book.amend(ANI, "K-1", "work-accident")
    book.amend(ANI, "K-1", "occupational-disease", "/agencies/rsud")
    assert (await _claim(store, book)).cause == "work-accident"
    book.retract(ANI, amended)
    assert (await _claim(store, book)).cause == "other"


async def test_retraction_before_its_event_strikes_it(store: Store) -> None:
    """A retraction that is recorded first takes effect when its event comes."""
    book = Book()
    book.retract(ANI, "bpjs-tk-muba:p00-2")
    assert _due(book) == "bpjs-tk-muba:p00-2"
    assert (await _claim(store, book)).shown == 0


async def test_participant_is_the_one_last_stated(store: Store) -> None:
    """A claim shows the demography of the last enrolment, and none once the enrolment is retracted."""
    book = Book()
    _due(book)
    assert (await _claim(store, book)).district is None
    first = book.enrol(ANI)
    second = book.enrol(ANI, district="16.06.07", sector="fishing")
    found = await _claim(store, book)
    assert (found.district, found.sector, found.decile, found.sponsor) == ("16.06.07", "fishing", 1, "apbd")
    with store.view() as view:
        assert [c.claim for c in claims.claims(view, district="16.06.07", status="ordered")] == ["K-1"]
        assert claims.claims(view, district="16.06.01") == []
    book.retract(ANI, second)
    assert (await _claim(store, book)).district == "16.06.01"
    book.retract(ANI, first)
    assert (await _claim(store, book)).district is None


async def test_claim_as_it_stood(store: Store) -> None:
    """``as_of`` a position or an instant shows the claim as the events up to there made it."""
    book = Book()
    filed = _due(book)
    book.pay(ANI, "K-1.1", 30_000_000)
    book.retract(ANI, filed)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        stood = [claims.claim(view, "K-1", AsOf(position)) for position in range(1, 7)]
        assert [(c.status, c.shown) if c else None for c in stood] == [
            ("waiting", 1),
            ("waiting", 1),
            ("ordered", 1),
            ("ordered", 1),
            ("paid", 1),
            ("retracted", 0),
        ]
        assert claims.claim(view, "K-1", AsOf(START)) is None
        second = START + dt.timedelta(seconds=7)
        assert [m.step.type for m in timeline.moments(view, "K-1", AsOf(second))] == ["claim.filed"]


async def test_timeline_tells_every_event_in_order(store: Store) -> None:
    """The timeline holds every event of the claim and what was taken back, in order, and nobody else's."""
    book = Book()
    filed = _due(book)
    _due(book, "K-2")
    book.document(ANI, "K-1", "kk")
    book.retract(ANI, filed)
    await Runner(store, book, PROJECTIONS).catch_up()
    with store.view() as view:
        moments = timeline.moments(view, "K-1")
    assert [(moment.step.type, moment.retracted) for moment in moments] == [
        ("claim.filed", True),
        ("claim.opened", False),
        ("claim.assessed", False),
        ("claim.payment-ordered", False),
        ("claim.documents-received", False),
        ("event.retracted", False),
    ]
    assert moments[2].step.says.benefits == {"jkm.death": 20_000_000, "jkm.funeral": 10_000_000}
    assert moments[2].step.cause == filed
    assert moments[4].step.says.codes == ("document:kk",)
