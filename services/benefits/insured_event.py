"""The insured event of a claim under a scheme: its programme, the day, and whether it is a death."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from services.benefits.claim import Claim
from services.benefits.scheme import Programme, Scheme


class InsuredEvent(NamedTuple):
    """``unrelated``: found to have a cause that the programme does not insure, and no other programme takes it."""

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
