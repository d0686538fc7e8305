"""What the bank reports of an order: in parts, twice, refused, returned, in any order of arrival."""

from __future__ import annotations

import itertools

import pytest

from events.payment import Mismatch
from services.benefits.history import History
from tests.lives import Data, Life, heir, jkm_death

FULL = 42_000_000


def orders(life: Life) -> list[tuple[str, int]]:
    return [(order.order, order.amount) for order in life.claim().orders]


def money(life: Life) -> tuple[str, int, int]:
    claim = life.claim()
    return claim.status, claim.ordered, claim.paid


def discrepancies(life: Life) -> list[tuple[str, str, int, int]]:
    """Return what of the bank's reports does not fit as the facts stand."""
    state = life.recorded().state_of("A-1")
    assert state is not None
    found = History(state.facts).claims["A-1"].discrepancies(state.claims["A-1"].orders)
    return [(one.order, one.kind, one.paid, one.amount) for one in found]


def parts(*, first: str = "t1", second: str = "t2") -> Life:
    """The order paid in two transfers, of 30 and 12 million."""
    life = jkm_death().paid("A-1.1", 30_000_000, reference=first)
    return life.paid("A-1.1", 12_000_000, reference=second)


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ({"payment": "t2"}, 12_000_000),
        ({"payment": "t1"}, 30_000_000),
        ({"payment": "t1", "amount": 5_000_000}, 5_000_000),
        ({"amount": 30_000_000}, 30_000_000),
        ({"amount": 13_000_000}, 13_000_000),
    ],
)
def test_only_what_came_back_is_ordered_again_and_the_old_order_stands_with_the_rest(said, back):
    """By reference, by the sum of one payment, else the newest first."""
    life = parts().returned("A-1.1", **said)
    assert money(life) == ("ordered", FULL, FULL - back)
    assert orders(life) == [("A-1.1", FULL)]
    life.reviewed("approve", "payment-returned")
    assert orders(life) == [("A-1.1", FULL - back), ("A-1.2", back)]
    assert money(life) == ("ordered", FULL, FULL - back)
    assert money(life.paid("A-1.2", back)) == ("paid", FULL, FULL)
    assert life.recorded().mismatches()[1:] == []


def test_all_of_it_comes_back_in_two_returns():
    """Each approved for itself; each opens its own part."""
    life = parts().returned("A-1.1", payment="t2").reviewed("approve", "payment-returned")
    life.returned("A-1.1")
    assert orders(life) == [("A-1.1", 30_000_000), ("A-1.2", 12_000_000)]
    assert orders(life.reviewed("approve", "payment-returned")) == [
        ("A-1.2", 12_000_000),
        ("A-1.3", 30_000_000),
    ]


def test_an_approved_unclear_return_is_of_everything():
    """And is ordered again once that is approved too, or the account changes."""
    life = parts().returned("A-1.1")
    assert life.claim().reasons == ("return-unclear",)
    assert money(life.reviewed("approve", "return-unclear")) == ("ordered", FULL, 0)
    assert orders(life.reviewed("approve", "payment-returned")) == [("A-1.2", FULL)]


def test_an_approval_before_the_return_or_before_its_second_payment_lifts_nothing():
    """It must be later than the facts that make the return unclear."""
    assert parts().reviewed("approve", "return-unclear").returned("A-1.1").claim().reasons == (
        "return-unclear",
    )
    life = jkm_death().paid("A-1.1", 30_000_000).returned("A-1.1").reviewed("approve", "return-unclear")
    assert life.claim().reasons == ()
    assert life.paid("A-1.1", 12_000_000, on="2026-06-09").claim().reasons == ("return-unclear",)


