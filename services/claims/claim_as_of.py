"""One claim at a moment: where it stands, its money and its story; and the explanation of what it comes to."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from events.claim import Filed
from events.payment_matching import Discrepancy
from projections import claims, timeline
from projections.as_of import NOW, AsOf
from projections.claims import ClaimRow
from projections.store import View
from projections.timeline import Moment
from services.adjudication.state import State
from services.benefits.scheme import Scheme
from services.book.cut import KnownOn, Recorded, cut_of, cut_within
from services.book.read_models_as_of import Book
from services.claims.moment import as_of, end_of, resolve, unknown, unrecorded
from services.explanation.chain import Explanation, explain
from services.explanation.lookup import ClaimContext, Lookup
from services.ledger.claim_routes import Routes
from services.runtime.bootstrap import Installation


class ClaimAsOf(Struct, frozen=True):
    """A claim at a moment, with everything that had been recorded of it, and what the bank reported that does not fit.

    ``now`` is the claim as it stands today.
    """

    row: ClaimRow
    moments: tuple[Moment, ...]
    mismatches: tuple[Discrepancy, ...]
    now: ClaimRow
    point: AsOf = NOW


def claim_as_of(
    view: View, number: str, known_on: Recorded | None = None, true_on: dt.date | None = None
) -> ClaimAsOf:
    """Return how a claim was at a moment, as the read models know it.

    Raises:
        AdvisedError: nobody has filed it, or not by then, or the positions are not of its partition.
    """
    now = claims.claim(view, number)
    if now is None:
        raise unknown(number)
    end = cut_of(view).by_partition.get(now.partition, now.position)
    point = as_of(known_on, true_on, number, now.partition, now.position, end)
    row = claims.claim(view, number, point)
    if row is None:
        raise unrecorded(number, true_on)
    moments = timeline.moments(view, number, point)
    return ClaimAsOf(row, tuple(moments), tuple(timeline.mismatches(number, moments)), now, point)


def book_of_claim(view: View, viewed: ClaimAsOf, true_on: dt.date | None = None) -> Book:
    """Return the book of which a claim at a moment is a figure.

    It covers the partition of the claim, up to what had been recorded of the claim.
    """
    number, partition = viewed.now.claim, viewed.now.partition
    recorded = timeline.moments(view, number, AsOf(viewed.point.known_on))
    cut = cut_within(partition, recorded[-1].step.position, len(view.positions["claims"]))
    return Book(view, cut, true_on)


class ExplanationAnswer(Struct, frozen=True):
    """An explanation, in the words of a scheme; none for a claim that is not there at the moment looked at."""

    explanation: Explanation | None
    scheme: Scheme
    recorded: bool = False
    """Whether the ledger knows the claim, if only at another moment."""
    filed: bool = False
    """Whether it was filed by then, if only to be taken back."""
    point: AsOf = NOW
    context: ClaimContext | None = None
    """What the ledger knows of the person; None where nobody has filed the claim."""


async def explanation(
    installation: Installation, number: str, known_on: KnownOn | None = None, true_on: dt.date | None = None
) -> ExplanationAnswer:
    """Explain a claim by the ledger, as it was at a moment."""
    today = installation.rulebook
    rulebooks = await installation.rulebooks()
    lookup = Lookup(Routes(installation.core), installation.ledger, rulebooks, today)
    now = await lookup.find(number)
    if now is None:
        return ExplanationAnswer(None, today.scheme)
    moment, end = await resolve(installation, known_on), await end_of(installation, now.partition)
    point = as_of(moment, true_on, number, now.partition, now.position, end)
    context = (await lookup.find(number, point) if point != NOW else None) or now
    return ExplanationAnswer(
        explain(context.state, number, context.rulebook),
        context.rulebook.scheme,
        recorded=True,
        filed=is_filed(context.state, number),
        point=point,
        context=context,
    )


def is_filed(state: State, number: str) -> bool:
    """Whether the claim was filed, if only to be taken back."""
    facts = (*state.facts, *state.waiting)
    return any(isinstance(fact, Filed) and fact.claim == number for fact in facts)
