"""Scholarship (beasiswa): school year by school year, for the first two children, with caps per level."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from events.assessment import Line
from services.benefits.award import line, rupiah
from services.benefits.calendar import add_months
from services.benefits.history import Claim
from services.benefits.rulebook import Law


def scholarship(claim: Claim, law: Law, opened_by: tuple[str, ...]) -> list[Line]:
    """Return a line per child and school year confirmed, in order of school year (Permenaker 5/2021 Pasal 103)."""
    lines: list[Line] = []
    for child, born in claim.filed.children[: law.whole("scholarship.children")]:
        years: Counter[str] = Counter()
        confirmed = (fact for (name, _), fact in claim.schooling.items() if name == child and fact.studying)
        for fact in sorted(confirmed, key=lambda fact: fact.school_year):
            if dt.date(fact.school_year, 7, 1) >= add_months(born, 12 * law.whole("scholarship.age")):
                continue
            capped = "SD" if fact.level == "TK" else fact.level
            if years[capped] >= law.whole(f"scholarship.years.{capped}"):
                continue
            years[capped] += 1
            figure = law[f"scholarship.{fact.level}"]
            formula = (
                f"{fact.level} {fact.school_year}/{fact.school_year + 1}: {rupiah(figure.whole)}"
                f" ({years[capped]}/{law.whole(f'scholarship.years.{capped}')})"
            )
            lines.append(
                line(
                    "scholarship",
                    f"child:{child}",
                    figure.whole,
                    formula,
                    (claim.filed.ref, fact.ref, *opened_by),
                    "scholarship",
                    figure,
                )
            )
    return lines
