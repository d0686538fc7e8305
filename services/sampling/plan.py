"""The plan: how many items a sample needs, by which formula, and how many errors it may hold."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Literal, TypeAlias

from msgspec import Struct

from services.sampling.attributes import (
    AtMost,
    binomial_at_most,
    binomial_size,
    errors_allowed,
    hypergeometric_at_most,
    hypergeometric_size,
    poisson_at_most,
    poisson_size,
)
from services.sampling.monetary import confidence_factor, monetary_size

Distribution: TypeAlias = Literal["binomial", "hypergeometric", "poisson"]
Method: TypeAlias = Literal["attribute", "monetary-unit"]

FORMULAS = {
    "binomial": "min n: Σ(k=0…⌈n·e⌉) C(n,k)·t^k·(1−t)^(n−k) ≤ 1 − c",
    "hypergeometric": "min n: Σ(k=0…⌈n·e⌉) C(K,k)·C(N−K,n−k)/C(N,n) ≤ 1 − c, K = ⌈t·N⌉",
    "poisson": "min n: Σ(k=0…⌈n·e⌉) (n·t)^k/k!·exp(−n·t) ≤ 1 − c",
    "monetary-unit": "min n: P(Gamma(1 + n·E/B) ≤ n·T/B) ≥ c",
}
"""c confidence, t and e the tolerable and the expected rate, N items; B, T, E book, tolerable and expected rupiah."""
CITATIONS = {
    "attribute": "AICPA Audit Guide: Audit Sampling (2017), A-1, A-2; ISA 530",
    "monetary-unit": "AICPA Audit Guide: Audit Sampling (2017), C-1; ISA 530",
}
"""By method, where its table stands that the formula gives cell by cell."""


class SamplePlan(Struct, frozen=True):
    """How many items to draw and how many errors they may hold.

    Rates are fractions as ``19/20``. Of a monetary-unit sample ``allowed`` counts whole taints, ``tolerable`` and
    ``expected`` are shares of the ``book``, and ``interval`` is the rupiah that stand for one hit, rounded down.
    """

    method: Method
    distribution: str
    confidence: str
    tolerable: str
    expected: str
    size: int
    allowed: int
    formula: str
    citation: str
    items: int = 0
    book: int = 0
    interval: int = 0


def attribute_plan(
    distribution: Distribution,
    tolerable: Fraction,
    expected: Fraction,
    confidence: Fraction,
    *,
    items: int = 0,
) -> SamplePlan:
    """Return the plan of an attribute sample; ``items`` is the size of the frame of a hypergeometric one.

    Raises ``ValueError`` for rates out of their bounds, ``NoSamplePlanError`` where no size suffices.
    """
    risk, wrong = 1 - confidence, math.ceil(tolerable * items)
    enough: dict[Distribution, AtMost] = {
        "binomial": lambda size, errors: binomial_at_most(size, errors, tolerable, risk),
        "hypergeometric": lambda size, errors: hypergeometric_at_most(items, wrong, size, errors, risk),
        "poisson": lambda size, errors: poisson_at_most(size * tolerable, errors, risk),
    }
    match distribution:
        case "binomial":
            size = binomial_size(tolerable, expected, confidence)
        case "hypergeometric":
            size = hypergeometric_size(items, tolerable, expected, confidence)
        case "poisson":
            size = poisson_size(tolerable, expected, confidence)
    return SamplePlan(
        method="attribute",
        distribution=distribution,
        confidence=str(confidence),
        tolerable=str(tolerable),
        expected=str(expected),
        size=size,
        allowed=errors_allowed(size, enough[distribution]),
        formula=FORMULAS[distribution],
        citation=CITATIONS["attribute"],
        items=items,
    )


def monetary_plan(book: int, tolerable: int, expected: int, confidence: Fraction) -> SamplePlan:
    """Return the plan of a monetary-unit sample of a book; all amounts are whole rupiah.

    Raises ``ValueError`` for amounts out of their bounds, ``NoSamplePlanError`` where no size suffices.
    """
    share, hoped = Fraction(tolerable, book), Fraction(expected, book)
    size = monetary_size(share, hoped, confidence)
    allowed = 0
    while confidence_factor(allowed + 1, confidence) <= size * share:
        allowed += 1
    return SamplePlan(
        method="monetary-unit",
        distribution="gamma",
        confidence=str(confidence),
        tolerable=str(share),
        expected=str(hoped),
        size=size,
        allowed=allowed,
        formula=FORMULAS["monetary-unit"],
        citation=CITATIONS["monetary-unit"],
        book=book,
        interval=book // size,
    )
