"""The state of the person whose claim it is, and the rulebook it was judged by: now, or at an earlier moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple

from events.assessment import ClaimAssessed
from events.catalogue import AgencyEvent, Event, OrderProposal, decode, had_happened
from events.values import civil_date
from projections.as_of import NOW, AsOf
from services.adjudication.decider import advance, initial
from services.adjudication.state import State, with_orders_of
from services.adjudication.stored_states import entries_of, read_states
from services.benefits.rulebook import Rulebook
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.ledger.protocol import Entry, Ledger


class ClaimContext(NamedTuple):
    """What is known of a claim's person, and the rulebook by which the claim was assessed last, if it is available.

    ``partition`` is that of the person's events, ``position`` that of the last one, ``known_until`` that of the last
    one that is looked at.
    """

    state: State
    rulebook: Rulebook
    partition: int = 0
    position: int = 0
    known_until: int = 0


class Lookup:
    """Looks claims up in a ledger; ``rulebooks`` are the available ones by hash, ``today`` replaces any other."""

    def __init__(
        self, routes: Routes, ledger: Ledger, rulebooks: Mapping[str, Rulebook], today: Rulebook
    ) -> None:
        self._routes, self._ledger = routes, ledger
        self._rulebooks, self._today = rulebooks, today

    async def person(self, number: str) -> str:
        """Return the token of the person whose claim it is, empty where nobody has filed it."""
        (route,) = await self._routes.look([number])
        return route.person

    async def find(self, number: str, as_of: AsOf = NOW) -> ClaimContext | None:
        """Return the claim's person now or as of then; None for a number that nobody has filed.

        At an earlier moment the person's events up to then are decided again, each by the rulebook of that time. On an
        earlier day it is the facts that had happened by then, and the orders that had been made by then.
        """
        (route,) = await self._routes.look([number])
        if not route.person:
            return None
        partition = partition_of(route.person, self._ledger.partitions)
        state = (await read_states(self._ledger, partition, [route.person])).get(route.person)
        if state is None:
            return None
        if as_of == NOW:
            history = _events(await self._ledger.history(partition, number))
            last = history[-1].position or 0 if history else 0
            return ClaimContext(state, self._by(history, number) or self._today, partition, last, last)
        events = _events(await entries_of(self._ledger, partition, state))
        last = events[-1].position or 0 if events else 0
        known_events = _until(as_of.known_on, events)
        state, rulebook = self._earlier(known_events, number)
        if as_of.true_on is not None:
            state = self._on(as_of.true_on, known_events)
        return ClaimContext(
            state, rulebook, partition, last, known_events[-1].position or 0 if known_events else 0
        )

    def _on(self, day: dt.date, events: list[Event]) -> State:
        """Return what the facts come to that had happened by a day, with what had been ordered by then."""
        facts = [event for event in events if isinstance(event, AgencyEvent)]
        comes_to, _ = self._earlier([fact for fact in facts if had_happened(fact, day)])
        decided, _ = self._earlier(
            [event for event in events if event.recordedtime and civil_date(event.recordedtime) <= day]
        )
        return with_orders_of(comes_to, decided)

    def _earlier(self, events: list[Event], number: str = "") -> tuple[State, Rulebook]:
        """Decide the events again; before the first of them nothing is known of the person."""
        state, rulebook = initial(), self._today
        decided = [n for n, event in enumerate(events) if isinstance(event, AgencyEvent | OrderProposal)]
        for start, end in pairwise([*decided, len(events)]):
            rulebook = self._by(events[start:end]) or rulebook
            state, _ = advance(state, events[start], rulebook)
        return state, self._by(events, number) or rulebook

    def _by(self, events: Iterable[Event], number: str = "") -> Rulebook | None:
        """Return the rulebook of the last assessment among these events, of one claim or of any."""
        assessments = [event.data for event in events if isinstance(event, ClaimAssessed)]
        hashes = [data.receipt.rulebook for data in assessments if not number or data.claim == number]
        return self._rulebooks.get(hashes[-1]) if hashes else None


def _events(entries: Iterable[Entry]) -> list[Event]:
    return [decode(entry.body) for entry in entries]


def _until(known_on: int | dt.datetime | None, events: list[Event]) -> list[Event]:
    if known_on is None:
        return events
    if isinstance(known_on, int):
        return [event for event in events if (event.position or 0) <= known_on]
    return [event for event in events if event.recordedtime and event.recordedtime <= known_on]
