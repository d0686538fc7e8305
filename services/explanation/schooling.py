"""School years of a claim that were confirmed and for which nothing is due, each with why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from events.claim import Schooled
from services.benefits.assess import Orders, scholarship_claims
from services.benefits.claim import Claim
from services.benefits.families.scholarship import SchoolChild, SchoolYear, school_years, too_old
from services.benefits.history import History
from services.benefits.law import Law
from services.benefits.rulebook import Rulebook

Why: TypeAlias = Literal["unnamed", "other-child", "age", "other-claim", "years"]
"""Not named in the filing; not of the children who have it; too old; paid in another claim; no years of the level
left."""


class UnpaidYear(Struct, frozen=True):
    """A school year for which the claim pays nothing: the child by its id in the claim, and why."""

    child: str
    level: str
    school_year: int
    why: Why


def unpaid_years(
    history: History, claim: Claim, rulebook: Rulebook, orders: Orders
) -> tuple[UnpaidYear, ...]:
    """Return the confirmed school years that give no line, as stated; none where the claim opens no scholarship."""
    children: list[SchoolChild] = []
    paid: list[SchoolYear] = []
    for opened in scholarship_claims(history, rulebook, orders):
        paid += school_years(children, opened)
        if opened[0] is claim:
            return tuple(_unpaid(claim, opened[1], children, paid))
    return ()


def _unpaid(
    claim: Claim, law: Law, children: Sequence[SchoolChild], paid: Sequence[SchoolYear]
) -> Iterable[UnpaidYear]:
    by_name = {child.names[claim.number]: child for child in children if claim.number in child.names}
    for fact in claim.schooling.values():
        if fact.studying and not any(year.fact is fact for year in paid):
            named = any(child.label == fact.child for child in claim.filed.children)
            why = _why(fact, by_name.get(fact.child), law, paid) if named else "unnamed"
            yield UnpaidYear(fact.child, fact.level, fact.school_year, why)


def _why(fact: Schooled, child: SchoolChild | None, law: Law, paid: Sequence[SchoolYear]) -> Why:
    if child is None:
        return "other-child"
    if too_old(child, fact.school_year, law):
        return "age"
    elsewhere = any(year.child is child and year.fact.school_year == fact.school_year for year in paid)
    return "other-claim" if elsewhere else "years"
