"""What the scholarship has come to for each child of a participant, and what it may still cost: a query with a date.

Nothing here decides anything: school years and caps are those of ``services.benefits.families.scholarship``. The date
says which school years are over; what is known of them is every fact so far.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from msgspec import Struct

from services.benefits.assess import Orders, scholarship_claims
from services.benefits.calendar import ONE_DAY, add_months
from services.benefits.case import Opened
from services.benefits.claim import Claim
from services.benefits.families.scholarship import (
    SchoolChild,
    SchoolYear,
    school_years,
    statements,
    too_old,
)
from services.benefits.history import History
from services.benefits.insured_event import insured_event_of
from services.benefits.law import Law
from services.benefits.rulebook import Rulebook

COMPULSORY_AGE = 7
"""From this age every child goes to school (UU 20/2003 Pasal 6): before, a year without a confirmation is not
missed."""


class PaidYear(Struct, frozen=True):
    """A school year that the rules pay, in rupiah; ``paid`` when the payments reported in its claim cover it."""

    claim: str
    school_year: int
    level: str
    amount: int
    paid: bool


class ChildLedger(Struct, frozen=True):
    """One child by the claim that named it first; all amounts in rupiah.

    ``confirmed`` is what the rules pay for ``years``, ``paid`` what of it was reported paid. ``left`` are the years
    that each level's cap leaves. ``ended`` is ``age``, ``caps``, ``not-studying`` or empty; ``future`` the most that
    the running school year and later ones can still cost, none once ended. ``missed`` are school years that are over
    without anybody saying whether the child studied; ``awaited`` says that of the running one.
    """

    claim: str
    child: str
    born: dt.date
    years: tuple[PaidYear, ...]
    confirmed: int
    paid: int
    left: dict[str, int]
    ended: str
    future: int
    missed: tuple[int, ...]
    awaited: bool


def school_ledger(
    history: History, rulebook: Rulebook, orders: Orders, as_of: dt.date
) -> tuple[ChildLedger, ...]:
    """Return the ledger of every child of a person who has the scholarship, in the order in which they got it."""
    children: list[SchoolChild] = []
    claims_and_laws = list(scholarship_claims(history, rulebook, orders)) if history.enrolled else []
    years: list[SchoolYear] = []
    for one in claims_and_laws:
        years += school_years(children, one)
    return tuple(
        _ChildRecord(
            child, claims_and_laws, [year for year in years if year.child is child], as_of, rulebook
        ).ledger(orders)
        for child in children
    )


class _ChildRecord:
    """One child while its ledger is written."""

    def __init__(
        self,
        child: SchoolChild,
        claims_and_laws: Sequence[Opened],
        years: Sequence[SchoolYear],
        as_of: dt.date,
        rulebook: Rulebook,
    ) -> None:
        self.child, self.years = child, years
        self.claims = [(claim, law) for claim, law in claims_and_laws if claim.number in child.names]
        self.first, self.law = self.claims[0]
        self.happened_on = insured_event_of(self.first, rulebook.scheme).day
        self.running = school_year(as_of, self.law)
        self.stated = [fact for claim, _ in self.claims for fact in statements(child, claim)]

    def ledger(self, orders: Orders) -> ChildLedger:
        caps = self.law.schooling.years
        left: dict[str, int] = {
            level: self.law.whole(cap) - self.child.years[level] for level, cap in caps.items()
        }
        ended, years = self._ended(left), self._paid_years(orders)
        return ChildLedger(
            claim=self.first.number,
            child=self.child.names[self.first.number],
            born=self.child.born,
            years=tuple(sorted(years, key=lambda year: year.school_year)),
            confirmed=sum(year.amount for year in years),
            paid=sum(
                min(_received(claim, self.child, orders), _due(claim, years)) for claim, _ in self.claims
            ),
            left=left,
            ended=ended,
            future=0 if ended else self._future(left),
            missed=self._missed(ended),
            awaited=not ended and self.running not in self._years_stated() and self.running >= self._begins(),
        )

    def _paid_years(self, orders: Orders) -> list[PaidYear]:
        """Payments cover a claim's school years in their order."""
        years: list[PaidYear] = []
        for claim, law in self.claims:
            received = _received(claim, self.child, orders)
            for year in self.years:
                if year.fact.claim == claim.number:
                    amount = law.whole(law.schooling.amounts[year.fact.level])
                    received -= amount
                    years.append(
                        PaidYear(claim.number, year.fact.school_year, year.fact.level, amount, received >= 0)
                    )
        return years

    def _years_stated(self) -> set[int]:
        return {fact.school_year for fact in self.stated}

    def _ended(self, left: dict[str, int]) -> str:
        if too_old(self.child, self.running, self.law):
            return "age"
        if not any(left.values()):
            return "caps"
        return "not-studying" if self._stopped() else ""

    def _stopped(self) -> int:
        """Return the last school year that was stated, if it is stated only that the child does not study; else 0."""
        last = max(self._years_stated(), default=0)
        return 0 if any(f.studying for f in self.stated if f.school_year == last) else last

    def _future(self, left: dict[str, int]) -> int:
        """Fill the school years until the age limit of which nothing is stated, the dearest levels first."""
        free = 0
        year = self.running
        while not too_old(self.child, year, self.law):
            free += year not in self._years_stated()
            year += 1
        rules = self.law.schooling
        prices: dict[str, int] = dict.fromkeys(left, 0)
        for level, amount in rules.amounts.items():
            as_level = rules.counted_as(level)
            prices[as_level] = max(prices[as_level], self.law.whole(amount))
        most = 0
        for dearest in sorted(left, key=lambda level: -prices[level]):
            years = min(free, left[dearest])
            free -= years
            most += years * prices[dearest]
        return most

    def _begins(self) -> int:
        """Return the first school year in which a confirmation was to be expected."""
        entered = school_year(add_months(self.child.born, 12 * COMPULSORY_AGE) - ONE_DAY, self.law) + 1
        studied = (fact.school_year for fact in self.stated if fact.studying)
        return max(school_year(self.happened_on, self.law), min((entered, *studied)))

    def _missed(self, ended: str) -> tuple[int, ...]:
        """Return the years that are over and of which nothing is stated, as long as one could still be paid."""
        if ended == "caps":
            return ()
        until = min(self.running, self._stopped() or self.running)
        expected = range(self._begins(), until)
        stated = self._years_stated()
        return tuple(y for y in expected if y not in stated and not too_old(self.child, y, self.law))


def school_year(day: dt.date, law: Law) -> int:
    """Return the year in which the school year of ``day`` began."""
    return day.year if day >= law.schooling.begins(day.year) else day.year - 1


def _received(claim: Claim, child: SchoolChild, orders: Orders) -> int:
    payee = f"child:{child.names[claim.number]}"
    own = orders.get(claim.number, ())
    return sum(claim.paid_on(order) for order in own if order.payee == payee and order.stands)


def _due(claim: Claim, years: Sequence[PaidYear]) -> int:
    return sum(year.amount for year in years if year.claim == claim.number)
