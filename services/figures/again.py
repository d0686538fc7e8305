"""A figure asked for again: of the same book, and of today's, with what moved in between."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from msgspec import Struct

from events.message import message
from projections import claims, timeline
from projections.as_of import NOW, AsOf
from projections.store import Store, View
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import FigureRecorded
from services.book.cut import Cut, cut_within
from services.book.movements import moved, of_claim
from services.book.person import fill_with, recorded_of
from services.book.read_models_as_of import fill
from services.figures.bridge import FigureClaim, Shares, difference, moved_claims, shares
from services.figures.figure import FigureError
from services.figures.queries import QUERIES, AskedBook, Query, Sources
from services.figures.totals import Totals
from services.ledger.partitions import partition_of


class FigureAgain(Struct, frozen=True, kw_only=True):
    """A figure asked for again. ``again`` is of the same book, ``today`` of the book as it is now, at the cut ``now``.

    ``claims`` are the claims of its question that moved between the two; none where the figure follows the trail, or
    is of no claims. Where it is a sum over claims their movements come to ``movement``.
    """

    recorded: FigureRecorded
    first: dt.datetime
    """When it was shown first."""
    shown: int
    """How often it was shown."""
    again: Totals
    today: Totals
    now: Cut
    claims: tuple[FigureClaim, ...] = ()

    @property
    def same(self) -> bool:
        """Whether it is the same number again."""
        return self.again == self.recorded.totals

    @property
    def movement(self) -> Totals:
        """What leads from it to today's, by name."""
        return difference(self.again, self.today)


async def ask_again(
    entries: Sequence[tuple[TrailEntry, FigureRecorded]],
    sources: Sources,
    now: Cut,
    advanced: Callable[[int], object] = lambda _: None,
) -> FigureAgain:
    """Ask the question of a figure again, at its cut and at ``now``; ``advanced`` is told of the events taken for it.

    Raises:
        FigureError: this program does not know the query, or what was asked can no longer be read.
    """
    entry, recorded = entries[0]
    query = QUERIES.get(recorded.query)
    if query is None:
        raise FigureError(message("figure.unknown-query", handle=recorded.handle, query=recorded.query))
    asking = _Asking(query, recorded, sources, advanced)
    match query.of:
        case "book":
            again, today, claims_moved = await asking.of_book(now)
        case "person":
            again, today, claims_moved = await asking.of_person()
        case "trail":
            again, today, claims_moved = await asking.of_trail()
    return FigureAgain(
        recorded=recorded,
        first=entry.time,
        shown=len(entries),
        again=again,
        today=today,
        now=now,
        claims=claims_moved,
    )


_Answered = tuple[Totals, Totals, tuple[FigureClaim, ...]]
"""What it comes to again, what today, and which claims moved in between."""


class _Asking:
    """One figure that is asked for again."""

    def __init__(
        self, query: Query, recorded: FigureRecorded, sources: Sources, advanced: Callable[[int], object]
    ) -> None:
        self._query, self._recorded, self._sources, self._advanced = query, recorded, sources, advanced
        self._cut, self._true_on = Cut(recorded.cut), recorded.true_on

    async def of_book(self, now: Cut) -> _Answered:
        ledger = self._sources.ledger
        with Store.temporary() as store:
            await fill(store, ledger, self._cut, self._true_on, advanced=self._advanced)
            with store.view() as view:
                again, then = await self._ask(view, self._cut), shares(view, self._recorded)
            movements = await moved(store, ledger, self._cut, now, self._true_on, advanced=self._advanced)
            await fill(store, ledger, now, self._true_on)
            with store.view() as view:
                today, at_end = await self._ask(view, now), shares(view, self._recorded)
            return again, today, moved_claims(then, at_end, {one.claim for one in movements.claims})

    async def of_person(self) -> _Answered:
        """Ask of the person's events alone: the same time in a book of any size."""
        person = await self._person()
        entries = await recorded_of(self._sources.ledger, person)
        partitions = self._sources.ledger.partitions
        partition = partition_of(person, partitions)
        last = entries[-1].position if entries else 0
        cuts = self._cut, cut_within(partition, max(last, *self._cut.positions), partitions)
        answers, claim_shares, persons = list[Totals](), list[Shares | None](), set[str]()
        for cut in cuts:
            with Store.temporary() as store:
                fill_with(store, entries, AsOf(cut.positions[partition], self._true_on))
                with store.view() as view:
                    answers.append(await self._ask(view, cut))
                    claim_shares.append(shares(view, self._recorded))
                    persons = _moved(view, person, self._cut)
        return answers[0], answers[1], moved_claims(claim_shares[0], claim_shares[1], persons)

    async def of_trail(self) -> _Answered:
        """Ask of the trail as it was, then of the whole trail, over the same book."""
        with Store.temporary() as store:
            await fill(store, self._sources.ledger, self._cut, self._true_on, advanced=self._advanced)
            with store.view() as view:
                again = await self._ask(view, self._cut)
                parameters = {
                    name: value for name, value in self._recorded.parameters.items() if name != "trail"
                }
                return again, await self._query.ask(self._book(view, self._cut), parameters), ()

    async def _ask(self, view: View, cut: Cut) -> Totals:
        return await self._query.ask(self._book(view, cut), self._recorded.parameters)

    def _book(self, view: View, cut: Cut) -> AskedBook:
        rulebook = self._sources.rulebooks.get(self._recorded.rulebook, self._sources.today)
        return AskedBook(view, cut, self._true_on, self._sources, rulebook)

    async def _person(self) -> str:
        named = self._recorded.parameters
        return named.get("person") or await self._sources.lookup.person(named["claim"])


def _moved(view: View, person: str, since: Cut) -> set[str]:
    """Return which claims of a person moved since a cut."""
    return {
        row.claim
        for row in claims.claims(view, person=person)
        if of_claim(row.claim, timeline.moments(view, row.claim, NOW), since)
    }
