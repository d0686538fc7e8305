"""Monetary-unit samples: how many rupiah to hit, and what the taints found say about the book.

The factors are quantiles of the gamma distribution, irrational numbers. They are worked out with 32 digits in
decimal arithmetic, the same on every machine, and rounded up to nine decimals; everything after that is exact.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from functools import cache

from services.sampling.attributes import NoSamplePlanError

_DIGITS = 32
_PLACES = Decimal("1e-9")


@cache
def confidence_factor(errors: int, confidence: Fraction) -> Fraction:
    """Return the Poisson mean that, with the confidence, gives more errors than so many, rounded up to 1e-9."""
    with localcontext(prec=_DIGITS):
        target = Decimal(confidence.numerator) / confidence.denominator
        low, high = Decimal(0), Decimal(1)
        while _more_than(errors, high) < target:
            high *= 2
        while high - low > _PLACES / 1000:
            middle = (low + high) / 2
            low, high = (middle, high) if _more_than(errors, middle) < target else (low, middle)
        return Fraction(high.quantize(_PLACES, rounding=ROUND_CEILING))


def monetary_size(
    tolerable: Fraction, expected: Fraction, confidence: Fraction, *, largest: int = 100_000
) -> int:
    """Return the smallest monetary-unit sample for shares of the book value.

    The taints expected add up to ``size * expected``, which need not be whole. Raises ``ValueError`` unless
    ``0 <= expected < tolerable <= 1`` and the confidence lies between, ``NoSamplePlanError`` beyond the largest size.
    """
    if not 0 <= expected < tolerable <= 1 or not 0 < confidence < 1:
        raise ValueError("the expected share is below the tolerable one")
    high = 1
    while not _suffices(high, tolerable, expected, confidence):
        high *= 2
        if high > largest:
            raise NoSamplePlanError(largest)
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if _suffices(middle, tolerable, expected, confidence):
            high = middle
        else:
            low = middle
    return high


def taint(booked: int, audited: int) -> Fraction:
    """Return the share of a booked amount that was too much; negative where it was too little."""
    if booked <= 0:
        raise ValueError("a monetary-unit sample holds only amounts above zero")
    return Fraction(booked - audited, booked)


def most_likely_error(book: int, hits: int, taints: Sequence[Fraction]) -> Fraction:
    """Return the overstatement of the book in rupiah that the taints found project to."""
    return book * sum(taints, Fraction(0)) / hits


def stringer_bound(book: int, hits: int, taints: Sequence[Fraction], confidence: Fraction) -> int:
    """Return the upper bound of the overstatement in whole rupiah, rounded up.

    Stringer's bound with Poisson factors, the largest taint first; never more than the book. The hits were drawn
    with a chance proportional to the amount, each a taint of its own. Raises ``ValueError`` for a taint that is not
    above 0 and at most 1.
    """
    if hits < 1 or len(taints) > hits or any(not 0 < each <= 1 for each in taints):
        raise ValueError("a taint lies above 0 and is at most 1, and belongs to a hit")
    factors = [confidence_factor(errors, confidence) for errors in range(len(taints) + 1)]
    bound = factors[0]
    for place, each in enumerate(sorted(taints, reverse=True)):
        bound += (factors[place + 1] - factors[place]) * each
    return min(math.ceil(book * bound / hits), book)


def _suffices(size: int, tolerable: Fraction, expected: Fraction, confidence: Fraction) -> bool:
    shape, mean = size * expected + 1, size * tolerable
    with localcontext(prec=_DIGITS):
        return _gamma(shape, Decimal(mean.numerator) / mean.denominator) >= (
            Decimal(confidence.numerator) / confidence.denominator
        )


def _more_than(errors: int, mean: Decimal) -> Decimal:
    """Return the Poisson probability of more errors than so many."""
    term = series = Decimal(1)
    for each in range(1, errors + 1):
        term *= mean / each
        series += term
    return 1 - series * (-mean).exp()


def _gamma(shape: Fraction, value: Decimal) -> Decimal:
    """Return the gamma distribution function, exact to 20 digits.

    The integral up to the value is divided by the same one taken so far that less than 1e-25 of it is missing.
    """
    power = Decimal(shape.numerator) / shape.denominator
    far = 2 * power + 80
    if value >= far:
        return Decimal(1)
    return ((value / far).ln() * power + far - value).exp() * _series(power, value) / _series(power, far)


def _series(shape: Decimal, value: Decimal) -> Decimal:
    """Return the sum of ``value**k / (shape + 1) … (shape + k)``."""
    term = series = Decimal(1)
    divisor = shape
    while term > series * Decimal("1e-27"):
        divisor += 1
        term *= value / divisor
        series += term
    return series
