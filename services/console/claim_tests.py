"""Which audit tests point at a claim, by their last answers, and the findings that were opened about it."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from services.audit_trail.findings import FindingState, findings
from services.console.context import ConsoleContext
from services.console.control_results import kept_controls
from services.controls.hits import Control, ShownHit
from services.controls.registry import CONTROLS


class HitOnClaim(Struct, frozen=True):
    """A hit of a test on the claim, and the last finding about it, if there is one."""

    control: Control
    hit: ShownHit
    finding: FindingState | None


class TestsOfClaim(Struct, frozen=True):
    """What the tests that were asked point at in one claim.

    ``at`` is when that was, ``unasked`` are the tests that were not.
    """

    hits: tuple[HitOnClaim, ...]
    at: dt.datetime
    current: bool
    unasked: tuple[Control, ...]


def tests_of_claim(console: ConsoleContext, claim: str) -> TestsOfClaim | None:
    """Return the hits on a claim in the last answers of the tests; None while nobody has asked them today.

    Nothing is asked for it.
    """
    answers = kept_controls(console)
    if answers is None:
        return None
    about = {
        (finding.opened.control, item): finding
        for finding in findings(console.trail()).values()
        for item in finding.opened.items
    }
    results = [(one, answers.of(one)) for one in CONTROLS]
    return TestsOfClaim(
        hits=tuple(
            HitOnClaim(one, hit, about.get((one.name, hit.hit)))
            for one, result in results
            for hit in (result.hits if result else None) or ()
            if hit.claim == claim
        ),
        at=answers.closed.at,
        current=answers.closed.current,
        unasked=tuple(one for one, result in results if result is None),
    )
