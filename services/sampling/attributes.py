"""Attribute samples: how many items to look at, and what the errors found say about all of them.

Every comparison is one of whole numbers or fractions, so no plan depends on how a float was rounded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import TypeAlias

RATE_STEP = Fraction(1, 10**9)

AtMost = Callable[[int, int], bool]
"""Of a sample size and a number of errors: whether so few are improbable enough."""


Stratum: TypeAlias = tuple[int, int]
"""The items of a stratum, and how many of them were drawn; at least one, and not all."""


class NoSamplePlanError(ValueError):
    """No sample of the size allowed reaches the confidence that was asked for."""

    def __init__(self, largest: int) -> None:
        """Keep the largest size that was tried."""
        super().__init__(f"no sample of up to {largest} items suffices")
        self.largest = largest


def binomial_size(
    tolerable: Fraction, expected: Fraction, confidence: Fraction, *, largest: int = 5000
) -> int:
    """Return the smallest sample of a large population, by the binomial distribution.

    The sample may hold the expected errors, rounded up to a whole one, and still show with the
    confidence that the rate is below the tolerable one. Raises ``ValueError`` for rates outside
    ``0 <= expected < tolerable < 1`` and ``NoSamplePlanError`` beyond the largest size.
    """
    _checked(tolerable, expected, confidence)
    return _smallest(
        lambda size, errors: binomial_at_most(size, errors, tolerable, 1 - confidence),
        expected,
        largest,
    )


def hypergeometric_size(
    population: int, tolerable: Fraction, expected: Fraction, confidence: Fraction
) -> int:
    """Return the smallest sample drawn without replacement from so many items.

    The tolerable errors of the population are rounded up to a whole one; otherwise as
    ``binomial_size``. Raises ``NoSamplePlanError`` where not even all items would do.
    """
    _checked(tolerable, expected, confidence)
    wrong = math.ceil(tolerable * population)
    return _smallest(
        lambda size, errors: hypergeometric_at_most(population, wrong, size, errors, 1 - confidence),
        expected,
        population,
    )


def poisson_size(
    tolerable: Fraction, expected: Fraction, confidence: Fraction, *, largest: int = 5000
) -> int:
    """Return the smallest sample by the Poisson distribution; otherwise as ``binomial_size``."""
    _checked(tolerable, expected, confidence)
    return _smallest(
        lambda size, errors: poisson_at_most(size * tolerable, errors, 1 - confidence),
        expected,
        largest,
    )


@cache
def upper_error_rate(size: int, errors: int, confidence: Fraction, *, step: Fraction = RATE_STEP) -> Fraction:
    """Return the upper limit of the error rate after so many errors (Clopper and Pearson).

    It is rounded up to a multiple of the step, never down. Raises ``ValueError`` unless
    ``0 <= errors <= size`` and there is an item.
    """
    _checked_findings(size, errors, confidence)
    low, high = 0, math.ceil(1 / step)
    while high - low > 1:
        middle = (low + high) // 2
        if binomial_at_most(size, errors, min(middle * step, Fraction(1)), 1 - confidence):
            high = middle
        else:
            low = middle
    return min(high * step, Fraction(1))


def upper_error_count(population: int, size: int, errors: int, confidence: Fraction) -> int:
    """Return the most errors that so many items may hold, after a sample without replacement.

    Raises ``ValueError`` unless ``0 <= errors <= size <= population`` and there is an item.
    """
    _checked_findings(size, errors, confidence)
    if size > population:
        raise ValueError("a sample holds no more items than its population")
    low, high = errors, population - size + errors + 1
    while high - low > 1:
        middle = (low + high) // 2
        if hypergeometric_at_most(population, middle, size, errors, 1 - confidence):
            high = middle
        else:
            low = middle
    return low


def upper_error_count_of_strata(strata: Sequence[Stratum], errors: int, confidence: Fraction) -> int:
    """Return the most errors that all strata together may hold, after so many in the samples of all.

    One stratum is a sample without replacement, see ``upper_error_count``. Of several the number of errors is a sum of
    independent unequal chances, so many errors or fewer of which are less probable than of equal ones (Hoeffding 1956,
    theorem 4), so that the limit of Clopper and Pearson holds for the mean of the strata's rates weighted by the items
    drawn. The limit is the most errors that fit under that mean, which stand where the fewest were drawn.
    """
    if len(strata) == 1:
        return upper_error_count(*strata[0], errors, confidence)
    size = sum(sampled for _, sampled in strata)
    if size == 0:
        return sum(items for items, _ in strata)
    mean = max(upper_error_rate(size, errors, confidence), Fraction(min(errors + 1, size), size))
    remaining, most = mean * size, Fraction(0)
    for items, sampled in sorted(strata, key=lambda one: Fraction(one[1], one[0])):
        share = min(Fraction(1), remaining / sampled) if sampled else Fraction(1)
        remaining, most = remaining - share * sampled, most + share * items
    return math.floor(most)


def errors_allowed(size: int, at_most: AtMost) -> int:
    """Return the most errors that a sample may hold and still show what was asked; -1 where none is few enough."""
    return next((errors for errors in range(size) if not at_most(size, errors)), size) - 1


def _checked(tolerable: Fraction, expected: Fraction, confidence: Fraction) -> None:
    if not 0 <= expected < tolerable < 1:
        raise ValueError("the expected rate is below the tolerable one, and that below all")
    if not 0 < confidence < 1:
        raise ValueError("the confidence lies between 0 and 1")


def _checked_findings(size: int, errors: int, confidence: Fraction) -> None:
    if not 0 <= errors <= size or size < 1:
        raise ValueError("a sample has at least one item and no more errors than items")
    if not 0 < confidence < 1:
        raise ValueError("the confidence lies between 0 and 1")


def _smallest(at_most: AtMost, expected: Fraction, largest: int) -> int:
    """Return the smallest size that suffices for the errors expected of it, rounded up.

    Among the sizes of which the same number is expected a larger one suffices where a smaller does.
    """
    errors, first = 0, 1
    while first <= largest:
        if expected:
            errors = math.ceil(expected * first)
        last = min(math.floor(errors / expected), largest) if expected else largest
        if at_most(last, errors):
            low, high = first - 1, last
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if at_most(middle, errors) else (middle, high)
            return high
        first = last + 1
    raise NoSamplePlanError(largest)


def binomial_at_most(size: int, errors: int, rate: Fraction, risk: Fraction) -> bool:
    """Whether at most so many errors have a probability of at most the risk."""
    wrong, right = rate.numerator, rate.denominator - rate.numerator
    if errors >= size or not right:
        return errors < size
    terms = sum(
        math.comb(size, wrong_items) * wrong**wrong_items * right ** (errors - wrong_items)
        for wrong_items in range(errors + 1)
    )
    probability: int = terms * right ** (size - errors)
    denominator: int = rate.denominator**size
    return probability * risk.denominator <= risk.numerator * denominator


def hypergeometric_at_most(population: int, wrong: int, size: int, errors: int, risk: Fraction) -> bool:
    """Whether at most so many errors have a probability of at most the risk."""
    ways = sum(
        math.comb(wrong, each) * math.comb(population - wrong, size - each)
        for each in range(min(errors, size) + 1)
    )
    return ways * risk.denominator <= risk.numerator * math.comb(population, size)


def poisson_at_most(mean: Fraction, errors: int, risk: Fraction) -> bool:
    """Whether at most so many errors have a probability of at most the risk.

    The power series of e is taken so far that its rest cannot change the answer.
    """
    term = series = Fraction(1)
    for count in range(1, errors + 1):
        term *= mean / count
        series += term
    few, errors_taken = series, errors
    while few > risk * series:
        errors_taken += 1
        term *= mean / errors_taken
        series += term
        if 2 * mean < errors_taken and few > risk * (series + term):
            return False
    return True
