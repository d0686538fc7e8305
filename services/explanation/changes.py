"""Changes to a person's facts that take one obstacle out of a claim's way, each with how far it reaches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias, TypeVar

from msgspec import UNSET, Struct
from msgspec.structs import replace

from events.catalogue import AnyFact
from events.claim import Amended, Documented, Filed, RankedChild, Reviewed, Verified, Withdrawn
from events.findings import (
    BurialFinding,
    CauseFinding,
    DeathFinding,
    Device,
    Findings,
    Heir,
    MedicalFinding,
    Treatment,
)
from events.participant import Contributed, Enrolled
from events.personal import Account, Payee
from events.retraction import Retracted
from events.values import month_text
from services.benefits.assess import Orders
from services.benefits.award import Award
from services.benefits.calendar import add_months, first_day, month_of
from services.benefits.claim import Claim
from services.benefits.history import History
from services.benefits.law import Law
from services.benefits.scheme import Programme, Scheme

Facts: TypeAlias = tuple[AnyFact, ...]
Numbers: TypeAlias = Mapping[str, str | int | tuple[str, ...]]
"""What fills the words of a change or an obstacle: dates are ISO, months ``YYYY-MM``, lists are codes."""

SUPPOSED = "?"
"""Agency of facts that are only supposed, and placeholder of whatever nobody can know yet."""
_ACCOUNT = Account(SUPPOSED, SUPPOSED, SUPPOSED)

Apply: TypeAlias = Callable[[Facts], Facts]
"""What a change makes of a person's facts."""

F = TypeVar("F", bound=AnyFact)


class FactChange(Struct, frozen=True):
    """One thing that would have to be otherwise.

    ``open``: it can still come about; else it would have had to be so at the time. ``amount_known`` is False where
    what would be paid depends on what the change would say.
    """

    code: str
    says: Numbers = {}
    open: bool = True
    amount_known: bool = True


class ChangeCandidate(NamedTuple):
    """A change, how far it reaches (smaller is less), and what it makes of the facts."""

    change: FactChange
    weight: int
    apply: Apply


def candidate(
    code: str,
    weight: int,
    apply: Apply,
    /,
    *,
    hindsight: bool = False,
    amount_known: bool = True,
    **says: str | int | tuple[str, ...] | dt.date,
) -> ChangeCandidate:
    """Return a change by its code and the numbers that fill its words; in ``hindsight`` it can no longer come about."""
    numbers = {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in says.items()
    }
    return ChangeCandidate(FactChange(code, numbers, not hindsight, amount_known), weight, apply)


class Stuck(NamedTuple):
    """A claim that is not payable: what a change may look at."""

    history: History
    claim: Claim
    award: Award
    law: Law
    scheme: Scheme
    orders: Orders
    approvals: bool
    """Whether an officer's approval counts as a change."""

    @property
    def programme(self) -> Programme:
        """The programme by which the claim is judged."""
        return self.scheme.by_code[self.award.programme]


def added(fact: Callable[[str, Facts], AnyFact], name: str) -> Apply:
    """Return what appends a supposed fact, made from its reference and the facts before it."""
    return lambda facts: (*facts, fact(f"{SUPPOSED}:{name}", facts))


def restated(kind: type[F], ref: str, **parts: object) -> Apply:
    """Return what lets the event ``ref`` say something else."""
    return lambda facts: tuple(
        replace(fact, **parts) if isinstance(fact, kind) and fact.ref == ref else fact for fact in facts
    )


def verified(number: str, name: str, findings: Findings) -> Apply:
    """Return what adds a finding to a claim."""
    return added(lambda ref, facts: Verified(ref, *after(facts), number, findings), name)


def after(facts: Facts) -> tuple[dt.date, int]:
    """Return day and position of a fact that would come next."""
    return facts[-1].day, facts[-1].position + 1


