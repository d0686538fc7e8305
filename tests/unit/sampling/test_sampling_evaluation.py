"""Plan, design and evaluation: what was planned passes, what was found is projected, and when one may stop."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sampling.attributes import NoSamplePlanError, binomial_at_most, upper_error_count
from services.sampling.design import SampleDesign
from services.sampling.evaluation import Evaluation, Examined, evaluated
from services.sampling.frame import FrameItem
from services.sampling.monetary import stringer_bound
from services.sampling.plan import attribute_plan, monetary_plan

SEED = "3141592653"
RIGHT = Examined()
CONFIDENCE = Fraction(95, 100)
DISTRICTS = ("Babat Toman", "Lais", "Sekayu")
FRAME = [
    FrameItem(f"{district}-{place:03}", 1_000_000 + 10_000 * place, district)
    for district, items in zip(DISTRICTS, (300, 120, 31), strict=True)
    for place in range(items)
]
ONE = [FrameItem(item.name, item.amount) for item in FRAME]
BOOK = sum(item.amount for item in FRAME)


def design(method: str = "attribute", **changed: object) -> SampleDesign:
    values = {"method": method, "confidence": "19/20", "tolerable": "1/20"} | changed
    return SampleDesign(**values)  # type: ignore[arg-type]


def judged(design: SampleDesign, frame: list[FrameItem], wrong: int, said: Examined) -> Evaluation:
    """Evaluate a sample whose first drawn items are wrong, those that are certain left out."""
    sample = design.draw(frame, SEED)
    chance = [one.item.name for one in sample if not one.certain][:wrong]
    examined = {one.item.name: said if one.item.name in chance else RIGHT for one in sample}
    return evaluated(design, frame, sample, examined)


def test_a_plan_says_how_many_errors_its_sample_may_hold() -> None:
    plan = attribute_plan("binomial", Fraction(5, 100), Fraction(2, 100), CONFIDENCE)
    assert (plan.size, plan.allowed) == (181, 4)
    assert binomial_at_most(181, 4, Fraction(5, 100), 1 - CONFIDENCE)
    assert not binomial_at_most(181, 5, Fraction(5, 100), 1 - CONFIDENCE)
    assert attribute_plan("binomial", Fraction(5, 100), Fraction(35, 1000), Fraction(9, 10)).size == 400
    assert attribute_plan("poisson", Fraction(5, 100), Fraction(0), CONFIDENCE).size == 60
    assert attribute_plan("hypergeometric", Fraction(5, 100), Fraction(0), CONFIDENCE, items=500).size == 56


def test_a_monetary_plan_gives_its_interval() -> None:
    plan = monetary_plan(900_000_000, 45_000_000, 0, CONFIDENCE)
    assert (plan.size, plan.interval, plan.allowed) == (60, 15_000_000, 0)
    assert monetary_plan(900_000_000, 45_000_000, 4_500_000, CONFIDENCE).size == 74
    with pytest.raises(NoSamplePlanError):
        monetary_plan(900_000_000, 100, 0, CONFIDENCE)


@pytest.mark.parametrize(
    ("frame", "expected", "allocation"), list(product([ONE, FRAME], ["0", "1/100"], ["items", "amount"]))
)
def test_a_sample_with_the_errors_that_were_expected_passes(
    frame: list[FrameItem], expected: str, allocation: str
) -> None:
    sized = design(expected=expected, allocation=allocation).sized(frame)
    few = math.ceil(Fraction(expected) * sized.size)
    said = judged(sized, frame, few, Examined(error="no-hash"))
    assert (said.verdict, said.errors) == ("passed", few)
    assert said.limit <= said.tolerable < len(frame) / 20
    assert said.projected >= few
    more = judged(sized, frame, few + said.allowed + 1, Examined(error="no-hash"))
    assert more.verdict == "failed"


def test_one_stratum_is_judged_without_replacement_and_the_dearest_items_bound_its_rupiah() -> None:
    sized = design().sized(ONE)
    said = judged(sized, ONE, 2, Examined(audited=0))
    assert said.limit == upper_error_count(len(ONE), sized.size, 2, CONFIDENCE)
    assert said.projected == round(Fraction(2 * len(ONE), sized.size))
    assert said.projected_overstated == round(Fraction(said.overstated * len(ONE), sized.size))
    sample = {one.item.name for one in sized.draw(ONE, SEED)}
    others = sorted((item.amount for item in ONE if item.name not in sample), reverse=True)
    assert said.amount_limit == said.overstated + sum(others[: said.limit - 2])


def test_errors_above_the_threshold_are_known_and_not_projected() -> None:
    sized = design(above=3_000_000, tolerable="1/10").sized(ONE)
    sample = sized.draw(ONE, SEED)
    certain = [one.item for one in sample if one.certain]
    assert [item.amount for item in certain] == [
        item.amount for item in ONE if item.amount > 3_000_000
    ] or certain
    right = evaluated(sized, ONE, sample, {one.item.name: RIGHT for one in sample})
    found = {one.item.name: RIGHT for one in sample} | {certain[0].name: Examined(audited=0)}
    said = evaluated(sized, ONE, sample, found)
    assert said.limit == right.limit + 1
    assert (said.projected, said.projected_overstated) == (1, certain[0].amount)
    assert said.strata[0].certain
    assert said.strata[0].drawn == said.strata[0].items == len(certain)


def test_taints_give_the_stringer_bound_of_what_was_hit() -> None:
    sized = design("monetary-unit", above=2_900_000).sized(FRAME)
    sample = sized.draw(FRAME, SEED)
    hit = next(one for one in sample if not one.certain)
    certain = next(one for one in sample if one.certain)
    rest = BOOK - sum(one.item.amount for one in sample if one.certain)
    hits = sum(one.hits for one in sample)
    assert hits == math.ceil(Fraction(sized.size * rest, BOOK))
    found = {one.item.name: RIGHT for one in sample}
    found[hit.item.name] = Examined(audited=hit.item.amount - 400_000)
    found[certain.item.name] = Examined(audited=certain.item.amount - 70_000)
    taints = [Fraction(400_000, hit.item.amount)] * hit.hits
    said = evaluated(sized, FRAME, sample, found)
    assert said.limit == 70_000 + stringer_bound(rest, hits, taints, CONFIDENCE)
    assert said.projected == 70_000 + round(rest * sum(taints) / hits)
    assert said.basic_precision == stringer_bound(rest, hits, [], CONFIDENCE)
    found[hit.item.name] = Examined(error="no-document")
    whole = evaluated(sized, FRAME, sample, found)
    assert whole.limit == 70_000 + stringer_bound(rest, hits, [Fraction(1)] * hit.hits, CONFIDENCE)
    found[hit.item.name] = Examined(audited=hit.item.amount * 3)
    less = evaluated(sized, FRAME, sample, found)
    assert less.limit == 70_000 + said.basic_precision
    assert less.projected_understated == round(Fraction(2 * rest * hit.hits, hits))


def test_a_monetary_sample_without_errors_passes_and_fails_with_more_than_allowed() -> None:
    sized = design("monetary-unit", tolerable="1/20", expected="1/100").sized(FRAME)
    said = judged(sized, FRAME, 0, RIGHT)
    assert said.verdict == "passed"
    assert said.limit <= said.tolerable == BOOK // 20
    sample = sized.draw(FRAME, SEED)
    assert evaluated(sized, FRAME, sample, {}).verdict == "open"
    allowed = evaluated(sized, FRAME, sample, {}).allowed
    once = [one.item.name for one in sample if one.hits == 1]
    for wrong, verdict in ((allowed, "open"), (allowed + 1, "failed")):
        found = {name: Examined(audited=0) for name in once[:wrong]}
        assert evaluated(sized, FRAME, sample, found).verdict == verdict


@settings(max_examples=12)
@given(st.integers(0, 12), st.integers(0, 120))
def test_one_may_stop_only_where_what_is_left_cannot_change_the_verdict(wrong: int, right: int) -> None:
    sized = design(expected="1/50").sized(FRAME)
    sample = sized.draw(FRAME, SEED)
    names = [one.item.name for one in sample]
    found = {name: Examined(error="wrong") for name in names[:wrong]}
    found |= dict.fromkeys(names[wrong : wrong + right], RIGHT)
    said = evaluated(sized, FRAME, sample, found)
    left = [name for name in names if name not in found]
    best = evaluated(sized, FRAME, sample, found | dict.fromkeys(left, RIGHT)).verdict
    worst = evaluated(sized, FRAME, sample, found | dict.fromkeys(left, Examined(error="wrong"))).verdict
    assert said.verdict == (best if best == worst else "open")


def test_each_look_at_a_growing_sample_costs_confidence() -> None:
    sized = design().sized(ONE)
    sample = sized.draw(ONE, SEED)
    assert evaluated(sized, ONE, sample, {}, looks=3).overall_confidence == "17/20"


def test_what_cannot_be_planned_is_refused() -> None:
    with pytest.raises(NoSamplePlanError):
        design(tolerable="1/100", expected="1/101").sized(FRAME)
    assert design(above=1).sized(ONE).draw(ONE, SEED)[0].certain
