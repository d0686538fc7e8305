"""What auditors made of hits.

Findings opened, assessed by a supervisor, followed up, and closed once the test is clean.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from msgspec import Struct
from msgspec.structs import replace

from events.message import message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import (
    FindingAssessed,
    FindingFollowedUp,
    FindingOpened,
    FollowUp,
    Outcome,
)
from services.texts.errors import TextError


class FindingError(TextError):
    """There is no such finding, or this may not be said of it; the message says which and what to do."""


class FindingState(Struct, frozen=True, kw_only=True):
    """A finding and where it stands. ``outcome`` is None until a supervisor has assessed it."""

    opened: FindingOpened
    at: dt.datetime
    by: str
    outcome: Outcome | None = None
    assessed_by: str = ""
    state: FollowUp = "not-started"
    reason: str = ""
    """Why it stands so, as whoever recorded the follow-up said."""

    @property
    def ended(self) -> bool:
        """Whether nothing more is asked for: explained, a false alarm, or followed."""
        return self.outcome in ("explained", "false-alarm") or self.state == "compliant"


def findings(trail: Iterable[TrailEntry]) -> dict[str, FindingState]:
    """Return every finding by its number, in the order in which they were opened."""
    states: dict[str, FindingState] = {}
    for entry in trail:
        match entry.record:
            case FindingOpened() as opened:
                states.setdefault(opened.finding, FindingState(opened=opened, at=entry.time, by=entry.by))
            case FindingAssessed(finding=number, outcome=outcome) if number in states:
                states[number] = replace(states[number], outcome=outcome, assessed_by=entry.by)
            case FindingFollowedUp(finding=number, state=state) if number in states:
                states[number] = replace(states[number], state=state, reason=entry.reason)
    return states


def next_number(trail: Iterable[TrailEntry]) -> str:
    """Return the number of the next finding, counted from ``T-0001``."""
    return f"T-{len(findings(trail)) + 1:04}"


def known_finding(trail: Iterable[TrailEntry], number: str) -> FindingState:
    """Return a finding by its number; raises ``FindingError`` where there is none."""
    state = findings(trail).get(number)
    if state is None:
        raise FindingError(message("findings.unknown", number=number))
    return state


def may_open(trail: Iterable[TrailEntry], control: str, items: Collection[str]) -> None:
    """Refuse to open a finding about a hit that is in one that has not ended; raises ``FindingError``."""
    for number, one in findings(trail).items():
        for item in items:
            if one.opened.control == control and item in one.opened.items and not one.ended:
                raise FindingError(message("findings.is-open", hit=item, number=number))


def may_assess(one: FindingState, by: str) -> None:
    """Refuse that whoever opened a finding also assesses it; raises ``FindingError``."""
    if one.by == by:
        raise FindingError(message("findings.own", number=one.opened.finding))


def may_follow_up(one: FindingState, state: FollowUp, hits: Collection[str], reason: str) -> None:
    """Refuse a follow-up of what is no finding, and a state that it cannot have yet.

    ``compliant`` while the control still has one of its ``hits``; ``cannot-be-followed`` without the valid reason.

    Raises:
        FindingError: one of them.
    """
    number = one.opened.finding
    if one.outcome != "finding":
        raise FindingError(message("findings.not-assessed", number=number))
    hits_left = [item for item in one.opened.items if item in hits]
    if state == "compliant" and hits_left:
        raise FindingError(message("findings.not-clean", number=number, hits=", ".join(hits_left)))
    if state == "cannot-be-followed" and not reason.strip():
        raise FindingError(message("findings.no-reason", number=number))
