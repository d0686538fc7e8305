"""Four eyes: who had a hand in a claim does not decide on it, nor on an objection to their own decision."""

from __future__ import annotations

from collections.abc import Iterable

from events.claim import Reviewed
from events.message import Message, message
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import ActSent, SampleItemExamined
from services.benefits.history import History
from services.explanation.lookup import ClaimContext
from services.runtime.bootstrap import Installation


def may_decide(
    installation: Installation, trail: Iterable[TrailEntry], context: ClaimContext, number: str, officer: str
) -> Message | None:
    """Return why an officer may not decide on a claim; None where nothing speaks against it."""
    if (why := _had_a_hand(trail, number, officer)) is not None:
        return why
    if _decided_what_is_objected_to(installation, context, number, officer):
        return message("review.own-decision", claim=number)
    return None


def _had_a_hand(trail: Iterable[TrailEntry], number: str, officer: str) -> Message | None:
    """Return what the account did with the claim before: sent what it rests on, or examined it as an auditor."""
    for entry in trail:
        match entry.record:
            case ActSent(claim=claim, what=what) if (entry.by, claim) == (officer, number):
                if what != "claim.reviewed":
                    return message("review.own-act", claim=number, event=what)
            case SampleItemExamined(item=item) if entry.by == officer:
                if item == number or item.startswith(f"{number}."):
                    return message("review.own-audit", claim=number)
    return None


def _decided_what_is_objected_to(
    installation: Installation, context: ClaimContext, number: str, officer: str
) -> bool:
    """Whether the last review before an objection that nobody has answered yet is by this officer, however the name is spaced."""
    claim = History(context.state.facts).claims.get(number)
    if claim is None or not claim.objections:
        return False
    objected_at = claim.objections[-1].position
    reviews = [fact for fact in claim.facts if isinstance(fact, Reviewed)]
    before = [fact for fact in reviews if claim.known_until(fact) < objected_at]
    if not before or len(before) < len(reviews):
        return False
    return before[-1].officer == installation.tokens.officer(officer)
