"""Every cell of the published tables; ``published.json`` names their sources and misprints."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest

from services.sampling.attributes import (
    NoSamplePlanError,
    binomial_size,
    hypergeometric_size,
    poisson_size,
    upper_error_count,
    upper_error_rate,
)
from services.sampling.monetary import (
    confidence_factor,
    monetary_size,
    most_likely_error,
    stringer_bound,
    taint,
)

PUBLISHED = json.loads(Path(__file__).with_name("published.json").read_text("utf-8"))
AICPA = PUBLISHED["aicpa"]
# The transcription took a float's ceiling here: 0.035 * 400 is 14, not 14.000000000000002.
EXACT = {("A-2", "0.05", "0.035"): 400, ("A-2", "0.08", "0.07"): 1300}
HIGH = Fraction(95, 100)


@pytest.mark.parametrize("table", ["A-1", "A-2"])
def test_every_published_sample_size(table: str) -> None:
    confidence = Fraction(str(AICPA[table]["confidence"]))
    differing = {
        (tolerable, expected): (size, found)
        for tolerable, row in AICPA[table]["tolerable->expected->n"].items()
        for expected, size in row.items()
        if (found := binomial_size(Fraction(tolerable), Fraction(expected), confidence))
        != EXACT.get((table, tolerable, expected), size)
    }
    assert not differing


@pytest.mark.parametrize(("table", "confidence"), [("A-3", "0.95"), ("A-4", "0.9")])
def test_every_published_upper_limit(table: str, confidence: str) -> None:
    step = Fraction(1, 1000)
    differing = {
        (size, errors): limit
        for size, limits in AICPA[table]["n->[k=0..10]"].items()
        for errors, limit in enumerate(limits)
        if upper_error_rate(int(size), errors, Fraction(confidence), step=step) != Fraction(str(limit)) / 100
    }
    assert not differing


def test_every_published_monetary_size() -> None:
    differing = [
        (row["risk_of_incorrect_acceptance_pct"], row["expected_to_tolerable"], share, size, found)
        for row in AICPA["C-1"]["rows"]
        for share, size in row["n"].items()
        if (
            found := monetary_size(
                Fraction(share),
                Fraction(share) * Fraction(str(row["expected_to_tolerable"])),
                1 - Fraction(row["risk_of_incorrect_acceptance_pct"], 100),
            )
        )
        != size
    ]
    assert not differing


def test_every_factor_is_the_published_quantile() -> None:
    for risk, factors in PUBLISHED["factors"]["exact_6_decimals"].items():
        for errors, factor in enumerate(factors):
            found = confidence_factor(errors, 1 - Fraction(risk))
            assert found == pytest.approx(factor, abs=5.1e-7)


@pytest.mark.parametrize("errors", [0, 1, 5, 20, 60])
def test_a_factor_leaves_the_poisson_sum_its_risk(errors: int) -> None:
    factor = confidence_factor(errors, HIGH)
    for moved, above in ((factor - 1e-7, True), (factor + 1e-7, False)):
        terms = math.fsum(moved**each / math.factorial(each) for each in range(errors + 1))
        assert (terms * math.exp(-moved) > 0.05) is above


def test_poisson_and_hypergeometric_sizes_stand_on_their_distribution() -> None:
    rate = Fraction(5, 100)
    assert poisson_size(rate, Fraction(0), HIGH) == math.ceil(-math.log(0.05) / 0.05)
    size = hypergeometric_size(200, rate, Fraction(0), HIGH)
    missed = [Fraction(math.comb(190, each), math.comb(200, each)) for each in (size - 1, size)]
    assert missed[0] > 1 - HIGH >= missed[1]
    assert upper_error_count(200, size, 0, HIGH) == 9
    assert upper_error_count(200, 200, 7, HIGH) == 7


@pytest.mark.parametrize("expected", ["0", "0.01", "0.02", "0.03"])
def test_a_poisson_size_is_the_first_whose_mean_reaches_its_factor(expected: str) -> None:
    rate, share = Fraction(5, 100), Fraction(expected)
    reached = (
        size for size in range(1, 2000) if confidence_factor(math.ceil(share * size), HIGH) <= size * rate
    )
    assert poisson_size(rate, share, HIGH) == next(reached)


def test_what_no_sample_can_show_is_refused() -> None:
    with pytest.raises(NoSamplePlanError):
        hypergeometric_size(10, Fraction(5, 100), Fraction(4, 100), HIGH)
    with pytest.raises(ValueError, match="below the tolerable"):
        binomial_size(Fraction(5, 100), Fraction(5, 100), HIGH)


def test_the_stringer_bound_adds_the_larger_taints_first() -> None:
    taints = [taint(1_000_000, 750_000), taint(2_000_000, 0)]
    factors = [confidence_factor(errors, HIGH) for errors in range(3)]
    bound = factors[0] + (factors[1] - factors[0]) + (factors[2] - factors[1]) / 4
    assert stringer_bound(900_000_000, 60, taints, HIGH) == math.ceil(15_000_000 * bound)
    assert most_likely_error(900_000_000, 60, taints) == 18_750_000
    assert stringer_bound(100, 1, [], HIGH) == 100
