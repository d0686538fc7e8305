"""The judgement of one claim: deny what is certain, wait for what is missing, refer what is doubtful, else pay."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from events.assessment import Line, Outcome, Reason
from events.findings import Homecare, Incapacity
from services.benefits.award import Award
from services.benefits.calendar import add_months, first_day, month_of
from services.benefits.care import devices, homecare, incapacity, transport, treatment
from services.benefits.case import Case
from services.benefits.checklist import kind_of, missing
from services.benefits.coverage import Coverage, Tenure, coverage_on, tenure_on
from services.benefits.death import jkk_death, jkm_death, periodic
from services.benefits.disability import partial_disability, total_disability
from services.benefits.facts import Ordered
from services.benefits.history import Claim, History
from services.benefits.rulebook import Law, Rulebook
from services.benefits.scholarship import Opened, scholarship

RENEWED = frozenset(("objected", "account-changed"))
"""Reasons that arise anew with each objection or account, so that each needs its own approval."""

BASED_ON_INCOME = frozenset(("jkk.death", "jkk.incapacity", "jkk.disability", "jkk.total-disability"))

Orders = Mapping[str, Sequence[Ordered]]
"""Claim number to the orders made for it so far."""


def assess(history: History, number: str, rulebook: Rulebook, orders: Orders) -> Award:
    """Return what is due for one claim by all facts so far; pure, and the same on every machine."""
    claim = history.claims[number]
    return Judgement(history, claim, rulebook, orders).award()


def scholarship_claims(
    history: History, rulebook: Rulebook, orders: Orders, *, before: Claim | None = None
) -> Iterator[Opened]:
    """Yield the claims of a person that stand and open the scholarship, as filed; all, or those filed earlier."""
    for claim in history.claims.values():
        if claim is before:
            return
        judgement = Judgement(history, claim, rulebook, orders)
        if judgement.opens_scholarship():
            yield claim, judgement.law


class Judgement:
    """The order of judgement over one claim."""

    def __init__(self, history: History, claim: Claim, rulebook: Rulebook, orders: Orders) -> None:
        """Settle programme, date and law, which every later step rests on."""
        self.history, self.claim, self.rulebook, self.orders = history, claim, rulebook, orders
        self.programme = claim.programme
        self.day = claim.event_date
        self.in_force = rulebook.on(self.day).covers(self.programme)
        self.law: Law = rulebook.applied(self.programme, self.day)

    def award(self) -> Award:
        """Judge in the order: unknown, withdrawn, denied, waiting, referred, due."""
        if not self.history.enrolled:
            return self._answer("waiting", missing=("enrolment",))
        if self.claim.withdrawn:
            return self._answer("withdrawn")
        coverage = coverage_on(self.history, self.day, self.law)
        if grounds := self._certain(coverage):
            return self._answer("denied", reasons=grounds)
        if wanted := missing(self.claim):
            return self._answer("waiting", missing=wanted)
        period = coverage.period
        if period is None:
            raise AssertionError("a claim without a membership is denied before this")
        tenure = tenure_on(self.history, period, self.day, self.law)
        case = Case(
            self.history,
            self.claim,
            self.law,
            period,
            tenure,
            self.orders.get(self.claim.number, ()),
            coverage.inputs,
        )
        boundary, limited = self._first_months(tenure)
        lines = tuple(self._lines(case, limited=limited))
        doubts = self._doubts(coverage, lines, boundary=boundary)
        if doubts:
            return self._answer("referred", reasons=doubts)
        return self._answer("due", lines=lines)

    def _answer(
        self,
        outcome: Outcome,
        lines: tuple[Line, ...] = (),
        missing: tuple[str, ...] = (),
        reasons: tuple[Reason, ...] = (),
    ) -> Award:
        laws = self.law.regulations
        return Award(outcome, self.programme, self.day, laws, lines, missing, reasons)

    def _reason(self, code: str, *inputs: str) -> Reason:
        return Reason(code, self.law.citations[code], tuple(dict.fromkeys(ref for ref in inputs if ref)))

    def _certain(self, coverage: Coverage) -> tuple[Reason, ...]:
        grounds = self._own_grounds(coverage)
        if self.claim.is_death and (earlier := self._earlier_death()):
            grounds.append(self._reason("already-claimed", earlier.filed.ref))
        return tuple(sorted(grounds, key=lambda reason: reason.code))

    def _own_grounds(self, coverage: Coverage) -> list[Reason]:
        """Return the certain grounds that lie in this claim itself, whatever became of the person's others."""
        claim, grounds = self.claim, []
        if claim.not_work_related:
            grounds.append(self._reason("not-work-related", claim.cause_ref))
        if coverage.period is not None and self.programme not in coverage.period.programmes:
            grounds.append(self._reason("not-insured", coverage.period.ref))
        if coverage.certain:
            grounds.append(self._reason(coverage.code, *coverage.inputs))
        if self.programme == "JKK" and self._filed_after("jkk.lapse-years"):
            grounds.append(self._reason("claim-lapsed", claim.filed.ref))
        if claim.denied:
            grounds.append(self._reason("review-denied", claim.review_ref))
        return grounds

    def _filed_after(self, limit: str) -> bool:
        return self.claim.filed.day > add_months(self.day, 12 * self.law.whole(limit))

    def _earlier_death(self) -> Claim | None:
        """Return the claim for the same death that stands before this one, if any.

        Of all filed before, the first that is not withdrawn and has no ground of its own: none before it stands.
        """
        for other in self.history.claims.values():
            if other is self.claim:
                return None
            if other.is_death and not other.withdrawn:
                judgement = Judgement(self.history, other, self.rulebook, self.orders)
                if not judgement._own_grounds(coverage_on(self.history, judgement.day, judgement.law)):
                    return other
        return None

    def _first_months(self, tenure: Tenure) -> tuple[bool, bool]:
        """Return whether a JKM death is at the boundary of the first months, and whether it is inside them."""
        if self.programme != "JKM" or "jkm.waiting-months" not in self.law.figures:
            return False, False
        months = self.law.whole("jkm.waiting-months")
        by_date, by_payment = tenure.reached(self.day, months), tenure.months >= months
        return by_date != by_payment, not (by_date or by_payment)

    def _lines(self, case: Case, *, limited: bool) -> list[Line]:
        claim = self.claim
        opened_by = (claim.cause_ref, claim.death_ref)
        if self.programme == "JKM":
            lines = jkm_death(case, limited=limited)
            return lines + self._scholarship(case.tenure, opened_by)
        lines = jkk_death(case) if claim.is_death else periodic(case) if self._total() else []
        lines += treatment(case) + transport(case) + incapacity(case)
        lines += partial_disability(case) + total_disability(case) + devices(case) + homecare(case)
        return lines + self._scholarship(case.tenure, opened_by)

    def _total(self) -> bool:
        return any(kind_of(item) == "total-disability" for item, _ in self.claim.items.values())

    def _scholarship(self, tenure: Tenure, opened_by: tuple[str, ...]) -> list[Line]:
        if not (self.claim.schooling and self._opens_scholarship(tenure)):
            return []
        earlier = scholarship_claims(self.history, self.rulebook, self.orders, before=self.claim)
        return scholarship(earlier, self.claim, self.law, opened_by)

    def _opens_scholarship(self, tenure: Tenure) -> bool:
        if self.programme == "JKM":
            return tenure.months >= self.law.whole("jkm.scholarship-months")
        return self.claim.is_death or self._total()

    def opens_scholarship(self) -> bool:
        """Whether the claim stands, waiting and referred ones too, and opens the scholarship."""
        coverage = coverage_on(self.history, self.day, self.law)
        if self.claim.withdrawn or coverage.period is None or self._certain(coverage):
            return False
        return self._opens_scholarship(tenure_on(self.history, coverage.period, self.day, self.law))

    def _doubts(self, coverage: Coverage, lines: Sequence[Line], *, boundary: bool) -> tuple[Reason, ...]:
        claim, doubts = self.claim, []
        if not self.in_force:
            doubts.append(self._reason("no-law-in-force", claim.filed.ref))
        if coverage.code:
            doubts.append(self._reason(coverage.code, *coverage.inputs))
        if boundary:
            doubts.append(self._reason("three-month-boundary", claim.death_ref, *coverage.inputs))
        if self.programme == "JKM" and self._filed_after("jkm.refer-after-years"):
            doubts.append(self._reason("filed-late", claim.filed.ref))
        if self.programme == "JKK":
            doubts += self._accident_doubts(lines)
        if changed := self._account_changes(lines):
            doubts.append(self._reason("account-changed", *changed))
        if claim.objected_at > claim.approved.get("objected", -1):
            doubts.append(self._reason("objected", claim.objected_ref))
        standing = (d for d in doubts if d.code in RENEWED or d.code not in claim.approved)
        return tuple(sorted(standing, key=lambda reason: reason.code))

    def _accident_doubts(self, lines: Sequence[Line]) -> list[Reason]:
        claim, doubts = self.claim, []
        if any(line.benefit in BASED_ON_INCOME for line in lines) and self._income_raised():
            doubts.append(self._reason("income-raised", self.history.income_in(month_of(self.day))[1]))
        items = list(claim.items.values())
        disabled = [ref for item, ref in items if kind_of(item) in ("disability", "total-disability")]
        if claim.is_death and disabled:
            doubts.append(self._reason("disability-then-death", *disabled, claim.death_ref))
        deaths = list(self.history.deaths())
        late = [
            ref
            for item, ref in items
            if isinstance(item, Incapacity | Homecare)
            and any(item.first_day > died or item.last_day > died for died in deaths)
        ]
        if late:
            doubts.append(self._reason("after-death", *late))
        return doubts

    def _income_raised(self) -> bool:
        """Whether the base is higher than before a declaration that began at most 31 days before the event."""
        month, brackets = month_of(self.day), self.law.brackets
        base = brackets.base(self.history.income_in(month)[0])
        window = self.law.whole("jkk.income-raised-days")
        while (self.day - first_day(month)).days <= window:
            before = brackets.base(self.history.income_in(month - 1)[0])
            if self.history.declared_from(month) and base > before:
                return True
            month -= 1
        return False

    def _account_changes(self, lines: Sequence[Line]) -> list[str]:
        """Return which events changed a paid account after an order, or as another agency than the first.

        The account in force is compared with the one that a person approved last; where nobody has, with that of the
        payee's last order, or with the first one stated.
        """
        claim, changed = self.claim, []
        approved = claim.approved.get("account-changed", -1)
        orders = self.orders.get(claim.number, ())
        for payee in dict.fromkeys(line.payee for line in lines):
            statements = claim.accounts.get(payee, ())
            if not statements:
                continue
            ordered = next((o.account for o in reversed(orders) if o.payee == payee), "")
            first, current = statements[0], statements[-1]
            since = next(
                (s for n, s in enumerate(statements) if all(t.key == current.key for t in statements[n:])),
                current,
            )
            accepted = next((s.key for s in reversed(statements) if s.index <= approved), "")
            differs = current.key != (accepted or ordered or first.key)
            if differs and (ordered or since.agency != first.agency) and since.index > approved:
                changed.append(since.ref)
        return changed