def test_a_double_payment_that_comes_back_opens_nothing():
    """The order has all that it needs; that it had more was a finding."""
    life = jkm_death().paid("A-1.1", FULL, reference="t1").paid("A-1.1", FULL, reference="t2")
    assert life.claim().status == "ordered"
    life.returned("A-1.1", payment="t2").reviewed("approve", "payment-returned")
    assert (money(life), orders(life)) == (("paid", FULL, FULL), [("A-1.1", FULL)])
    assert [one.kind for one in life.recorded().mismatches()] == ["more"]


def test_a_return_of_what_does_not_stand_is_a_finding_and_opens_nothing():
    """Twice the same, more than was paid, a payment that nobody knows."""
    life = jkm_death().paid("A-1.1", FULL, reference="t1").returned("A-1.1").returned("A-1.1")
    assert life.recorded().mismatches() == [Mismatch("A-1", "A-1.1", "not-paid", 0, 0)]
    assert orders(life.reviewed("approve", "payment-returned")) == [("A-1.2", FULL)]
    life = jkm_death().paid("A-1.1", FULL, reference="t1").returned("A-1.1", amount=FULL + 8)
    assert life.recorded().mismatches() == [Mismatch("A-1", "A-1.1", "not-paid", FULL, FULL + 8)]
    assert orders(life.reviewed("approve", "payment-returned")) == [("A-1.2", FULL)]
    life = jkm_death().paid("A-1.1", FULL, reference="t1").returned("A-1.1", payment="t9", amount=5)
    assert (money(life), life.recorded().mismatches()) == (
        ("paid", FULL, FULL),
        [Mismatch("A-1", "A-1.1", "not-paid", 0, 5)],
    )


def test_what_the_bank_reported_and_does_not_fit_is_known_until_it_is_taken_back():
    """Too early, too much, under a number that nobody gave; and what came back or is retracted no longer says so."""
    early = jkm_death().paid("A-1.1", FULL, id="p", on="2016-06-10")
    assert discrepancies(early) == [("A-1.1", "before-order", FULL, FULL)]
    assert discrepancies(early.retracted("p", agency="bank")) == []
    came_back = jkm_death().paid("A-1.1", FULL, on="2016-06-10").returned("A-1.1")
    assert discrepancies(came_back.paid("A-1.1", FULL, on="2026-06-11")) == []
    assert discrepancies(jkm_death().paid("A-1.1", FULL + 7)) == [("A-1.1", "more", FULL + 7, 7)]
    assert discrepancies(jkm_death().paid("A-1.9", 7)) == [("A-1.9", "unknown", 7, 7)]
    again = jkm_death().paid("A-1.1", FULL).returned("A-1.1").returned("A-1.1")
    assert discrepancies(again) == [("A-1.1", "not-paid", 0, 0)]


def test_a_refused_transfer_is_ordered_again_and_its_late_payment_is_what_came_back():
    """The order has left; a payment told later with an earlier date is no second one."""
    life = jkm_death().returned("A-1.1").reviewed("approve", "payment-returned")
    assert orders(life) == [("A-1.2", FULL)]
    life.paid("A-1.1", FULL, on="2026-06-09").paid("A-1.2", FULL)
    assert money(life) == ("paid", FULL, FULL)
    assert [one.kind for one in life.recorded().mismatches()] == ["before-order"]


def test_a_transfer_refused_in_part_opens_that_part():
    """Thirty million arrive the day after."""
    life = jkm_death().returned("A-1.1", amount=12_000_000, on="2026-06-09").paid("A-1.1", 30_000_000)
    assert money(life) == ("ordered", FULL, 30_000_000)
    assert orders(life.reviewed("approve", "payment-returned")) == [
        ("A-1.1", 30_000_000),
        ("A-1.2", 12_000_000),
    ]


def test_a_transfer_that_is_refused_and_then_paid_opens_nothing():
    """The bank tried again."""
    life = jkm_death().returned("A-1.1", on="2026-06-09").paid("A-1.1", FULL)
    assert money(life) == ("paid", FULL, FULL)
    assert orders(life.reviewed("approve", "payment-returned")) == [("A-1.1", FULL)]


