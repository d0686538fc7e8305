"""The stated confidence holds: the probability of a limit below the truth, added up exactly."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from random import Random

import pytest

from services.sampling.attributes import (
    upper_error_count,
    upper_error_count_of_strata,
    upper_error_rate,
)
from services.sampling.design import SampleDesign
from services.sampling.evaluation import Examined, evaluated
from services.sampling.frame import FrameItem

SIZE = 25


@pytest.mark.parametrize("confidence", [Fraction(8, 10), Fraction(95, 100)])
def test_whatever_the_error_rate_the_limit_covers_it(confidence: Fraction) -> None:
    limits = [upper_error_rate(SIZE, errors, confidence) for errors in range(SIZE + 1)]
    for percent in range(1, 100):
        rate = Fraction(percent, 100)
        covered = sum(
            math.comb(SIZE, errors) * rate**errors * (1 - rate) ** (SIZE - errors)
            for errors, limit in enumerate(limits)
            if limit >= rate
        )
        assert covered >= confidence


@pytest.mark.parametrize("confidence", [Fraction(8, 10), Fraction(95, 100)])
def test_however_many_errors_a_population_holds_the_limit_covers_them(confidence: Fraction) -> None:
    limits = [upper_error_count(100, SIZE, errors, confidence) for errors in range(SIZE + 1)]
    for wrong in range(101):
        ways = sum(
            math.comb(wrong, errors) * math.comb(100 - wrong, SIZE - errors)
            for errors, limit in enumerate(limits)
            if limit >= wrong
        )
        assert Fraction(ways, math.comb(100, SIZE)) >= confidence


STRATA = [(30, 6), (20, 5), (14, 1)]
"""Drawn in proportion but for the last, which gave too few."""


@pytest.mark.parametrize("confidence", [Fraction(8, 10), Fraction(95, 100)])
def test_however_errors_lie_in_the_strata_the_limit_of_all_covers_them(confidence: Fraction) -> None:
    """Added up exactly over every number of errors in each stratum and every sample."""
    places = sum(drawn for _, drawn in STRATA)
    limits = [upper_error_count_of_strata(STRATA, errors, confidence) for errors in range(places + 1)]
    assert limits[0] < 64
    one, two, three = (
        [_chances(items, wrong, drawn) for wrong in range(items + 1)] for items, drawn in STRATA
    )
    for (wrong_of_one, first), (wrong_of_two, second) in product(enumerate(one), enumerate(two)):
        both = _together(first, second)
        for wrong, third in enumerate(three, wrong_of_one + wrong_of_two):
            covered = sum(
                ways for errors, ways in enumerate(_together(both, third)) if limits[errors] >= wrong
            )
            assert covered >= confidence * math.prod(math.comb(items, drawn) for items, drawn in STRATA)


def _chances(items: int, wrong: int, drawn: int) -> list[int]:
    """Return in how many ways a sample holds each number of errors."""
    return [
        math.comb(wrong, errors) * math.comb(items - wrong, drawn - errors) for errors in range(drawn + 1)
    ]


def _together(one: list[int], other: list[int]) -> list[int]:
    """Return the ways of the sums of two numbers of errors."""
    ways = [0] * (len(one) + len(other) - 1)
    for (first, many), (second, more) in product(enumerate(one), enumerate(other)):
        ways[first + second] += many * more
    return ways


BOOKS = int(os.environ.get("BOOKS", "120"))
"""How many books are sampled in each way of being wrong."""
ERRORS: dict[str, tuple[float, Callable[[Random], Fraction]]] = {
    "few, whole": (0.02, lambda _: Fraction(1)),
    "many, whole": (0.12, lambda _: Fraction(1)),
    "many, a tenth": (0.5, lambda _: Fraction(1, 10)),
    "all, a hundredth": (1, lambda _: Fraction(1, 100)),
    "some, any share": (0.15, lambda dice: Fraction(dice.randint(1, 100), 100)),
    "some, mostly small": (0.3, lambda dice: Fraction(30 if dice.random() < 0.1 else 1, 30)),
}
"""Which share of the items is wrong, and by how much of its amount."""


@pytest.mark.parametrize("confidence", [Fraction(8, 10), Fraction(95, 100)])
@pytest.mark.parametrize("errors", ERRORS)
def test_whatever_is_wrong_in_a_book_the_monetary_bound_covers_it(errors: str, confidence: Fraction) -> None:
    """``BOOKS=10000 ./kelambu test tests/unit/sampling/test_sampling_coverage.py --log-cli-level=INFO`` looks longer, and prints."""
    share, part = ERRORS[errors]
    dice, covered = Random(f"{errors} {confidence}"), 0
    design = SampleDesign(
        method="monetary-unit", confidence=str(confidence), tolerable="1/20", size=40, above=40_000_000
    )
    for book in range(BOOKS):
        frame = [FrameItem(f"{place}", round(math.exp(dice.gauss(14.5, 1.2))) + 1) for place in range(150)]
        audited = {
            item.name: Examined(audited=math.floor(item.amount * (1 - part(dice))))
            for item in frame
            if dice.random() < share
        }
        truth = sum(item.amount - (audited[item.name].audited or 0) for item in frame if item.name in audited)
        sample = design.draw(frame, f"book {book}")
        right = Examined()
        said = evaluated(
            design, frame, sample, {one.item.name: audited.get(one.item.name, right) for one in sample}
        )
        covered += said.limit >= truth
    logging.getLogger(__name__).info("%s, %s: %d of %d", errors, confidence, covered, BOOKS)
    assert covered >= confidence * BOOKS
