"""Scholarship: school year by school year, for some children of a participant, with caps per level.

A participant has one scholarship, however many claims open it: the claims are gone through as they were filed, and a
later one pays what the earlier have left over of children and years.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct, field

from events.assessment import Asked, Line, OtherClaim
from events.claim import RankedChild, Schooled
from services.benefits.award import Ordered, line
from services.benefits.calendar import add_months
from services.benefits.case import Case, Opened
from services.benefits.claim import Claim
from services.benefits.doubts import Doubt
from services.benefits.families.benefit import Benefit, Occasion
from services.benefits.figures import Months
from services.benefits.law import Law


class Scholarship(Benefit, frozen=True, kw_only=True, tag="scholarship"):
    """The scholarship of the scheme, opened ``on`` an occasion, or by a death ``after_months`` of contributions."""

    on: tuple[Occasion, ...] = ()
    after_months: Months = ""

    def opens(self, *, is_death: bool, total: bool, months: int, law: Law) -> bool:
        """Whether a claim opens it."""
        if self.after_months:
            return is_death and months >= law.whole(self.after_months)
        return (is_death and "death" in self.on) or (total and "total-disability" in self.on)

    def lines(self, case: Case) -> list[Line]:
        """Pay a line for each child and school year that earlier claims have left to this one."""
        claim, law = case.claim, case.law
        total, months = bool(case.total_disability), case.tenure.months
        if not claim.schooling or not self.opens(is_death=case.is_death, total=total, months=months, law=law):
            return []
        children: list[SchoolChild] = []
        for before in case.opened_earlier():
            paid, number = school_years(children, before), before[0].number
            named = sum(number in child.names for child in children)
            case.asked.append(Asked(number, ("scholarship",), named, len(paid)))
        rules = law.schooling
        lines: list[Line] = []
        for _, fact, nth in school_years(children, (claim, law)):
            figure = law[rules.amounts[fact.level]]
            most = law.whole(rules.years[rules.counted_as(fact.level)])
            year = f"{fact.school_year}/{fact.school_year + 1}"
            formula = f"{fact.level} {year}: {case.money(figure.whole)} ({nth}/{most})"
            filing = claim.filing("event_date", "cause", "children")
            inputs = (*filing, *case.facts, claim.death_ref, fact.ref)
            lines.append(line(self.code, f"child:{fact.child}", figure.whole, formula, inputs, figure))
        return lines

    @property
    def cited(self) -> Mapping[str, tuple[str, ...]]:
        """None of its own: the scheme's rules name the amount of each level."""
        return {}


class SchoolChild(Struct, eq=False):
    """A child of a participant: birth date and NIK, its id in each claim, and the school years paid so far."""

    born: dt.date
    nik: str = ""
    names: dict[str, str] = {}
    paid: set[int] = set()
    years: Counter[str] = field(default_factory=Counter)


class SchoolYear(NamedTuple):
    """A school year that a claim pays: for whom, by which confirmation, and which of its level's years it is."""

    child: SchoolChild
    fact: Schooled
    nth: int


def school_years(children: list[SchoolChild], claim_and_law: Opened) -> list[SchoolYear]:
    """Return what one more claim pays, in the order of its children and school years, and note it in ``children``."""
    claim, law = claim_and_law
    rules = law.schooling
    paid: list[SchoolYear] = []
    for child in recognised(children, claim, law.whole(rules.children)):
        for fact in sorted(statements(child, claim), key=lambda fact: fact.school_year):
            year, level = fact.school_year, rules.counted_as(fact.level)
            if not fact.studying or year in child.paid or too_old(child, year, law):
                continue
            if level in rules.years and child.years[level] < law.whole(rules.years[level]):
                child.paid.add(year)
                child.years[level] += 1
                paid.append(SchoolYear(child, fact, child.years[level]))
    return paid


def recognised(children: list[SchoolChild], claim: Claim, limit: int) -> list[SchoolChild]:
    """Return a claim's children who have the scholarship, as filed, and add new ones to ``children`` up to ``limit``."""
    filed = claim.filed.children
    same = same_children(filed, children)
    for one in filed:
        if one.label not in same and len(children) < limit:
            same[one.label] = SchoolChild(one.birth_date)
            children.append(same[one.label])
    for one in filed:
        if child := same.get(one.label):
            child.names[claim.number] = one.label
            child.nik = child.nik or one.nik
    return [same[one.label] for one in filed if one.label in same]


