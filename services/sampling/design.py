"""The design of a sample: everything that decides, with the seed, which items are drawn and when it has passed.

It stands fast before the seed is known, so that nobody can choose it by what it would draw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from services.sampling.attributes import (
    NoSamplePlanError,
    Stratum,
    hypergeometric_size,
    upper_error_count_of_strata,
)
from services.sampling.draw import DrawnItem, allocated, drawn, hit, parted, strata_of
from services.sampling.frame import FrameItem
from services.sampling.monetary import monetary_size
from services.sampling.plan import Method

Allocation: TypeAlias = Literal["items", "amount"]


class SampleDesign(Struct, frozen=True, kw_only=True):
    """How a sample is drawn and judged.

    ``tolerable`` and ``expected`` are shares of the items, of a monetary-unit sample of the book, as ``1/20``; so is
    the confidence. ``above``: items of a larger amount are all taken; 0 for no such threshold. ``allocation``: by what
    the strata of an attribute sample share its size.
    """

    method: Method
    confidence: str
    tolerable: str
    expected: str = "0"
    size: int = 0
    above: int = 0
    allocation: Allocation = "items"

    @property
    def risk(self) -> Fraction:
        """The probability that the limit lies below the truth."""
        return 1 - Fraction(self.confidence)

    def sized(self, frame: Sequence[FrameItem]) -> SampleDesign:
        """Return the design with the smallest size, and of a monetary-unit sample the threshold, where it has none.

        Of several strata the size grows until the errors expected leave the limit of all strata below the tolerable
        rate. Raises ``ValueError`` for rates out of their bounds, ``NoSamplePlanError`` where no size suffices.
        """
        tolerable, expected = Fraction(self.tolerable), Fraction(self.expected)
        if self.method == "monetary-unit":
            size = self.size or monetary_size(tolerable, expected, 1 - self.risk)
            above = self.above or max(sum(item.amount for item in frame) // size, 1)
            return replace(self, size=size, above=above)
        if self.size:
            return self
        _, rest = parted(frame, self.above)
        if not rest:
            return self
        weights, room = strata_of(rest, by_amount=self.allocation == "amount")
        size = hypergeometric_size(len(rest), tolerable, expected, 1 - self.risk)
        while self._limit(_drawn_of(weights, room, size), size) >= tolerable * len(rest):
            size += 1
            if size > len(rest):
                raise NoSamplePlanError(len(rest))
        return replace(self, size=size)

    def smallest(self, frame: Sequence[FrameItem]) -> int:
        """Return the smallest size that suffices, whatever size the design has; all items where none does."""
        try:
            return replace(self, size=0).sized(frame).size
        except NoSamplePlanError:
            return len(frame)

    def sizes(self, frame: Sequence[FrameItem]) -> range:
        """Return which sizes a sample of a frame can have: up to its items, of a monetary-unit sample up to its rupiah.

        None of them is 0, unless every item lies above the threshold.
        """
        largest = sum(item.amount for item in frame) if self.method == "monetary-unit" else len(frame)
        return range(1 if parted(frame, self.above)[1] else 0, largest + 1)

    def draw(self, frame: Sequence[FrameItem], seed: str) -> list[DrawnItem]:
        """Return what is drawn from a frame with a seed."""
        if self.method == "monetary-unit":
            return hit(frame, seed, self.size, above=self.above)
        return drawn(frame, seed, self.size, above=self.above, by_amount=self.allocation == "amount")

    def strata(self, rest: Sequence[FrameItem]) -> dict[str, Stratum]:
        """Return the items of each stratum beside those above the threshold, and how many of them are drawn."""
        return _drawn_of(*strata_of(rest, by_amount=self.allocation == "amount"), self.size)

    def _limit(self, strata: Mapping[str, Stratum], size: int) -> int:
        sampled = [(items, sample_size) for items, sample_size in strata.values() if sample_size < items]
        errors = math.ceil(Fraction(self.expected) * size)
        if not sampled:
            return errors
        drawn_items = sum(sample_size for _, sample_size in sampled)
        return upper_error_count_of_strata(sampled, min(errors, drawn_items), 1 - self.risk)


def _drawn_of(weights: Mapping[str, int], room: Mapping[str, int], size: int) -> dict[str, Stratum]:
    allocation = allocated(weights, room, size)
    return {stratum: (room[stratum], allocation[stratum]) for stratum in sorted(room)}
