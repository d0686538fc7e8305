"""Changes to what is said of payees and payments by which a doubt about who is paid would not arise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from msgspec import UnsetType
from msgspec.structs import replace

from events.bank import Paid, Returned
from events.catalogue import AnyFact
from events.claim import Schooled, Verified
from events.findings import Findings, Heir, MedicalItem, Treatment
from events.personal import Payee, Person
from services.benefits.claim import Claim
from services.benefits.heirs import BURIAL, Heirs, ordered_by
from services.benefits.persons import named
from services.explanation.changes import (
    SUPPOSED,
    ChangeCandidate,
    Facts,
    Stuck,
    after,
    candidate,
    restated,
    verified,
)

_REACH = 20
"""Further than an officer's approval, and still to come."""

P = TypeVar("P", Payee, Person, Heir)


def payment_named(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the returns as the bank would tell them with their payments.

    Where there are several, the newest payment comes back first.
    """
    about = tuple(order for reason in stuck.award.reasons for order in reason.about)
    claim = stuck.claim
    apply: list[tuple[str, str]] = []
    for order in stuck.orders.get(claim.number, ()):
        unclear = claim.settlement(order).unclear
        statements = [fact for fact in claim.bank.get(order.order, ()) if fact.position > order.made_at]
        paid = sorted((f for f in statements if isinstance(f, Paid)), key=lambda f: (f.paid_on, f.position))
        returns = (f.ref for f in statements if isinstance(f, Returned) and f.position in unclear)
        apply += zip(returns, (payment.reference for payment in reversed(paid)), strict=False)

    def with_payments(facts: Facts) -> Facts:
        for ref, payment in apply:
            facts = restated(Returned, ref, payment=payment)(facts)
        return facts

    if apply:
        yield candidate("payment-named", _REACH, with_payments, orders=about)


def heirs_as_ordered(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the list of heirs stated anew by which the claim has ordered."""
    claim, law = stuck.claim, stuck.law
    before = dict(ordered_by(stuck.orders.get(claim.number, ())))
    facts = stuck.history.all_facts
    for sent, fact in reversed(list(zip(facts, named(facts), strict=True))):
        if not isinstance(fact, Verified) or not isinstance(sent, Verified) or fact.claim != claim.number:
            continue
        stated, heirs = fact.findings.heirs, sent.findings.heirs
        if not isinstance(stated, list) or not isinstance(heirs, list):
            continue
        shares = Heirs(stated, law.ranks, law.currency).shares or BURIAL
        if dict(shares) == before:
            apply = verified(claim.number, "heirs-as-ordered", Findings(heirs=heirs))
            yield candidate("heirs-as-ordered", _REACH, apply, payees=tuple(before))
            return


def another_payee(stuck: Stuck) -> Iterator[ChangeCandidate]:
    """Yield the heirs stated without the participant, and what names the participant stated with another NIK."""
    claim = stuck.claim
    reason = next(one for one in stuck.award.reasons if one.code == "payee-is-deceased")
    others = [heir for heir in claim.heirs or () if heir.nik != claim.filed.nik]
    if others and len(others) < len(claim.heirs or ()):
        apply = verified(claim.number, "heirs-without", Findings(heirs=others))
        yield candidate("heirs-without", _REACH - 1, apply, payees=reason.about)
    stated = (fact for fact in stuck.history.facts if isinstance(fact, Verified | Schooled))
    naming = tuple(fact for fact in stated if fact.ref in reason.inputs)

    def corrected(facts: Facts) -> Facts:
        for fact in naming:
            facts = (*facts, _corrected(fact, claim, facts))
        return facts

    yield candidate("payee-corrected", _REACH, corrected, payees=reason.about)


def _corrected(fact: Verified | Schooled, claim: Claim, facts: Facts) -> AnyFact:
    """Return what a fact states, stated anew after all others, with another NIK wherever it has the participant's."""
    nik, (day, position) = claim.filed.nik, after(facts)
    ref = f"{SUPPOSED}:corrected-{fact.ref}"
    if isinstance(fact, Schooled):
        return replace(fact, ref=ref, day=day, position=position, nik=SUPPOSED)
    findings = fact.findings
    if isinstance(findings.heirs, list):
        findings = replace(findings, heirs=[_heir(heir, nik) for heir in findings.heirs])
    if findings.burial:
        findings = replace(
            findings, burial=replace(findings.burial, arranged_by=_person(findings.burial.arranged_by, nik))
        )
    if findings.medical and findings.medical.items:
        items = [_item(item, nik) for item in findings.medical.items]
        findings = replace(findings, medical=replace(findings.medical, items=items))
    return replace(fact, ref=ref, day=day, position=position, findings=findings)


def _heir(heir: Heir, nik: str) -> Heir:
    return replace(_person(heir, nik), guardian=_if_named(heir.guardian, nik))


def _item(item: MedicalItem, nik: str) -> MedicalItem:
    return replace(item, payee=_if_named(item.payee, nik)) if isinstance(item, Treatment) else item


def _if_named(person: P | UnsetType, nik: str) -> P | UnsetType:
    return _person(person, nik) if person else person


def _person(person: P, nik: str) -> P:
    return replace(person, nik=SUPPOSED) if person.nik == nik else person
