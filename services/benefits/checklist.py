"""What must be known before anything is paid: the findings that the rules need, the papers that the programme asks for."""

from __future__ import annotations

from events.findings import Device
from services.benefits.claim import Claim
from services.benefits.insured_event import InsuredEvent


def missing(claim: Claim, insured_event: InsuredEvent) -> tuple[str, ...]:
    """Return what a claim still waits for, sorted: ``document:KIND`` and ``finding:NAME``."""
    programme, is_death = insured_event.programme, insured_event.is_death
    lacking = {f"document:{kind}" for kind in programme.documents if kind not in claim.documents}
    if is_death:
        papers = programme.documents_on_death
        lacking |= {f"document:{kind}" for kind in papers if kind not in claim.documents}
        lacking |= _death_findings(claim, insured_event)
    if programme.insures == "work" and claim.cause is None:
        lacking.add("finding:cause")
    if programme.covers == "accident":
        lacking |= _accident_findings(claim, insured_event)
    return tuple(sorted(lacking))


def _death_findings(claim: Claim, insured_event: InsuredEvent) -> set[str]:
    lacking = set()
    if claim.died_on is None:
        lacking.add("finding:death")
    if claim.heirs is None:
        lacking.add("finding:heirs")
    elif not claim.heirs and not claim.has_burial and insured_event.programme.pays_funeral:
        lacking.add("finding:burial")
    return lacking


def _accident_findings(claim: Claim, insured_event: InsuredEvent) -> set[str]:
    lacking = set()
    if not insured_event.is_death:
        kinds = {item.kind for item, _ in claim.items.values()}
        if not claim.items:
            lacking.add("finding:medical")
        if kinds & insured_event.programme.in_person and not claim.has_participant_account:
            lacking.add("finding:participant_account")
    priced = insured_event.programme.priced
    for item, _ in claim.items.values():
        if isinstance(item, Device) and item.device in priced and not item.reference_price:
            lacking.add("finding:reference_price")
    return lacking
