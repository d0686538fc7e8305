"""The insured event of a claim under a scheme, and its checklist: what must be known before anything is paid for it."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from events.findings import Device
from services.benefits.claim import Claim
from services.benefits.scheme import Programme, Scheme


class InsuredEvent(NamedTuple):
    """The programme of a claim, the day of its event, and whether it is a death.

    ``unrelated``: found to have a cause that the programme does not insure, and no other programme takes it.
    """

    programme: Programme
    day: dt.date
    is_death: bool
    unrelated: bool


def insured_event_of(claim: Claim, scheme: Scheme) -> InsuredEvent:
    """Return what the facts so far make of a claim.

    A death finding in this claim, or a cause filed under a programme for deaths, makes a death; nothing else does. The
    finding of the cause decides the programme where there is one, else the filed cause; only a death changes programme.
    """
    programme = scheme.by_cause[claim.filed.cause]
    is_death = claim.died_on is not None or programme.covers == "death"
    unrelated = False
    if claim.cause is not None and programme.insures != "any":
        unrelated = claim.cause.work_related != (programme.insures == "work")
        if unrelated and is_death and programme.otherwise:
            programme, unrelated = scheme.by_code[programme.otherwise], False
    day = claim.filed.event_date
    if programme.covers == "death" and claim.died_on is not None:
        day = claim.died_on
    return InsuredEvent(programme, day, is_death, unrelated)


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