def children_of(claim: Claim) -> list[SchoolChild]:
    """Return the children whom a claim names, in rank."""
    children: list[SchoolChild] = []
    recognised(children, claim, len(claim.filed.children))
    return children


def same_children(filed: Sequence[RankedChild], earlier: Sequence[SchoolChild]) -> dict[str, SchoolChild]:
    """Return which known child each filed one is, by its label; those who are none of them are left out.

    A label holds within its claim only. The NIK says who is the same child where both state one, else the birth date;
    of several born on one day first the one with the same label, then as ranked.
    """
    same: dict[str, SchoolChild] = {}
    for fits in (_same_nik, _same_day_and_label, _same_day):
        for one in filed:
            alike = (child for child in earlier if child not in same.values() and fits(one, child))
            if one.label not in same and (child := next(alike, None)):
                same[one.label] = child
    return same


def _same_nik(one: RankedChild, child: SchoolChild) -> bool:
    return bool(one.nik) and one.nik == child.nik


def _same_day(one: RankedChild, child: SchoolChild) -> bool:
    return one.birth_date == child.born and not (one.nik and child.nik)


def _same_day_and_label(one: RankedChild, child: SchoolChild) -> bool:
    labels = {label.casefold() for label in child.names.values()}
    return _same_day(one, child) and one.label.casefold() in labels


def unclear(claim: Claim, earlier: Iterable[Opened], law: Law, lines: Iterable[Line]) -> Iterator[Doubt]:
    """Yield each child with a line who counts as another child, though an earlier claim names one by the same id."""
    paid = {line.payee for line in lines}
    children: list[SchoolChild] = []
    named: list[tuple[Claim, RankedChild]] = []
    for before in earlier:
        school_years(children, before)
        named += ((before[0], filed) for filed in before[0].filed.children)
    children_before = [*children]
    limit = law.whole(law.schooling.children)
    for child in recognised(children, claim, limit):
        name = child.names[claim.number]
        if child in children_before or f"child:{name}" not in paid:
            continue
        for other, filed in named:
            told_apart = child.nik and filed.nik
            if filed.label.casefold() == name.casefold() and not told_apart:
                form = (name.casefold(), child.born, other.number, filed.birth_date)
                inputs = (*claim.filing("children"), *other.filing("children"))
                yield Doubt("child-unclear", form, inputs, OtherClaim(other.number), (name,))


def displaced(
    claim: Claim, orders: Iterable[Ordered], earlier: Iterable[Opened], law: Law
) -> Iterator[Doubt]:
    """Yield each child with an order in force though the claim no longer ranks it among those who have the scholarship."""
    limit = law.whole(law.schooling.children)
    first = {f"child:{child.label}".casefold() for child in claim.filed.children[:limit]}
    standing: dict[str, list[str]] = {}
    for order in orders:
        if order.stands and order.payee.startswith("child:") and order.payee.casefold() not in first:
            standing.setdefault(order.payee, []).append(order.order)
    if not standing:
        return
    children: list[SchoolChild] = []
    for before in earlier:
        school_years(children, before)
    payees = {f"child:{child.names[claim.number]}" for child in recognised(children, claim, limit)}
    for payee, numbers in standing.items():
        if payee not in payees:
            label = payee.removeprefix("child:")
            yield Doubt("child-unclear", (payee, *numbers), claim.filing("children"), about=(label,))


def statements(child: SchoolChild, claim: Claim) -> list[Schooled]:
    """Return what a claim states of a child, the last statement of each school year."""
    name = child.names.get(claim.number)
    return [fact for (of, _), fact in claim.schooling.items() if of == name]


def too_old(child: SchoolChild, school_year: int, law: Law) -> bool:
    """Whether the child has reached the age limit on the first day of the school year."""
    rules = law.schooling
    return rules.begins(school_year) >= add_months(child.born, 12 * law.whole(rules.age))
