"""A sum at once: a fixed one, or a share of the participant's income."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from events.assessment import Line
from services.benefits.award import whole
from services.benefits.case import Case
from services.benefits.families.benefit import Benefit, Occasion
from services.benefits.figures import BRACKETS, Amount, Percent, Times


class Sum(Benefit, frozen=True, kw_only=True):
    """What is paid once, ``on`` any of these occasions.

    ``to``: the heirs by their shares; for a ``funeral`` the heirs, or who arranged the burial where there are none; or
    the ``participant`` in person, after a death the heirs.
    """

    kind: ClassVar[str] = "total-disability"
    on: tuple[Occasion, ...]
    to: Literal["heirs", "funeral", "participant"]

    @property
    def in_person(self) -> bool:
        """A total disability is, where it opens the sum and the sum is the participant's."""
        return self.to == "participant" and "total-disability" in self.on

    def opened_by(self, case: Case) -> tuple[str, ...] | None:
        """Return the events of the total disability, none for a death; ``None`` where neither opens it."""
        if case.is_death and "death" in self.on:
            return ()
        return case.total_disability if case.total_disability and "total-disability" in self.on else None


class FixedSum(Sum, frozen=True, kw_only=True, tag="fixed-sum"):
    """A sum that the law states: death benefit, funeral money, a sum insured."""

    sum: Amount

    def lines(self, case: Case) -> list[Line]:
        """Pay the whole sum."""
        refs = self.opened_by(case)
        if refs is None:
            return []
        figure = case.law[self.sum]
        formula = case.money(figure.whole)
        if self.to == "funeral":
            return case.funeral(self.code, figure.whole, formula, figure)
        if self.to == "heirs":
            return case.to_heirs(self.code, figure.whole, formula, figure)
        return case.in_person(self.code, figure.whole, formula, figure, refs)

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """The sum."""
        return {"": (self.sum,)}


class IncomeShare(Sum, frozen=True, kw_only=True, tag="income-share"):
    """A percentage of so many monthly bases, not below a floor if there is one."""

    percent: Percent
    multiple: Times
    floor: Amount = ""

    def lines(self, case: Case) -> list[Line]:
        """Pay the share, rounded to the whole."""
        refs = self.opened_by(case)
        if refs is None:
            return []
        percent, multiple = case.law[self.percent], case.law[self.multiple]
        amount = whole(percent.decimal / 100 * multiple.decimal * case.base)
        formula = f"{case.plain(percent.decimal)}% × {multiple.whole} × {case.money(case.base)}"
        if self.floor and amount < (least := case.law.whole(self.floor)):
            amount, formula = least, f"max({formula}; {case.money(least)})"
        if self.to != "participant":
            return case.to_heirs(self.code, amount, formula, percent, (case.base_ref,))
        inputs = (case.period.ref, case.base_ref, *refs)
        return case.in_person(self.code, amount, formula, percent, inputs)

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """The percentage, and what it is taken of."""
        return {"": (self.percent, self.multiple, self.floor, BRACKETS)}
