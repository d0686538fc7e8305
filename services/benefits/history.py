"""A person's facts as they count today: retractions carried out, grouped into membership and claims."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import is_
from typing import TypeAlias

from msgspec import Struct

from events.catalogue import AnyFact
from events.claim import Filed, ReviewedUpTo, Verified
from events.content import ClaimFact
from events.participant import Contributed, Declared, Ended, Enrolled
from events.retraction import NOTHING_STRUCK, Retracted, Struck
from services.benefits.calendar import month_of
from services.benefits.claim import Claim, claim_of
from services.benefits.persons import named

PaidMonths: TypeAlias = dict[int, tuple[dt.date, str]]
"""Running number of each month that was paid, to when it was and the event that says so first."""


class Period(Struct, eq=False):
    """One membership, from an enrolment to its end."""

    starts_on: dt.date
    programmes: tuple[str, ...]
    dominant_hand: str
    ref: str
    ended_on: dt.date | None = None

    def correct(self, enrolled: Enrolled) -> None:
        """Take up a later enrolment of the same period; an earlier ``starts_on`` is kept."""
        self.starts_on = min(self.starts_on, enrolled.starts_on)
        self.programmes = enrolled.programmes
        self.dominant_hand = enrolled.dominant_hand or self.dominant_hand
        self.ref = enrolled.ref


class History:
    """Everything that counts about one person; ``retracted`` are the claims whose filing was taken back."""

    def __init__(self, facts: Sequence[AnyFact], whole: History | None = None) -> None:
        """Name payees by their first labels, carry out the retractions and group what remains.

        ``whole`` is the history of facts of which these are some, in the same order: what both have in common is taken
        from it.
        """
        shared = whole if whole is not None and whole.divisible else None
        self.all_facts = facts
        relabelled = facts if shared else named(facts)
        struck = NOTHING_STRUCK if shared else struck_in(facts)
        places = {} if shared else places_seen(facts)
        in_order = shared is not None and facts[:1] == shared.facts[:1]
        self.facts: Sequence[AnyFact] = facts if in_order else effective(relabelled, struck)
        self.divisible: bool = shared is not None or _divisible(facts, relabelled)
        self.retracted = _taken_back(relabelled, self.facts, struck, places)
        self.members: list[AnyFact] = []
        stated: dict[str, list[AnyFact]] = {}
        for fact in self.facts:
            if not isinstance(fact, ClaimFact):
                self.members.append(fact)
            elif isinstance(fact, Filed):
                stated[fact.claim] = [fact]
            elif one := stated.get(fact.claim):
                one.append(fact)
            elif claim := self.retracted.get(fact.claim):
                claim.add(fact)
        claims: dict[str, Claim] = shared.claims if shared else {}
        self.claims: dict[str, Claim] = {
            number: claim
            if (claim := claims.get(number)) and claim.facts == one
            else claim_of(one, struck, places)
            for number, one in stated.items()
        }
        self.periods: list[Period] = []
        self.declarations: list[tuple[int, int, str]] = []
        self.months: PaidMonths = {}
        if shared and shared.members == self.members:
            self.periods, self.declarations, self.months = shared.periods, shared.declarations, shared.months
        else:
            for fact in self.members:
                self._add(fact)
        self.enrolled = bool(self.periods)

    def stated_by(self, facts: Sequence[AnyFact], number: str) -> Claim | None:
        """Return a claim as some of the facts state it, in their order; None if they do not file it."""
        stated = [fact for fact in facts if isinstance(fact, ClaimFact) and fact.claim == number]
        if not (self.divisible and stated and isinstance(stated[0], Filed)):
            return History(facts, self).claims.get(number)
        whole = self.claims[number]
        return whole if whole.facts == stated else claim_of(stated)

    def _add(self, fact: AnyFact) -> None:
        match fact:
            case Contributed():
                _pay(self.months, fact)
            case Enrolled():
                self._enrol(fact)
            case Declared():
                self.declarations.append((fact.from_month, fact.income, fact.ref))
            case Ended():
                if self.periods:
                    self.periods[-1].ended_on = fact.ended_on
            case _:
                pass

    def since(self, position: int) -> Iterator[History]:
        """Yield what was known at each moment since a place in the ledger, the latest first, with the person's enrolment.

        A moment is that after a fact; the first one that of the fact at the position itself.
        """
        facts = sorted(self.all_facts, key=lambda fact: fact.position)
        for until in range(len(facts), 0, -1):
            if facts[until - 1].position < position:
                return
            earlier = facts[:until]
            yield History(earlier if self.facts[0] in earlier else [self.facts[0], *earlier])

    def as_stated(self, number: str) -> Claim:
        """Return a claim with everything that was ever stated of it, taken back or not."""
        statements = [
            fact for fact in named(self.all_facts) if isinstance(fact, ClaimFact) and fact.claim == number
        ]
        filed = next(fact for fact in statements if isinstance(fact, Filed))
        return claim_of([filed, *(fact for fact in statements if fact is not filed)])

    def _enrol(self, fact: Enrolled) -> None:
        if self.periods and self.periods[-1].ended_on is None:
            self.periods[-1].correct(fact)
        else:
            self.periods.append(Period(fact.starts_on, fact.programmes, fact.dominant_hand, fact.ref))
        self.declarations.append((month_of(fact.starts_on), fact.income, fact.ref))

    def period_on(self, day: dt.date) -> Period | None:
        """Return the latest period that starts on or before ``day``."""
        started = [p for p in self.periods if p.starts_on <= day]
        return max(started, key=lambda p: p.starts_on) if started else None

    def income_in(self, month: int) -> tuple[int, str]:
        """Return the income declared for a month, and the event that says so.

        Of several declarations the one with the latest first month counts, of two for one month the later;
        before every declaration the first one counts.
        """
        best: tuple[int, int, str] | None = None
        for declared in self.declarations:
            if declared[0] <= month and (best is None or declared[0] >= best[0]):
                best = declared
        best = best or min(self.declarations, key=lambda d: d[0])
        return best[1], best[2]

    def declared_from(self, month: int) -> bool:
        """Whether a declaration begins to count in this month."""
        return any(first == month for first, _, _ in self.declarations)

    def deaths(self) -> Iterable[dt.date]:
        """Every day of death that a claim of this person states."""
        return (claim.died_on for claim in self.claims.values() if claim.died_on is not None)


def paid_months(facts: Iterable[AnyFact]) -> PaidMonths:
    """Return which months the contributions among facts pay, if nothing takes them back."""
    months: PaidMonths = {}
    for fact in facts:
        if isinstance(fact, Contributed):
            _pay(months, fact)
    return months


def _pay(months: PaidMonths, fact: Contributed) -> None:
    paid = (fact.paid_on, fact.ref)
    for month in range(fact.first_month, fact.last_month + 1):
        months.setdefault(month, paid)


def _divisible(facts: Sequence[AnyFact], relabelled: Sequence[AnyFact]) -> bool:
    """Whether every fact says the same whatever others are left out.

    Nothing taken back or seen, no label or person by another.
    """
    kinds = set(map(type, facts))
    if Retracted in kinds or ReviewedUpTo in kinds:
        return False
    once: set[tuple[type[AnyFact], str]] = set()
    for fact in facts:
        if isinstance(fact, Filed) or (isinstance(fact, Verified) and fact.findings.heirs):
            if (type(fact), fact.claim) in once:
                return False
            once.add((type(fact), fact.claim))
    return all(map(is_, facts, relabelled))


def _taken_back(
    facts: Sequence[AnyFact], counting: Sequence[AnyFact], struck: Struck, places: Mapping[str, int]
) -> dict[str, Claim]:
    if len(facts) == len(counting):
        return {}
    filed = {fact.claim for fact in counting if isinstance(fact, Filed)}
    return {f.claim: Claim(f, struck, places) for f in facts if isinstance(f, Filed) and f.claim not in filed}


def struck_in(facts: Sequence[AnyFact]) -> Struck:
    """Return what the retractions among the facts strike."""
    if Retracted not in map(type, facts):
        return NOTHING_STRUCK
    return Struck.by((fact.ref, fact.target, fact.position) for fact in facts if isinstance(fact, Retracted))


def places_seen(facts: Sequence[AnyFact]) -> dict[str, int]:
    """Return where the events stand that reviews name as the last ones seen."""
    if ReviewedUpTo not in map(type, facts):
        return {}
    named_so = {fact.last_seen for fact in facts if isinstance(fact, ReviewedUpTo)}
    return {fact.ref: fact.position for fact in facts if fact.ref in named_so}


def effective(facts: Sequence[AnyFact], struck: Struck) -> list[AnyFact]:
    """Return the facts that count, in order: without the retracted ones, and from the first enrolment on.

    What came before the first enrolment waited for it and is taken up after it, in the order of arrival.
    """
    kept = [fact for fact in facts if fact.ref not in struck] if struck.refs else list(facts)
    for index, fact in enumerate(kept):
        if isinstance(fact, Enrolled):
            if index:
                kept.insert(0, kept.pop(index))
            break
    return kept
