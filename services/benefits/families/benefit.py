"""What every benefit of a scheme has, of whichever family it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from events.assessment import Line
from events.message import Text
from services.benefits.case import Case

BenefitCode: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$", max_length=40)]

Occasion: TypeAlias = Literal["death", "total-disability"]
"""What opens a benefit: the death of the participant, or a total disability found."""


class Benefit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="family"):
    """A benefit of a programme: ``family`` names its rule, the other keys the figures that the rule asks for.

    ``from_first_day``: paid also to those who die in the first months of a membership.
    """

    code: BenefitCode
    name: Text
    from_first_day: bool = False

    def lines(self, case: Case) -> list[Line]:
        """Return the award lines of a claim; none where this benefit is not due."""
        raise NotImplementedError

    @property
    def cited(self) -> Mapping[str, str]:
        """First word of a line's formula to the figure that the line cites; an empty word stands for any."""
        raise NotImplementedError

    @property
    def rests_on(self) -> Mapping[str, tuple[str, ...]]:
        """The figure that a line cites to the others that its amount rests on."""
        return {}

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of medical item that it pays to the participant in person."""
        return frozenset()

    @property
    def needs_income(self) -> bool:
        """Whether it is a share of the participant's income."""
        return False
