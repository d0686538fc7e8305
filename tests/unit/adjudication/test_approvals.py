"""An approval is of what counted when it was given: what was taken back then and counts again needs another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from events.envelope import agency_of
from tests.lives import Life, heir, jkm_death

OBJECTION = {"claim": "A-1", "by": {"name": "Budi"}, "grounds": "kurang"}
CASES: dict[str, tuple[Callable[[Life], Life], str]] = {
    "objected": (lambda life: life.send("claim.objected", OBJECTION, id="said"), "dinsos"),
    "account-changed": (lambda life: life.heirs(heir(account="2"), id="said"), "disdukcapil"),
    "return-unclear": (
        lambda life: (
            life.paid("A-1.1", 30_000_000, reference="t1")
            .paid("A-1.1", 12_000_000, reference="t2")
            .returned("A-1.1", id="said")
        ),
        "bank",
    ),
    "return-unclear, another payment": (
        lambda life: (
            life.paid("A-1.1", 30_000_000, reference="t1")
            .paid("A-1.1", 12_000_000, reference="t2", id="said")
            .returned("A-1.1")
        ),
        "bank",
    ),
}


def judged(life: Life) -> tuple[str, tuple[str, ...]]:
    claim = life.claim()
    return claim.status, claim.reasons


@pytest.mark.parametrize("case", CASES)
def test_what_counts_again_after_an_approval_needs_its_own(case: str) -> None:
    """An objection, an account, a return, a payment that a return may be of: nobody had it before him."""
    tell, agency = CASES[case]
    code = case.partition(",")[0]
    life = tell(jkm_death())
    assert judged(life) == ("referred", (code,))
    life.retracted("said", agency=agency, id="no").reviewed("approve", code)
    assert judged(life)[0] in ("ordered", "paid")
    life.retracted("no", agency=agency)
    assert judged(life) == ("referred", (code,))
    assert judged(life.reviewed("approve", code)) == ("ordered", ())


@pytest.mark.parametrize("case", CASES)
def test_what_was_never_taken_back_stays_approved(case: str) -> None:
    """Other retractions change nothing of it."""
    tell, _ = CASES[case]
    code = case.partition(",")[0]
    life = tell(jkm_death()).reviewed("approve", code)
    life.paid_months("2027-01", "2027-02", id="more").retracted("more", id="less").retracted("less")
    assert judged(life) == ("ordered", ())


def test_a_return_that_counts_again_is_not_ordered_again_by_an_earlier_approval():
    """The approval was of another return, or of none.

    The money is ordered again once somebody has looked at this one.
    """
    life = jkm_death().paid("A-1.1", 42_000_000).returned("A-1.1", id="back")
    life.retracted("back", agency="bank", id="no").reviewed("approve", "payment-returned")
    life.retracted("no", agency="bank")
    assert [order.order for order in life.claim().orders] == ["A-1.1"]
    assert life.claim().status == "ordered"
    life.reviewed("approve", "payment-returned")
    assert [order.order for order in life.claim().orders] == ["A-1.2"]


@pytest.mark.parametrize("case", CASES)
def test_what_came_behind_the_last_event_seen_is_not_approved(case: str) -> None:
    """It stands before the approval in the ledger, and the officer did not know it: another approval is asked for."""
    tell, _ = CASES[case]
    code = case.partition(",")[0]
    life = tell(jkm_death())
    assert judged(life.reviewed("approve", code, last_seen=last(life, 2))) == ("referred", (code,))
    assert judged(life.reviewed("approve", code, last_seen=last(life)))[0] in ("ordered", "paid")


def test_a_second_objection_between_sending_and_recording_stays_open():
    """The approval answers the first one alone; a later one that saw less answers nothing more."""
    life = jkm_death().objected()
    seen = last(life)
    assert judged(life.objected().reviewed("approve", "objected", last_seen=seen)) == (
        "referred",
        ("objected",),
    )
    assert judged(life.reviewed("approve", "objected")) == ("ordered", ())
    assert judged(life.reviewed("approve", "objected", last_seen=seen)) == ("ordered", ())


@pytest.mark.parametrize("case", CASES)
def test_what_was_seen_last_is_approved_as_without_a_word_of_it(case: str) -> None:
    """Nothing came between: the same claim as where the review does not say what was seen."""
    tell, _ = CASES[case]
    code = case.partition(",")[0]
    without = tell(jkm_death()).reviewed("approve", code)
    life = tell(jkm_death())
    assert life.reviewed("approve", code, last_seen=last(life)).claim() == without.claim()


def test_a_return_behind_the_last_event_seen_is_not_ordered_again():
    """The officer approved that nothing had come back."""
    life = jkm_death().paid("A-1.1", 42_000_000)
    seen = last(life)
    life.returned("A-1.1").reviewed("approve", "payment-returned", last_seen=seen)
    assert [order.order for order in life.claim().orders] == ["A-1.1"]
    life.reviewed("approve", "payment-returned", last_seen=last(life))
    assert [order.order for order in life.claim().orders] == ["A-1.2"]


@pytest.mark.parametrize("named", ["dinsos:never-sent", "bpjs:own"])
def test_a_review_that_names_nothing_before_it_answers_no_objection(named: str) -> None:
    """Neither an event that nobody sent nor the review itself: nobody can say what was known."""
    life = jkm_death().objected()
    life.reviewed("approve", "objected", last_seen=named, id="own")
    assert judged(life) == ("referred", ("objected",))


def test_an_event_that_was_seen_and_taken_back_says_still_what_was_known():
    """Its place stays."""
    life = jkm_death().objected().paid_months("2027-01", "2027-02", id="seen")
    seen = last(life)
    life.retracted("seen").reviewed("approve", "objected", last_seen=seen)
    assert judged(life) == ("ordered", ())
    life.objected().reviewed("approve", "objected", last_seen=seen)
    assert judged(life) == ("referred", ("objected",))


def last(life: Life, nth: int = 1) -> str:
    """The reference of the last event of a life, or of the nth from its end."""
    sent = life.documents[-nth]
    return f"{agency_of(sent['source'])}:{sent['id']}"
