"""The judgement of one claim: deny what is certain, wait for what is missing, refer what is doubtful, else pay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from events.assessment import Asked, Basis, Counted, Line, OtherClaim, Outcome, Reason
from events.findings import Disability, Homecare, Incapacity, TotalDisability
from services.benefits.award import Award, Ordered
from services.benefits.calendar import add_months, first_day, month_of
from services.benefits.case import Case, Opened
from services.benefits.claim import Claim, since
from services.benefits.coverage import Coverage, Tenure, coverage_on, tenure_on
from services.benefits.doubts import Doubt, lifted, unapproved
from services.benefits.families.bills import repeated
from services.benefits.families.scholarship import displaced, unclear
from services.benefits.heirs import ordered_by
from services.benefits.history import History
from services.benefits.insured_event import insured_event_of, missing
from services.benefits.law import Law
from services.benefits.paid_before import EarlierPayments
from services.benefits.payees import PAYEE_REASONS, payee_doubts, shares_of
from services.benefits.rulebook import Rulebook

RENEWED = PAYEE_REASONS | {"objected", "account-changed"}
"""Reasons that arise anew with each objection, account, list or return, so that each needs its own approval."""

Orders = Mapping[str, Sequence[Ordered]]
"""Claim number to the orders made for it so far."""


def assess(history: History, number: str, rulebook: Rulebook, orders: Orders) -> Award:
    """Return what is due for one claim by all facts so far; pure, and the same on every machine."""
    claim = history.claims[number]
    return Judgement(history, claim, rulebook, orders).award()


def scholarship_claims(
    history: History, rulebook: Rulebook, orders: Orders, *, before: Claim | None = None
) -> Iterator[Opened]:
    """Yield the valid claims of a person that open the scholarship, as filed; all, or those filed earlier."""
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
        self.insured_event = insured_event_of(claim, rulebook.scheme)
        self.programme, self.day = self.insured_event.programme, self.insured_event.day
        self.in_force = self.programme.code in rulebook.on(self.day).covered
        self.law: Law = rulebook.applied(self.programme.code, self.day)
        self.paid_before = EarlierPayments(
            history, claim, self.insured_event, rulebook.scheme, orders, lambda other: self._of(other).grounds
        )
        self.counted: Tenure | None = None
        self.made = orders.get(claim.number, ())
        self.lifted: set[str] = set()
        self.asked: list[Asked] = []

    def award(self) -> Award:
        """Judge in the order: unknown, withdrawn, denied, waiting, referred, due."""
        if not self.history.enrolled:
            return self._answer("waiting", missing=("enrolment",))
        if self.claim.withdrawn:
            return self._answer("withdrawn")
        if self.grounds:
            return self._answer("denied", reasons=self.grounds)
        if lacking := missing(self.claim, self.insured_event):
            return self._answer("waiting", missing=lacking)
        if self._asks_months():
            self.counted = self.tenure
        if doubts := self._doubts():
            return self._answer("referred", reasons=doubts)
        return self._answer("due", lines=self.lines, counted=self.paid_before.counted_as_ordered())

    @cached_property
    def coverage(self) -> Coverage:
        """The coverage on the day of the event; only of somebody who is enrolled."""
        return coverage_on(self.history, self.day, self.law)

    @cached_property
    def grounds(self) -> tuple[Reason, ...]:
        """The reasons for which the claim is denied."""
        grounds = [*self.own_grounds]
        if self.insured_event.is_death and (earlier := self._earlier_death()):
            grounds.append(self._reason("already-claimed", earlier.filed.ref))
        return tuple(sorted(grounds, key=lambda reason: reason.code))

    def _of(self, other: Claim) -> Judgement:
        """Return the judgement of another claim of the person by the same facts and orders."""
        return Judgement(self.history, other, self.rulebook, self.orders)

    @cached_property
    def tenure(self) -> Tenure:
        """How long the membership has run on the day of the event; only of a claim that has one."""
        if self.coverage.period is None:
            raise AssertionError("a claim without a membership is denied before this")
        return tenure_on(self.history, self.coverage.period, self.day, self.law)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What the benefits of the programme pay; nothing without a membership."""
        if self.coverage.period is None:
            return ()
        case = Case(
            self.claim,
            self.law,
            self.coverage.period,
            self.tenure,
            (*self.paid_before.to_participant(), *self.made),
            self.coverage.inputs,
            self._opened_earlier,
            is_death=self.insured_event.is_death,
            income=self.history.income_in(month_of(self.day)) if self.programme.of_income else None,
        )
        _, limited = self._first_months()
        due = (one for one in self.programme.benefit if one.from_first_day or not limited)
        lines = tuple(line for benefit in due for line in benefit.lines(case))
        self.asked += case.asked
        return lines

    def _opened_earlier(self) -> Iterator[Opened]:
        """Return the claims filed before this one that open the scholarship too."""
        return scholarship_claims(self.history, self.rulebook, self.orders, before=self.claim)

    def _answer(
        self,
        outcome: Outcome,
        lines: tuple[Line, ...] = (),
        missing: tuple[str, ...] = (),
        reasons: tuple[Reason, ...] = (),
        counted: tuple[Counted, ...] = (),
    ) -> Award:
        start: dt.date | UnsetType = self.counted.start if self.counted else UNSET
        months = self.counted.months if self.counted else 0
        questions = tuple(dict.fromkeys(self.asked))
        basis = Basis((), (), start, months, tuple(sorted(self.lifted)), questions)
        before = ordered_by(self.made)
        shares = shares_of(self.claim, self.insured_event, self.law, before)
        laws = self.law.regulations
        code, day = self.programme.code, self.day
        return Award(outcome, code, day, laws, lines, missing, reasons, shares, basis, counted)

    def _reason(self, code: str, *inputs: str) -> Reason:
        return Reason(code, self.law.citations[code], tuple(dict.fromkeys(ref for ref in inputs if ref)))

    @cached_property
    def own_grounds(self) -> Sequence[Reason]:
        """Return the certain grounds that lie in this claim itself, whatever became of the person's others."""
        claim, coverage = self.claim, self.coverage
        grounds: list[Reason] = []
        if self.insured_event.unrelated:
            grounds.append(self._reason("not-work-related", claim.cause_ref))
        if coverage.period is not None and self.programme.code not in coverage.period.programmes:
            grounds.append(self._reason("not-insured", coverage.period.ref))
        if coverage.certain:
            grounds.append(self._reason(coverage.code, *coverage.inputs))
        grounds += self._filed_late("deny")
        if claim.denied:
            grounds.append(self._reason("review-denied", claim.review_ref))
        elif claim.overruled:
            self.lifted.add("review-denied")
        return grounds

    def _filed_late(self, late: str) -> list[Reason]:
        filing, filed = self.programme.filing, self.claim.filed
        if not filing or filing.late != late:
            return []
        is_late = filed.day > add_months(self.day, 12 * self.law.whole(filing.years))
        return [self._reason(filing.reason, filed.ref)] if is_late else []

    def _asks_months(self) -> bool:
        """Whether the number of months paid decides anything: the waiting months, or the scholarship on a death."""
        opening = self.programme.scholarship
        school = bool(self.claim.schooling) and opening is not None and bool(opening.after_months)
        return school or self.programme.first_months in self.law.figures

    def _earlier_death(self) -> Claim | None:
        """Return the valid claim for the same death that was filed before this one, if any.

        It is the first of all filed before that is not withdrawn and has no ground of its own to be denied.
        """
        for other in self.history.claims.values():
            if other is self.claim:
                return None
            judgement = self._of(other)
            if not judgement.insured_event.is_death:
                continue
            grounds = tuple(sorted(reason.code for reason in judgement.own_grounds))
            if not (other.withdrawn or grounds):
                return other
            self.asked.append(Asked(other.number, ("withdrawn",) if other.withdrawn else grounds))
        return None

    def _first_months(self) -> tuple[bool, bool]:
        """Return whether a death is at the boundary of the first months, and whether it is inside them."""
        if self.programme.first_months not in self.law.figures:
            return False, False
        months = self.law.whole(self.programme.first_months)
        by_date, by_payment = self.tenure.reached(self.day, months), self.tenure.months >= months
        return by_date != by_payment, not (by_date or by_payment)

    def opens_scholarship(self) -> bool:
        """Whether the claim is valid, also where it waits or is referred, and opens the scholarship."""
        opening = self.programme.scholarship
        if opening is None or self.claim.withdrawn or self.coverage.period is None or self.grounds:
            return False
        is_death, months = self.insured_event.is_death, self.tenure.months
        total = bool(self.claim.stated(TotalDisability))
        return opening.opens(is_death=is_death, total=total, months=months, law=self.law)

    def _doubts(self) -> tuple[Reason, ...]:
        claim, coverage, doubts = self.claim, self.coverage, []
        if not self.in_force:
            doubts.append(self._reason("no-law-in-force", claim.filed.ref))
        if coverage.code:
            doubts.append(self._reason(coverage.code, *coverage.inputs))
        at_boundary, _ = self._first_months()
        if at_boundary:
            doubts.append(self._reason("three-month-boundary", claim.death_ref, *coverage.inputs))
        doubts += self._filed_late("refer")
        if self.programme.covers == "accident":
            doubts += self._accident_doubts()
        then = claim.orders_at_approval("account-changed", self.made)
        if changed := self._account_changes(self.made, claim.approved_until.get("account-changed", -1)):
            doubts.append(self._reason("account-changed", *changed))
        elif "account-changed" in claim.approved and self._account_changes(then, -1):
            self.lifted.add("account-changed")
        for doubt in payee_doubts(self.history, claim, self.insured_event, self.law, self.lines, self.made):
            if doubt.lifted:
                self.lifted.add(doubt.code)
            else:
                doubts.append(replace(self._reason(doubt.code, *doubt.inputs), about=doubt.about))
        answered = claim.approved_until.get("objected", -1)
        open_still = [o for o in claim.objections if claim.counts_since(o) > answered]
        if open_still:
            doubts.append(self._reason("objected", open_still[-1].ref))
        elif claim.objections:
            self.lifted.add("objected")
        standing = [d for d in doubts if d.code in RENEWED or d.code not in claim.approved]
        self.lifted.update(doubt.code for doubt in doubts if doubt not in standing)
        standing += self._as_they_are()
        return tuple(sorted(standing, key=lambda reason: reason.code))

    def _as_they_are(self) -> Iterator[Reason]:
        """Yield the reasons that an approval lifts only in the form that they had when it was given."""
        by_code: dict[str, list[Doubt]] = {}
        every = list(self._doubts_of_form())
        standing = list(unapproved(every, self.history, self.claim, self._doubts_then))
        self.lifted.update(doubt.code for doubt in every if doubt not in standing)
        if self._orders_given_up():
            self.lifted.add("child-unclear")
        for doubt in standing:
            by_code.setdefault(doubt.code, []).append(doubt)
        for code, doubts in by_code.items():
            inputs = (ref for doubt in doubts for ref in doubt.inputs)
            others = tuple(dict.fromkeys(doubt.other for doubt in doubts if doubt.other))
            about = tuple(dict.fromkeys(label for doubt in doubts for label in doubt.about))
            yield replace(self._reason(code, *inputs), others=others, about=about)

    def _orders_given_up(self) -> bool:
        """Whether an approval was of children who had lost their place, also where it let their orders be cancelled."""
        orders = self.claim.orders_at_approval("child-unclear", self.made)
        if not (orders and self.law.scholarship):
            return False

        def displaced_in(history: History, claim: Claim) -> set[tuple[str, ...]]:
            then = Judgement(history, claim, self.rulebook, self.orders)
            return {doubt.about for doubt in displaced(claim, orders, then._opened_earlier(), then.law)}

        now = displaced_in(self.history, self.claim)
        return bool(now) and lifted(
            self.history,
            self.claim,
            "child-unclear",
            lambda history, claim: now <= displaced_in(history, claim),
        )

    def _doubts_of_form(self) -> Iterator[Doubt]:
        """Yield every doubt of that kind, approved or not."""
        yield from self.paid_before.doubts()
        if self.programme.covers == "accident":
            yield from repeated(self.claim)
            yield from self._same_accident()
        if self.law.scholarship:
            yield from displaced(self.claim, self.made, self._opened_earlier(), self.law)
        if any(line.payee.startswith("child:") for line in self.lines):
            yield from unclear(self.claim, self._opened_earlier(), self.law, self.lines)

    def _doubts_then(self, history: History, claim: Claim) -> Iterable[Doubt]:
        """Return which of them held when that was known."""
        last = max(fact.position for fact in history.all_facts)
        orders = {
            number: [order for order in claim_orders if order.made_at <= last]
            for number, claim_orders in self.orders.items()
        }
        earlier = Judgement(history, claim, self.rulebook, orders)
        return earlier._doubts_of_form()

    def _same_accident(self) -> Iterator[Doubt]:
        """Yield each valid claim filed earlier for the same accident."""
        for other in self.history.claims.values():
            if other is self.claim:
                return
            judgement = self._of(other)
            if (judgement.programme, judgement.day) != (self.programme, self.day):
                continue
            fallen = ("withdrawn",) if other.withdrawn else tuple(one.code for one in judgement.grounds)
            if fallen:
                self.asked.append(Asked(other.number, fallen))
            else:
                inputs = (*other.filing("event_date", "cause"), *self.claim.filing("event_date", "cause"))
                yield Doubt("same-accident", (other.number,), inputs, OtherClaim(other.number))

    def _accident_doubts(self) -> list[Reason]:
        claim, programme, doubts = self.claim, self.programme, []
        of_income = any(line.benefit in programme.of_income for line in self.lines)
        if programme.income_raised and of_income and self._income_raised(programme.income_raised):
            doubts.append(self._reason("income-raised", self.history.income_in(month_of(self.day))[1]))
        insured = [(item, ref) for item, ref in claim.items.values() if item.kind in programme.in_person]
        disabled = [ref for item, ref in insured if isinstance(item, Disability | TotalDisability)]
        if self.insured_event.is_death and disabled:
            doubts.append(self._reason("disability-then-death", *disabled, claim.death_ref))
        deaths = list(self.history.deaths())
        late = [
            ref
            for item, ref in insured
            if isinstance(item, Incapacity | Homecare)
            and any(item.first_day > died or item.last_day > died for died in deaths)
        ]
        if late:
            doubts.append(self._reason("after-death", *late))
        return doubts

    def _income_raised(self, days: str) -> bool:
        """Whether the base is higher than before a declaration that began at most so many days before the event."""
        month, brackets = month_of(self.day), self.law.brackets
        base = brackets.base(self.history.income_in(month)[0])
        window = self.law.whole(days)
        while (self.day - first_day(month)).days <= window:
            before = brackets.base(self.history.income_in(month - 1)[0])
            if self.history.declared_from(month) and base > before:
                return True
            month -= 1
        return False

    def _account_changes(self, orders: Sequence[Ordered], approved: int) -> list[str]:
        """Return which events changed a paid account after an order, or as another agency than the first.

        ``approved`` is the position up to which such changes were approved, -1 where none was; it covers the
        statements that have counted ever since.

        The account in force is compared with the one that a person approved last; where nobody has, with that of the
        payee's last order, or with the first one stated. An account to which an order was made since it was stated has
        passed this before.
        """
        claim, changed = self.claim, []
        for payee in dict.fromkeys(line.payee for line in self.lines):
            statements = claim.accounts.get(payee, ())
            if not statements:
                continue
            ordered = next((o.account for o in reversed(orders) if o.payee == payee), "")
            first, current = statements[0], since(statements)
            if current is first and not ordered:
                continue
            accepted_statements = [
                s for s in statements if s.position <= approved and claim.counts_since(s) <= approved
            ]
            accepted = accepted_statements[-1].key if accepted_statements else ""
            passed = any(
                o.payee == payee and o.account == current.key and o.made_at >= current.position
                for o in orders
            )
            differs = current.key != (accepted or ordered or first.key) and not passed
            if differs and (ordered or current.fact.agency != first.fact.agency):
                changed.append(current.ref)
        return changed
