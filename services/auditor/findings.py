"""Findings: opened about hits of a control, assessed by a supervisor, followed up until the control is clean."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from services.audit_trail.entries import TrailEntry
from services.audit_trail.findings import (
    FindingState,
    known_finding,
    may_assess,
    may_follow_up,
    may_open,
    next_number,
)
from services.audit_trail.records import FindingAssessed, FindingFollowedUp, FindingOpened, FollowUp, Outcome
from services.audit_trail.trail import TrailSignature, append_decided
from services.sealing.own_key import SealingHolder
from services.texts.errors import advised


class PresentHits(Struct, frozen=True):
    """The rupiah of what a control points at, by the handles of its hits, in the book at a cut."""

    control: str
    amounts: Mapping[str, int]
    cut: tuple[int, ...]


async def open_finding(
    holder: SealingHolder, present: PresentHits, items: Sequence[str], note: str, signature: TrailSignature
) -> str:
    """Open a finding about some of the hits; returns its number.

    Raises:
        AdvisedError: one of the items is no hit now, or there is none.
        FindingError: one of them stands in a finding that has not ended.
    """
    hits = tuple(dict.fromkeys(items))
    if not hits:
        raise advised("findings.no-item", "findings.see-hits", control=present.control)
    for item in hits:
        if item not in present.amounts:
            raise advised("findings.no-hit", "findings.see-hits", hit=item, control=present.control)
    opened: list[FindingOpened] = []

    def decide(trail: list[TrailEntry]) -> list[FindingOpened]:
        may_open(trail, present.control, hits)
        opened[:] = [
            FindingOpened(
                finding=next_number(trail),
                control=present.control,
                items=hits,
                amount=sum(present.amounts[item] for item in hits),
                cut=present.cut,
                note=note,
            )
        ]
        return opened

    await append_decided(holder, decide, **signature)
    return opened[0].finding


async def assess_finding(
    holder: SealingHolder, number: str, outcome: Outcome, note: str, signature: TrailSignature
) -> None:
    """Say, as a supervisor, what a finding is; raises ``FindingError`` where there is none, or for whoever opened it."""

    def decide(trail: list[TrailEntry]) -> list[FindingAssessed]:
        may_assess(known_finding(trail, number), signature["by"])
        return [FindingAssessed(finding=number, outcome=outcome, note=note)]

    await append_decided(holder, decide, **signature)


async def follow_up_finding(
    holder: SealingHolder,
    number: str,
    state: FollowUp,
    present: Collection[str],
    note: str,
    signature: TrailSignature,
) -> None:
    """Record how far a finding was followed; ``present`` are the handles that its control still gives.

    Raises ``FindingError`` where it may not be said, as ``may_follow_up`` has it.
    """

    def decide(trail: list[TrailEntry]) -> list[FindingFollowedUp]:
        may_follow_up(known_finding(trail, number), state, present, signature["reason"])
        return [FindingFollowedUp(finding=number, state=state, note=note)]

    await append_decided(holder, decide, **signature)


def left_of(one: FindingState, present: Collection[str]) -> int:
    """Return how many of the hits of a finding its control still gives."""
    return sum(item in present for item in one.opened.items)


def has_again(one: FindingState, hits_left: int) -> bool:
    """Whether a finding that was followed has hits again."""
    return one.state == "compliant" and hits_left > 0
