"""What an award rests on: the facts and orders without any of which it would be another.

Found by leaving out, so that no rule has to say what it looked at: what can be left out without changing the award is
not cited, and what is left gives the award by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import TypeVar

from msgspec.structs import replace

from events.assessment import Line
from events.catalogue import AnyFact
from events.claim import Filed, Reviewed
from events.content import ClaimFact
from events.participant import Contributed, Enrolled
from events.retraction import Retracted
from services.benefits.assess import Judgement, Orders, assess
from services.benefits.award import Award, Ordered
from services.benefits.calendar import month_of
from services.benefits.coverage import coverage_on, tenure_on
from services.benefits.history import History, paid_months, struck_in
from services.benefits.insured_event import insured_event_of, missing
from services.benefits.rulebook import Rulebook

T = TypeVar("T")
Facts = tuple[AnyFact, ...]


class Citation:
    """The award of one claim by all facts so far, and what it rests on; nothing is looked for before it is asked.

    ``history`` is of all facts of the person in the order of their ledger, those taken back and their retractions too.
    """

    def __init__(
        self, history: History, number: str, rulebook: Rulebook, orders: Orders, award: Award | None = None
    ) -> None:
        """Take the award, or judge the claim."""
        self._history, self._all_facts = history, tuple(history.all_facts)
        self._number, self._rulebook = number, rulebook
        self._orders: Orders = {claim: list(claim_orders) for claim, claim_orders in orders.items()}
        self._every_order = self._orders
        self._award = award or assess(history, number, rulebook, orders)
        self._all_orders = tuple(order for claim_orders in orders.values() for order in claim_orders)
        self._awards: dict[tuple[int, ...], Award | None] = {}
        self._awards[(*map(id, self._all_facts), 0, *map(id, self._all_orders))] = self._award

    @cached_property
    def _conclusion(self) -> tuple[object, ...]:
        return conclusion(self._award)

    @cached_property
    def award(self) -> Award:
        """The award as the cited facts alone give it, with all of them named."""
        facts, orders = self._cited
        award = self._judged(facts, orders) or self._assessed(facts, orders) or self._award
        refs = tuple(fact.ref for fact in sorted(facts, key=lambda fact: fact.position))
        named = tuple(order.order for claim_orders in orders.values() for order in claim_orders)
        return replace(award, basis=replace(award.basis, facts=refs, orders=named))

    @property
    def facts(self) -> Facts:
        """The facts that the award rests on, in their order; retractions that matter with what they take back."""
        return self._cited[0]

    @cached_property
    def _cited(self) -> tuple[Facts, Orders]:
        """Facts and orders in turn, until neither makes another of the other kind needless."""
        facts = self._facts_without_the_seldom_needed()
        for _ in range(_PASSES):
            facts, before = self._needed_facts(facts), self._orders
            cited = self._with_retractions(facts)
            self._orders = self._needed_orders(cited)
            if self._orders == before:
                break
        return cited, self._orders

    def _facts_without_the_seldom_needed(self) -> list[AnyFact]:
        facts = list(self._all_facts)
        if Retracted in map(type, facts):
            effective = {fact.ref for fact in self._history.facts}
            counting = [fact for fact in facts if fact.ref in effective]
            facts = counting if self._same(counting) else facts
        for others in self._seldom_needed(facts):
            facts = without_needless(facts, others, self._same)
        return facts

    def _needed_facts(self, facts: list[AnyFact]) -> list[AnyFact]:
        certain = self._months_needed(facts) | self._beginnings(facts)
        for _ in range(_PASSES):
            among = [fact for fact in facts if fact.ref not in certain]
            fewer = without_needless(facts, among, self._same, singly=len(among) <= _FEW)
            if len(fewer) == len(facts):
                break
            facts = fewer
        return facts

    def latest(self, payee: str, *besides: AnyFact) -> AnyFact:
        """Return the fact with the latest day among those that what is due to a payee rests on, and ``besides``.

        Of several of one day the last in the ledger. A later fact that says otherwise than an earlier one is among them
        too, though neither is cited, since together they change nothing: without it something else would be due.
        """
        latest = self._latest_cited(payee, besides)
        others = (fact for fact in self._all_facts if not isinstance(fact, Contributed))
        later = sorted((fact for fact in others if _when(fact) > _when(latest)), key=_when, reverse=True)
        for fact in later:
            others_than_it = [one for one in self._all_facts if one is not fact]
            if not self._same_for(payee, others_than_it, self._every_order):
                return fact
        return latest

    def _latest_cited(self, payee: str, besides: Sequence[AnyFact]) -> AnyFact:
        facts = list(self.facts)
        latest = max(besides, key=_when, default=None)
        for fact in sorted(facts, key=_when, reverse=True):
            if latest is not None and _when(fact) <= _when(latest):
                return latest
            fewer = [one for one in facts if one is not fact]
            if not self._same_for(payee, fewer, self._orders):
                return fact
            facts = fewer
        raise AssertionError("what is due rests on a fact")

    def _judged(self, facts: Sequence[AnyFact], orders: Orders) -> Award | None:
        """Return the award by some of the facts and orders; None if it is plainly another one."""
        key = (*map(id, facts), 0, *map(id, chain.from_iterable(orders.values())))
        if key not in self._awards:
            if self._lacks_contributions_only(facts) and orders == self._every_order:
                self._awards[key] = self._without_contributions(facts, orders)
            else:
                self._awards[key] = None if self._waits_for_else(facts) else self._assessed(facts, orders)
        return self._awards[key]

    def _lacks_contributions_only(self, facts: Sequence[AnyFact]) -> bool:
        """Whether nothing but contributions is left out, of the one claim of a person, which nobody has reviewed."""
        return self._besides == _besides_contributions(facts)

    @cached_property
    def _besides(self) -> int:
        """How many facts are no contributions; -1 where more is to be looked at than the months on the day of the claim."""
        history, facts = self._history, self._all_facts
        alone = history.divisible and history.enrolled and len(history.claims) == 1
        if not alone or Reviewed in map(type, facts):
            return -1
        return _besides_contributions(facts)

    @cached_property
    def _judgement(self) -> Judgement:
        return Judgement(self._history, self._history.claims[self._number], self._rulebook, self._every_order)

    def _without_contributions(self, facts: Sequence[AnyFact], orders: Orders) -> Award | None:
        """Return the award without some contributions, at which only coverage and tenure look, and judge only if they are others."""
        whole, judged, award = self._history, self._judgement, self._award
        months = paid_months(facts)
        coverage = coverage_on(whole, judged.day, judged.law, months)
        if award.outcome in ("waiting", "referred", "due") and coverage.certain:
            return None
        if award.outcome == "due" and coverage.code:
            return None
        if award.outcome == "waiting":
            return award
        same = coverage == judged.coverage
        if same and (award.basis.counted_from or judged.claim.schooling) and coverage.period:
            same = judged.tenure == tenure_on(whole, coverage.period, judged.day, judged.law, months)
        return award if same else self._assessed(facts, orders)

    def _assessed(self, facts: Sequence[AnyFact], orders: Orders) -> Award | None:
        history = History(facts, self._history)
        filed = self._number in history.claims
        return assess(history, self._number, self._rulebook, orders) if filed else None

    def _waits_for_else(self, facts: Sequence[AnyFact]) -> bool:
        """Whether what is missing by some of the facts shows already that the award is another."""
        award = self._award
        if award.outcome not in ("waiting", "referred", "due") or award.missing == ("enrolment",):
            return False
        claim = self._history.stated_by(facts, self._number)
        if claim is self._history.claims[self._number]:
            return False
        return (
            claim is None or missing(claim, insured_event_of(claim, self._rulebook.scheme)) != award.missing
        )

    def _same(self, facts: Sequence[AnyFact], orders: Orders | None = None) -> bool:
        award = self._judged(facts, self._orders if orders is None else orders)
        if award is None or award.outcome != self._award.outcome:
            return False
        return conclusion(award) == self._conclusion

    def _same_for(self, payee: str, facts: Sequence[AnyFact], orders: Orders) -> bool:
        award = self._judged(facts, orders)
        return award is not None and conclusion(award, payee) == conclusion(self._award, payee)

    def _seldom_needed(self, facts: Sequence[AnyFact]) -> list[Sequence[AnyFact]]:
        """Return what can often be left out as a whole: other claims, and contributions for months not counted."""
        other = [f for f in facts if isinstance(f, ClaimFact) and f.claim != self._number]
        first = self._award.basis.counted_from
        until = month_of(self._award.event_date)
        since = month_of(first) if first else until
        outside: list[AnyFact] = []
        inside: list[AnyFact] = []
        for fact in facts:
            if isinstance(fact, Contributed):
                (outside if fact.last_month < since or fact.first_month > until else inside).append(fact)
        return [other, outside, [] if first else inside]

    def _beginnings(self, facts: Sequence[AnyFact]) -> frozenset[str]:
        """Return the only filing of the claim and the only enrolment: without them there is no claim and no participant."""
        filings = [f.ref for f in facts if isinstance(f, Filed) and f.claim == self._number]
        enrolments = (
            [] if "enrolment" in self._award.missing else [f.ref for f in facts if isinstance(f, Enrolled)]
        )
        return frozenset(ref for refs in (filings, enrolments) if len(refs) == 1 for ref in refs)

    def _months_needed(self, facts: Sequence[AnyFact]) -> frozenset[str]:
        """Return the contributions each of which pays a month that is counted and that no other one pays."""
        first = self._award.basis.counted_from
        if not first:
            return frozenset()
        months = range(month_of(first), month_of(self._award.event_date) + 1)
        paid: dict[int, list[str]] = {}
        for fact in facts:
            if isinstance(fact, Contributed):
                for month in range(max(fact.first_month, months[0]), min(fact.last_month, months[-1]) + 1):
                    paid.setdefault(month, []).append(fact.ref)
        return frozenset(refs[0] for refs in paid.values() if len(refs) == 1)

    def _with_retractions(self, facts: Sequence[AnyFact]) -> Facts:
        """Add each retraction without which what it takes back would change the award, and what that is."""
        if Retracted not in map(type, self._all_facts):
            return tuple(facts)
        found = {id(fact) for fact in facts}
        blocks = [list(self._taken_back({fact.ref for fact in facts}))]
        while blocks:
            block = blocks.pop()
            if not block:
                continue
            back = self._among({*found, *(id(target) for target, _ in block)})
            if self._same(back):
                continue
            if len(block) > 1:
                half = len(block) // 2
                blocks += [block[:half], block[half:]]
            elif self._same(self._among({*found, *map(id, block[0])})):
                found.update(map(id, block[0]))
        return self._among(found)

    def _taken_back(self, refs: Collection[str]) -> Iterator[tuple[AnyFact, Retracted]]:
        """Yield what does not count, with the first retraction that counts and says so.

        Of retractions only those of a fact that is kept: it counts again because they were taken back.
        """
        retractions = [fact for fact in self._all_facts if isinstance(fact, Retracted)]
        struck = struck_in(self._all_facts)
        by: dict[str, Retracted] = {}
        for retraction in retractions:
            if retraction.ref not in struck:
                by.setdefault(retraction.target, retraction)
        for fact in self._all_facts:
            if fact.ref in by and (not isinstance(fact, Retracted) or fact.target in refs):
                yield fact, by[fact.ref]

    def _among(self, ids: Collection[int]) -> Facts:
        return tuple(fact for fact in self._all_facts if id(fact) in ids)

    def _needed_orders(self, facts: Facts) -> Orders:
        """Return the orders without which the award would be another, or a retraction that is cited would not matter."""
        every = [order for orders in self._orders.values() for order in orders]
        if not every:
            return self._orders
        retractions = [fact for fact in facts if isinstance(fact, Retracted)]
        mattering = [facts, *([one for one in facts if one is not left_out] for left_out in retractions)]
        expected = [self._same(one) for one in mattering]

        def of(some: Sequence[Ordered]) -> Orders:
            ids = {id(order) for order in some}
            return {n: [o for o in orders if id(o) in ids] for n, orders in self._orders.items()}

        def same(some: Sequence[Ordered]) -> bool:
            return [self._same(one, of(some)) for one in mattering] == expected

        return of(without_needless(every, every, same))


_FEW = 32
"""So many facts are left out one by one; of more, half of them at once, then half of these."""
_PASSES = 4
"""How often facts are gone through: what one made needed may itself be left out in the end."""


def conclusion(award: Award, payee: str = "") -> tuple[object, ...]:
    """Return all that an award says but which events say so; of its lines those of one payee, if it is named."""
    lines = tuple(_bare(line) for line in award.lines if payee in ("", line.payee))
    reasons = tuple(replace(reason, inputs=()) for reason in award.reasons)
    figures = replace(award.basis, facts=(), orders=())
    place = (award.programme, award.event_date) if not payee else ()
    counted = tuple(paid for paid in award.counted if payee in ("", paid.payee))
    return (award.outcome, *place, lines, counted, award.missing, reasons, figures)


def _bare(line: Line) -> Line:
    return replace(line, inputs=())


def _besides_contributions(facts: Sequence[AnyFact]) -> int:
    return len(facts) - list(map(type, facts)).count(Contributed)


def _when(fact: AnyFact) -> tuple[object, int]:
    return fact.day, fact.position


def without_needless(
    items: Sequence[T], among: Sequence[T], holds: Callable[[Sequence[T]], bool], *, singly: bool = False
) -> list[T]:
    """Leave out of ``items``, latest first, whatever of ``among`` can be left out; all at once where that holds."""
    needed = list(items)
    blocks = [[one] for one in among] if singly else [list(among)]
    while blocks:
        block = blocks.pop()
        if not block:
            continue
        if len(block) == 1:
            fewer = [one for one in needed if one is not block[0]]
        else:
            dropped = set(map(id, block))
            fewer = [one for one in needed if id(one) not in dropped]
        if holds(fewer):
            needed = fewer
        elif len(block) > 1:
            half = len(block) // 2
            blocks += [block[:half], block[half:]]
    return needed