def what_is_missing(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield what a waiting claim waits for; all its documents at once."""
    claim, missing = stuck.claim, stuck.award.missing
    papers = tuple(code.removeprefix("document:") for code in missing if code.startswith("document:"))
    if papers:
        add_documents = added(
            lambda ref, facts: Documented(ref, *after(facts), claim.number, papers), "documents"
        )
        yield candidate("documents", len(papers), add_documents, documents=papers)
        return
    first = missing[0]
    match first:
        case "enrolment":
            yield _enrolment(stuck)
        case "finding:cause":
            for related, weight in ((True, 2), (False, 3)):
                findings = Findings(cause=CauseFinding(work_related=related))
                code = "cause" if related else "cause-not-work"
                yield candidate(code, weight, verified(claim.number, code, findings))
        case "finding:medical":
            treated = Treatment(item=SUPPOSED, amount=1, provider=SUPPOSED)
            findings = Findings(medical=MedicalFinding(items=[treated]))
            yield candidate("medical", 2, verified(claim.number, "medical", findings), amount_known=False)
        case "finding:reference_price":
            yield _reference_price(claim, stuck.programme.priced)
        case _:
            name = first.removeprefix("finding:")
            yield candidate(name, 2, verified(claim.number, name, _finding(name, claim)))


def _finding(name: str, claim: Claim) -> Findings:
    match name:
        case "death":
            return Findings(death=DeathFinding(died_on=claim.filed.event_date))
        case "heirs":
            return Findings(heirs=[Heir(heir=SUPPOSED, name=SUPPOSED, relation="spouse", account=_ACCOUNT)])
        case "burial":
            return Findings(burial=BurialFinding(arranged_by=Payee(name=SUPPOSED, account=_ACCOUNT)))
        case "participant_account":
            return Findings(participant_account=_ACCOUNT)
        case _:
            raise AssertionError(f"a claim waits for {name}, and nothing says how that could come")


def _reference_price(claim: Claim, priced: frozenset[str]) -> ChangeCandidate:
    stated = [
        replace(item, reference_price=item.amount)
        for item, _ in claim.items.values()
        if isinstance(item, Device) and item.device in priced and item.reference_price in (UNSET, 0)
    ]
    findings = Findings(medical=MedicalFinding(items=list(stated)))
    items = tuple(item.item for item in stated)
    apply = verified(claim.number, "reference_price", findings)
    return candidate("reference_price", 2, apply, amount_known=False, items=items)


def _enrolment(stuck: Stuck) -> ChangeCandidate:
    """The enrolment of the person, with the contribution for the month of the event where that is unknown too."""
    day, paid = stuck.award.event_date, stuck.history.months
    starts_on = min((day, *(first_day(month) for month in paid)))
    month = month_of(day)
    programmes = tuple(stuck.scheme.by_code)

    def apply(facts: Facts) -> Facts:
        attributes = (*after(facts),)
        enrolled = Enrolled(f"{SUPPOSED}:enrolment", *attributes, starts_on, programmes, 0, "")
        return (*facts, enrolled, Contributed(f"{SUPPOSED}:paid", *attributes, month, month, day))

    code = "enrolment" if month in paid else "enrolment-and-month"
    return candidate(code, 5, apply, amount_known=False, starts_on=starts_on, month=month_text(month))


def approval(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield an officer's approval that names every reason for which the claim was referred."""
    codes = tuple(reason.code for reason in stuck.award.reasons)
    number = stuck.claim.number
    if stuck.approvals:
        approved = added(lambda ref, facts: Reviewed(ref, *after(facts), number, True, codes), "approval")
        yield candidate("approval", 10, approved, reasons=codes)


def another_review(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield a review that takes an officer's denial back."""
    number = stuck.claim.number
    reviewed = added(lambda ref, facts: Reviewed(ref, *after(facts), number, True, ()), "review")
    yield candidate("another-review", 10, reviewed)


def another_cause(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield a new finding that work did cause what happened."""
    findings = Findings(cause=CauseFinding(work_related=True))
    apply = verified(stuck.claim.number, "cause-corrected", findings)
    yield candidate("cause-corrected", 4_000_000, apply)


def filed_in_time(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the filing on the last day of the limit that it missed."""
    filing = stuck.programme.filing
    if not filing:
        return
    last = add_months(stuck.award.event_date, 12 * stuck.law.whole(filing.years))
    filed = stuck.claim.filed
    days = (filed.day - last).days
    apply = restated(Filed, filed.ref, day=last)
    yield candidate("filed-in-time", 5_000_000 + days, apply, hindsight=True, days=days, last=last)


def children_amended(claim: Claim) -> ChangeCandidate | None:
    """Return the amendment of a filing by the children whose school is confirmed and whom it does not name."""
    named = {child.label for child in claim.filed.children}
    years = {
        fact.child: fact.school_year
        for fact in claim.schooling.values()
        if fact.studying and fact.child not in named
    }
    if not years:
        return None
    added_children = (RankedChild(label, dt.date(year - _AT_SCHOOL, 1, 2)) for label, year in years.items())
    apply = _amended(claim, (*claim.filed.children, *added_children))
    children, agency = tuple(years), claim.filed.agency
    return candidate("children-amended", 2, apply, amount_known=False, children=children, agency=agency)


_AT_SCHOOL = 12
"""An age at which every child is at school, supposed of one whose birth date nobody has stated."""


def _amended(claim: Claim, children: tuple[RankedChild, ...]) -> Apply:
    """Return what lets the agency that filed a claim state its children anew."""
    ref = f"{claim.filed.agency}:{SUPPOSED}children"
    return lambda facts: (*facts, Amended(ref, *after(facts), claim.number, children))


def birth_date_amended(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the amendment of a birth date by which a child is the one that an earlier claim names by the same label."""
    for reason in stuck.award.reasons:
        if reason.code != "child-unclear" or not reason.others:
            continue
        born = {
            child.label.casefold(): child.birth_date
            for other in reason.others
            for child in stuck.history.claims[other.claim].filed.children
        }
        children = tuple(
            replace(child, birth_date=born.get(child.label.casefold(), child.birth_date))
            if child.label in reason.about
            else child
            for child in stuck.claim.filed.children
        )
        yield candidate(
            "birth-date-amended",
            20,
            _amended(stuck.claim, children),
            children=reason.about,
            others=tuple(other.claim for other in reason.others),
            agency=stuck.claim.filed.agency,
        )


def first_claim_withdrawn(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the withdrawal of the first claim for the same death or accident, unless money was ordered for it."""
    reasons = [r for r in stuck.award.reasons if r.code in ("already-claimed", "same-accident")]
    cited = {ref for reason in reasons for ref in reason.inputs}
    for other in stuck.history.claims.values():
        ordered = any(order.stands for order in stuck.orders.get(other.number, ()))
        if other.filed.ref in cited and other is not stuck.claim and not ordered:
            yield candidate("first-claim-withdrawn", 6_000_000, _withdrawn(other.number), other=other.number)


def _withdrawn(number: str) -> Apply:
    return added(lambda ref, facts: Withdrawn(ref, *after(facts), number), f"withdrawn-{number}")


def taken_up_again(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the retraction of every withdrawal of the claim."""
    refs = tuple(
        fact.ref
        for fact in stuck.history.facts
        if isinstance(fact, Withdrawn) and fact.claim == stuck.claim.number
    )

    def apply(facts: Facts) -> Facts:
        taken_back = (Retracted(f"{SUPPOSED}:back-{ref}", *after(facts), ref) for ref in refs)
        return (*facts, *taken_back)

    yield candidate("taken-up-again", 30, apply, events=refs)
