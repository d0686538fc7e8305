"""An approval is of what counted when it was given: what was taken back then and counts again needs another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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
    life.paid_months("2027-01", id="more").retracted("more", id="less").retracted("less")
    assert judged(life) == ("ordered", ())


def test_a_return_that_counts_again_is_not_ordered_again_by_an_earlier_approval():
    """The approval was of another return, or of none: the money is ordered again once somebody has looked at this one."""
    life = jkm_death().paid("A-1.1", 42_000_000).returned("A-1.1", id="back")
    life.retracted("back", agency="bank", id="no").reviewed("approve", "payment-returned")
    life.retracted("no", agency="bank")
    assert [order.order for order in life.claim().orders] == ["A-1.1"]
    assert life.claim().status == "ordered"
    life.reviewed("approve", "payment-returned")
    assert [order.order for order in life.claim().orders] == ["A-1.2"]
