"""Findings: opened about hits of a control or about exceptions, assessed by a supervisor, followed up until none is left."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from projections.store import View
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
from services.book.cut import cut_of
from services.exceptions.listing import AT_SERVER, EVERY_KIND, ExceptionLine, Sought, exception_lines
from services.sealing.own_key import SealingHolder
from services.texts.errors import advised

_OF_EXCEPTIONS = "exception:"
"""How the name begins under which a finding has exceptions of a kind where another has a control."""


class PresentHits(Struct, frozen=True):
    """The rupiah of what a control points at, by the handles of its hits, in the book at a cut."""

    control: str
    amounts: Mapping[str, int]
    cut: tuple[int, ...]


def of_exceptions(kind: str) -> str:
    """Return under which name a finding is about exceptions of a kind."""
    return f"{_OF_EXCEPTIONS}{kind}"


def exception_kind(control: str) -> str:
    """Return the kind of exception that a finding is about.

    Empty where it is about hits of a control, or no such kind is in the book.
    """
    kind = control.removeprefix(_OF_EXCEPTIONS)
    return kind if kind != control and kind in EVERY_KIND and kind not in AT_SERVER else ""


def exception_handle(line: ExceptionLine) -> str:
    """Return how a finding names an exception of its kind: the claim, and what of it: ``A-1/A-1.1``."""
    return f"{line.claim}/{line.subject}" if line.subject else line.claim


def present_exceptions(view: View, on: dt.date, kind: str, items: Collection[str]) -> PresentHits:
    """Return which exceptions of a kind there are on a day among ``items`` and the others of their claims."""
    claims = sorted({item.partition("/")[0] for item in items})
    lines = (line for claim in claims for line in exception_lines(view, on, Sought(kind=kind, claim=claim)))
    amounts = {exception_handle(line): line.amount for line in lines}
    return PresentHits(of_exceptions(kind), amounts, cut_of(view).positions)


async def open_finding(
    holder: SealingHolder, present: PresentHits, items: Sequence[str], note: str, signature: TrailSignature
) -> str:
    """Open a finding about some of the hits, or exceptions; returns its number.

    Raises:
        AdvisedError: one of the items is no hit now, or there is none.
        FindingError: one of them is in a finding that has not ended.
    """
    hits, kind = tuple(dict.fromkeys(items)), exception_kind(present.control)
    no_hit, cure = ("no-exception", "see-exceptions") if kind else ("no-hit", "see-hits")
    if not hits:
        raise advised("findings.no-item", f"findings.{cure}", control=present.control, kind=kind)
    for item in hits:
        if item not in present.amounts:
            names = {"hit": item, "control": present.control, "kind": kind}
            raise advised(f"findings.{no_hit}", f"findings.{cure}", **names)
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
    """Say, as a supervisor, what a finding is.

    Raises ``FindingError`` where there is none, or for whoever opened it.
    """

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
