"""What an explanation says of other claims and of children nobody named is what the decider does."""

from __future__ import annotations

from services.benefits.reading.folder import load
from services.explanation.chain import Explanation, explain
from tests.lives import Data, Life, heir
from tests.unit.explanation.lives import state_after

CHILD: Data = {"child": "a", "name": "Andi", "birth_date": "2012-05-01"}


def death(claim: str = "A-1", life: Life | None = None, **filing) -> Life:
    if life is None:
        life = Life().enrolled("2020-01-01").paid_months("2020-01", "2026-12", "2020-01-02")
    life.filed(claim, id=f"filed-{claim}", **filing).died(claim=claim)
    return life.heirs(heir(), claim=claim)


def explained(life: Life, number: str = "A-1") -> Explanation:
    explanation = explain(state_after(life), number, load())
    assert explanation is not None
    return explanation


def changes(explanation: Explanation) -> list[list[str]]:
    return [[change.code for change in remedy.changes] for remedy in explanation.remedies]


def test_a_child_whom_nobody_named_is_named_by_an_amendment_as_the_least_change():
    """By the agency that filed; what it names is then ordered."""
    life = death().paid("A-1.1", 42_000_000).schooled("a", "SMP", 2025)
    explanation = explained(life)
    assert [year.why for year in explanation.unpaid_years] == ["unnamed"]
    (remedy,) = explanation.remedies
    (change,) = remedy.changes
    assert (change.code, dict(change.says)) == ("children-amended", {"children": ("a",), "agency": "dinsos"})
    assert (remedy.open, remedy.amount) == (True, None)
    life.amended(children=[CHILD])
    assert life.claim().ordered == 44_000_000
    assert explained(life).remedies == ()


def test_no_amendment_helps_a_child_for_whom_no_place_is_left():
    """Two children are named already: nothing could make the third's year payable."""
    two = [CHILD, CHILD | {"child": "b", "birth_date": "2014-05-01"}]
    life = death(children=two).schooled("c", "SMP", 2025)
    assert explained(life).remedies == ()


def test_money_paid_before_is_told_with_claim_and_sum_and_the_approval_with_what_is_left():
    """As the decider orders it after the approval."""
    life = death().paid("A-1.1", 42_000_000).retracted("filed-A-1")
    death("B-2", life, children=[CHILD]).schooled("a", "SMP", 2025, claim="B-2")
    explanation = explained(life, "B-2")
    (obstacle,) = explanation.obstacles
    assert (obstacle.code, obstacle.says["others"]) == ("paid-before", ("A-1",))
    assert obstacle.says["amount"] == 42_000_000
    assert changes(explanation) == [["approval"]]
    assert explanation.remedies[0].amount == 2_000_000
    life.reviewed("approve", "paid-before", claim="B-2")
    assert life.claim("B-2").ordered == 2_000_000
    after = explained(life, "B-2")
    assert [(p.claim, p.payee, p.amount) for p in after.paid_before] == [("A-1", "heir:h1", 42_000_000)]
    assert (after.money.entitled, after.money.ordered, after.remedies) == (44_000_000, 2_000_000, ())


def test_a_slip_in_a_birth_date_is_amended_or_the_child_is_approved():
    """Each with what the decider then orders."""
    life = Life().enrolled("2020-01-01").paid_months("2020-01", "2028-12", "2020-01-02")
    life.accident("K-1", "2025-06-01", children=[CHILD]).at_work(claim="K-1")
    life.items({"kind": "total-disability"}, claim="K-1").schooled("a", "SD", 2024, claim="K-1")
    death("B-2", life, children=[CHILD | {"birth_date": "2012-05-11"}]).schooled("a", "SD", 2024, claim="B-2")
    explanation = explained(life, "B-2")
    assert changes(explanation) == [["approval"], ["birth-date-amended"]]
    assert [remedy.amount for remedy in explanation.remedies] == [43_500_000, 42_000_000]
    assert life.amended("B-2", children=[CHILD]).claim("B-2").ordered == 42_000_000


def test_a_bill_that_stands_twice_and_a_second_claim_for_an_accident_name_what_they_are_about():
    """The labels of the bill, the number of the claim."""
    bill: Data = {"kind": "treatment", "amount": 3_000_000, "provider": "rsud"}
    life = Life().insured().accident().at_work().items(bill, bill)
    (obstacle,) = explained(life).obstacles
    assert (obstacle.code, obstacle.says["about"]) == ("item-repeated", ("i1", "i2"))
    life.accident("B-2").at_work(claim="B-2").items(bill, claim="B-2")
    explanation = explained(life, "B-2")
    assert explanation.obstacles[0].says["others"] == ("A-1",)
    assert changes(explanation) == [["approval"], ["first-claim-withdrawn"]]
    assert life.withdrawn("A-1").claim("B-2").ordered == explanation.remedies[1].amount
