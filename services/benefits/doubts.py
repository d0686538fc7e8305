"""Reasons that an approval lifts only as they were when it was given: each doubt with the form in which it holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import NamedTuple

from events.assessment import OtherClaim
from services.benefits.history import Claim


class Doubt(NamedTuple):
    """One thing that a person must look at.

    ``form`` is what it is about (the bills, the other claim and its sum, the child): what differs from it is another doubt
    of the same code. ``inputs`` are the facts that say so, ``about`` the items or children by their ids.
    """

    code: str
    form: tuple[Hashable, ...]
    inputs: tuple[str, ...]
    other: OtherClaim | None = None
    about: tuple[str, ...] = ()


def unapproved(
    held: Iterable[Doubt], claim: Claim, held_before: Callable[[int], Iterable[Doubt]]
) -> Iterator[Doubt]:
    """Yield the doubts that no approval lifts.

    ``held_before`` tells which doubts held before the fact at an index: an approval lifts those of the code that it names.
    """
    lifted: dict[str, set[tuple[Hashable, ...]]] = {}
    for doubt in held:
        at = claim.approved.get(doubt.code)
        if at is None:
            yield doubt
            continue
        if doubt.code not in lifted:
            lifted[doubt.code] = {before.form for before in held_before(at) if before.code == doubt.code}
        if doubt.form not in lifted[doubt.code]:
            yield doubt
