"""Reasons that an approval lifts only as they were when it was given: each doubt with the form in which it holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import partial
from typing import NamedTuple

from events.assessment import OtherClaim
from services.benefits.claim import Claim
from services.benefits.history import History


class Doubt(NamedTuple):
    """One thing that a person must look at.

    ``form`` is what it is about (the bills, the other claim and its sum, the child): what differs from it is another
    doubt of the same code. ``inputs`` are the facts that say so, ``about`` the items or children by their ids.
    """

    code: str
    form: tuple[Hashable, ...]
    inputs: tuple[str, ...]
    other: OtherClaim | None = None
    about: tuple[str, ...] = ()


def lifted(history: History, claim: Claim, code: str, holds: Callable[[History, Claim], bool]) -> bool:
    """Whether an approval lifts a reason: it has held in its present form at every moment since the approval.

    ``holds`` tells so of a moment, by what was known then of the person and of the claim.
    """
    approved = claim.approved_until.get(code)
    if approved is None:
        return False
    for then in history.since(approved):
        stated = then.claims.get(claim.number) or then.retracted.get(claim.number)
        if stated is None or not holds(then, stated):
            return False
    return True


def unapproved(
    doubts: Iterable[Doubt],
    history: History,
    claim: Claim,
    doubts_then: Callable[[History, Claim], Iterable[Doubt]],
) -> Iterator[Doubt]:
    """Yield the doubts that no approval lifts; ``doubts_then`` tells which there were at a moment."""
    forms: dict[int, set[tuple[Hashable, ...]]] = {}

    def holds(doubt: Doubt, then: History, stated: Claim) -> bool:
        moment = len(then.all_facts)
        if moment not in forms:
            forms[moment] = {(one.code, one.form) for one in doubts_then(then, stated)}
        return (doubt.code, doubt.form) in forms[moment]

    yield from (doubt for doubt in doubts if not lifted(history, claim, doubt.code, partial(holds, doubt)))