def test_a_refused_order_is_not_cancelled():
    """It left, as the bank has seen it."""
    life = jkm_death().returned("A-1.1").heirs(heir(), heir("b", "child", "2"))
    life.reviewed("approve", "heirs-changed")
    assert orders(life) == [("A-1.1", FULL), ("A-1.2", 21_000_000)]
    assert life.claim().overpaid == 0
    assert orders(life.reviewed("approve", "payment-returned")) == [
        ("A-1.2", 21_000_000),
        ("A-1.3", 21_000_000),
    ]


def test_a_return_of_a_cancelled_order_opens_nothing():
    """What was paid on it by mistake has come back."""
    life = jkm_death().heirs(heir("b", "child", "2")).reviewed("approve", "heirs-changed")
    life.paid("A-1.1", FULL).returned("A-1.1").reviewed("approve", "payment-returned")
    assert (orders(life), life.claim().paid) == ([("A-1.2", FULL)], 0)


def test_what_came_back_is_not_overpaid():
    """Withdrawn after the bank sent a part back: only the rest is out."""
    life = parts().returned("A-1.1", payment="t2").withdrawn()
    assert (life.claim().status, life.claim().overpaid) == ("withdrawn", 30_000_000)


def test_statements_of_different_days_may_arrive_in_any_order():
    """Paid in two parts, one of them returned and paid again: by the bank's dates, whatever comes first."""
    said: list[tuple[str, Data]] = [
        ("paid", {"amount": 30_000_000, "on": "2026-06-07", "reference": "t1"}),
        ("paid", {"amount": 12_000_000, "on": "2026-06-08", "reference": "t2"}),
        ("returned", {"payment": "t2", "on": "2026-06-09"}),
        ("paid", {"amount": 12_000_000, "on": "2026-06-10", "reference": "t3"}),
    ]
    for order in itertools.permutations(said):
        life = jkm_death()
        for kind, what in order:
            getattr(life, kind)("A-1.1", **what)
        assert (money(life), orders(life)) == (("paid", FULL, FULL), [("A-1.1", FULL)])


def test_a_filing_that_is_taken_back_leaves_what_was_released():
    """Shown as that: nothing missing, no reasons, nothing entitled; what the bank has not sent back is overpaid."""
    life = Life().insured().filed(id="f").died().heirs(heir("a"), heir("b", "child", "2"))
    life.paid("A-1.1", 21_000_000).objected().retracted("f")
    claim = life.claim()
    assert (claim.status, claim.programme, claim.entitled, claim.missing, claim.reasons) == (
        "retracted",
        "JKM",
        {},
        (),
        (),
    )
    assert (claim.ordered, claim.paid, claim.overpaid) == (21_000_000, 21_000_000, 21_000_000)
    assert orders(life) == [("A-1.1", 21_000_000)]
    life.returned("A-1.1", amount=1_000_000)
    assert (life.claim().paid, life.claim().overpaid) == (20_000_000, 20_000_000)


@pytest.mark.parametrize("finding", ["cause", "death", "heirs"])
def test_what_rests_on_a_finding_that_was_taken_back_is_overpaid_while_the_claim_waits(finding):
    """Until the finding is stated again."""
    stated: Data = {"cause": {"work_related": True}, "death": {"died_on": "2026-03-01"}, "heirs": [heir()]}
    papers = ("ktp", "form-3", "form-3b", "chronology", "death-certificate", "heirs-letter")
    life = Life().insured().accident(papers=papers)
    for name in stated:
        life.found(id=name, **{name: stated[name]})
    life.paid("A-1.1", life.claim().orders[0].amount)
    life.retracted(finding, agency="rsud")
    paid = life.claim().paid
    assert (life.claim().status, life.claim().overpaid) == ("waiting", paid)
    life.found(**{finding: stated[finding]})
    assert (life.claim().overpaid, life.claim().paid) == (0, paid)
