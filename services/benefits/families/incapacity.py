"""Days without work, a part of the monthly base each: in full at first, less from then on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from events.assessment import Line
from events.findings import Incapacity
from services.benefits.award import whole
from services.benefits.case import Case
from services.benefits.families.benefit import Benefit
from services.benefits.figures import BRACKETS, Days, Percent


class IncapacityBenefit(Benefit, frozen=True, kw_only=True, tag="incapacity"):
    """A day is the monthly base over ``divisor``; ``later_percent`` of it after ``full_days`` of the whole claim."""

    kind: ClassVar[str] = "incapacity"
    divisor: Days
    full_days: Days
    later_percent: Percent

    def lines(self, case: Case) -> list[Line]:
        """Count the days of all spans, each once."""
        spans = case.claim.stated(Incapacity)
        if not spans:
            return []
        law = case.law
        days = days_covered([(item.first_day, item.last_day) for item, _ in spans])
        full = min(days, law.whole(self.full_days))
        later = law[self.later_percent]
        weighted = full + (days - full) * later.decimal / 100
        divisor = law[self.divisor]
        day = f"{case.money(case.base)} ÷ {divisor.whole}"
        formula = f"{day} × {full}"
        if days > full:
            formula += f" + {day} × {days - full} × {case.plain(later.decimal)}%"
        amount = whole(Decimal(case.base) * weighted / divisor.decimal)
        inputs = (case.base_ref, *(ref for _, ref in spans))
        return case.in_person(self.code, amount, formula, divisor, inputs)

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """What a day is, and when it is less."""
        return {"": (self.divisor, self.full_days, self.later_percent, BRACKETS)}


def days_covered(spans: list[tuple[dt.date, dt.date]]) -> int:
    """Count the days of all spans, inclusive, each day once."""
    total = until = 0
    for first, last in sorted(spans):
        if last.toordinal() > until:
            total += last.toordinal() - max(first.toordinal() - 1, until)
            until = last.toordinal()
    return total
