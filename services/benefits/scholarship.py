"""Scholarship (beasiswa): school year by school year, for two children of a participant, with caps per level.

A participant has one scholarship, however many claims open it: the claims are gone through as they were filed, and a
later one pays what the earlier have left over of children and years.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from events.assessment import Line
from services.benefits.award import line, rupiah
from services.benefits.calendar import add_months
from services.benefits.facts import Schooled
from services.benefits.history import Claim
from services.benefits.rulebook import Law

Opened: TypeAlias = tuple[Claim, Law]
"""A claim that opens the scholarship, and the law of its event."""


class Child:
    """A child of a participant: its birth date, its id in each claim, and the school years paid so far."""

    __slots__ = ("born", "names", "paid", "years")

    def __init__(self, born: dt.date) -> None:
        """Begin with nothing paid."""
        self.born = born
        self.names: dict[str, str] = {}
        self.paid: set[int] = set()
        self.years: Counter[str] = Counter()


class SchoolYear(NamedTuple):
    """A school year that a claim pays: for whom, by which confirmation, and which of its level's years it is."""

    child: Child
    fact: Schooled
    nth: int


def scholarship(earlier: Iterable[Opened], claim: Claim, law: Law, opened_by: tuple[str, ...]) -> list[Line]:
    """Return a line per child and school year that this claim pays (Permenaker 5/2021 Pasal 103).

    ``earlier`` are the participant's claims filed before it that stand and open the scholarship too.
    """
    children: list[Child] = []
    for before in earlier:
        school_years(children, before)
    lines: list[Line] = []
    for _, fact, nth in school_years(children, (claim, law)):
        figure = law[f"scholarship.{fact.level}"]
        formula = (
            f"{fact.level} {fact.school_year}/{fact.school_year + 1}: {rupiah(figure.whole)}"
            f" ({nth}/{law.whole(f'scholarship.years.{capped(fact.level)}')})"
        )
        inputs = (claim.filed.ref, fact.ref, *opened_by)
        lines.append(
            line("scholarship", f"child:{fact.child}", figure.whole, formula, inputs, "scholarship", figure)
        )
    return lines


def school_years(children: list[Child], opened: Opened) -> list[SchoolYear]:
    """Return what one more claim pays, in the order of its children and school years, and note it in ``children``."""
    claim, law = opened
    paid: list[SchoolYear] = []
    for child in recognised(children, claim, law.whole("scholarship.children")):
        for fact in sorted(statements(child, claim), key=lambda fact: fact.school_year):
            year, level = fact.school_year, capped(fact.level)
            if not fact.studying or year in child.paid or too_old(child, year, law):
                continue
            if child.years[level] < law.whole(f"scholarship.years.{level}"):
                child.paid.add(year)
                child.years[level] += 1
                paid.append(SchoolYear(child, fact, child.years[level]))
    return paid


def recognised(children: list[Child], claim: Claim, limit: int) -> list[Child]:
    """Return a claim's children who have the scholarship, as filed, and add new ones to ``children`` up to ``limit``.

    An id holds within its claim only, so across claims the birth date says who is the same child; of several born on
    one day first the one with the same id, then as ranked.
    """
    filed = claim.filed.children
    found: dict[str, Child] = {}
    for by_id in (True, False):
        for name, born in filed:
            alike = (
                child
                for child in children
                if child.born == born
                and child not in found.values()
                and (name in child.names.values() or not by_id)
            )
            if name in found:
                continue
            if child := next(alike, None):
                found[name] = child
            elif not by_id and len(children) < limit:
                found[name] = Child(born)
                children.append(found[name])
    for name, child in found.items():
        child.names[claim.number] = name
    return [found[name] for name, _ in filed if name in found]


def statements(child: Child, claim: Claim) -> list[Schooled]:
    """Return what a claim states of a child, the last statement of each school year."""
    name = child.names.get(claim.number)
    return [fact for (of, _), fact in claim.schooling.items() if of == name]


def too_old(child: Child, school_year: int, law: Law) -> bool:
    """Whether the child has reached the age limit on 1 July of the school year."""
    return dt.date(school_year, 7, 1) >= add_months(child.born, 12 * law.whole("scholarship.age"))


def capped(level: str) -> str:
    """Return the level under whose cap a school year counts: kindergarten and primary school have one together."""
    return "SD" if level == "TK" else level
