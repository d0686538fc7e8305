"""What a comparison comes to: claims and rupiah in sum, and figure by figure."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from services.whatif.comparison import ClaimChange
from services.whatif.whole_book import ComparedPart

OPEN = frozenset(("waiting", "referred"))
"""Outcomes with which nothing is ordered and nothing cancelled."""


class FigureSum(Struct, frozen=True):
    """A figure that makes a difference: in how many claims, and what it alone adds to all of them together."""

    figure: str
    before: str
    after: str
    citation: str
    claims: int
    alone: int


class Comparison(Struct, frozen=True, kw_only=True):
    """The book under another rulebook; amounts in rupiah. ``difference`` is ``more`` less ``less``.

    ``rescheduled`` counts the claims with an order that would be due on another day.
    ``undecided`` counts the claims that are, or would be, waiting or referred: until they are decided nothing is
    ordered and nothing cancelled, so their difference is open. ``together`` is what the figures add beyond the sum of
    what each adds alone.
    """

    rulebook: str
    claims: int
    changed: int
    gaining: int
    losing: int
    answered_otherwise: int
    rescheduled: int
    undecided: int
    undecided_difference: int
    more: int
    less: int
    difference: int
    figures: tuple[FigureSum, ...]
    together: int
    changes: tuple[ClaimChange, ...]


def compared(rulebook: str, part: ComparedPart) -> Comparison:
    """Sum up what every claim comes to under the rulebook of this hash."""
    changes = part.changes
    differences = [change.difference for change in changes]
    more = sum(amount for amount in differences if amount > 0)
    less = -sum(amount for amount in differences if amount < 0)
    undecided = [one for one in changes if not OPEN.isdisjoint((one.before.outcome, one.after.outcome))]
    figures = _figures(changes)
    return Comparison(
        rulebook=rulebook,
        claims=part.judged,
        changed=len(changes),
        gaining=sum(amount > 0 for amount in differences),
        losing=sum(amount < 0 for amount in differences),
        answered_otherwise=sum(change.before != change.after for change in changes),
        rescheduled=sum(bool(change.due) for change in changes),
        undecided=len(undecided),
        undecided_difference=sum(change.difference for change in undecided),
        more=more,
        less=less,
        difference=more - less,
        figures=figures,
        together=more - less - sum(one.alone for one in figures),
        changes=tuple(changes),
    )


def _figures(changes: Sequence[ClaimChange]) -> tuple[FigureSum, ...]:
    amounts: dict[tuple[str, str, str, str], list[int]] = {}
    for change in changes:
        for effect in change.effects:
            key = effect.figure, effect.before, effect.after, effect.citation
            amounts.setdefault(key, []).append(effect.alone)
    sums = [FigureSum(*key, len(alone), sum(alone)) for key, alone in amounts.items()]
    return tuple(sorted(sums, key=lambda one: (-abs(one.alone), one.figure, one.before)))
