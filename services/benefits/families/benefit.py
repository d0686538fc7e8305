"""What every benefit of a scheme has, of whichever family it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, Struct

from events.assessment import Line
from events.message import Text
from services.benefits.case import Case
from services.benefits.figures import BRACKETS

BenefitCode: TypeAlias = Annotated[str, Meta(pattern=r"^[a-z0-9]+(?:[.-][a-z0-9]+)*$", max_length=40)]

Occasion: TypeAlias = Literal["death", "total-disability"]
"""What opens a benefit: the death of the participant, or a total disability found."""


class Benefit(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="family"):
    """A benefit of a programme: ``family`` names its rule, the other keys the figures that the rule asks for.

    ``from_first_day``: paid also to those who die in the first months of a membership.
    """

    kind: ClassVar[str] = ""
    code: BenefitCode
    name: Text
    from_first_day: bool = False

    def lines(self, case: Case) -> list[Line]:
        """Return the award lines of a claim; none where this benefit is not due."""
        raise NotImplementedError

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """First word of a line's formula to the figure that the line cites, and the others that its amount rests on.

        An empty word means any, an empty code a figure that the scheme does not ask for.
        """
        raise NotImplementedError

    @property
    def in_person(self) -> bool:
        """Whether it pays the participant in person for medical items of its ``kind``."""
        return bool(self.kind)

    @property
    def needs_income(self) -> bool:
        """Whether it is a share of the participant's income."""
        return any(BRACKETS in figures for figures in self.cited.values())
