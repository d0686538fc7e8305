"""The state of the person whose claim it is, and the rulebook it was judged by: now, or at an earlier moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from events.assessment import ClaimAssessed
from events.catalogue import AgencyEvent, Event, decode
from events.payment import PaymentReleased
from services.adjudication.decider import advance, initial
from services.adjudication.state import State
from services.adjudication.stored_states import read_states
from services.benefits.rulebook import Rulebook
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.ledger.protocol import Entry, Ledger

AsOf: TypeAlias = int | dt.datetime | None
"""A position of the claim's partition, an instant of recording, or None for now."""


class Found(NamedTuple):
    """What is known of a claim's person, and the rulebook by which the claim was assessed last, if it is available.

    ``partition`` is that of the person's events, ``position`` that of the last one.
    """

    state: State
    rulebook: Rulebook
    partition: int = 0
    position: int = 0


class Lookup:
    """Looks claims up in a ledger; ``rulebooks`` are the available ones by hash, ``today`` replaces any other."""

    def __init__(
        self, routes: Routes, ledger: Ledger, rulebooks: Mapping[str, Rulebook], today: Rulebook
    ) -> None:
        self._routes, self._ledger = routes, ledger
        self._rulebooks, self._today = rulebooks, today

    async def find(self, number: str, as_of: AsOf = None) -> Found | None:
        """Return the claim's person now or as of then; None for a number that nobody has filed.

        At an earlier moment the person's events up to then are decided again, each by the rulebook of that time.
        """
        (route,) = await self._routes.look([number])
        if not route.person:
            return None
        partition = partition_of(route.person, self._ledger.partitions)
        state = (await read_states(self._ledger, partition, [route.person])).get(route.person)
        if state is None:
            return None
        if as_of is None:
            told = _events(await self._ledger.history(partition, number))
            last = told[-1].position or 0 if told else 0
            return Found(state, self._by(told, number) or self._today, partition, last)
        events = _events(await self._entries(partition, state))
        last = events[-1].position or 0 if events else 0
        return Found(*self._earlier(_until(as_of, events), number), partition, last)

    async def _entries(self, partition: int, state: State) -> Iterable[Entry]:
        """Return every event of the person that was decided, and what was said about the claims."""
        positions = [fact.position for fact in (*state.facts, *state.waiting)]
        found = {entry.position: entry for entry in await self._ledger.entries(partition, positions)}
        for claim in state.claims:
            found |= {entry.position: entry for entry in await self._ledger.history(partition, claim)}
        return [found[position] for position in sorted(found)]

    def _earlier(self, events: list[Event], number: str) -> tuple[State, Rulebook]:
        """Decide the events again; before the first of them nothing is known of the person."""
        state, rulebook = initial(), self._today
        decided = [n for n, event in enumerate(events) if isinstance(event, AgencyEvent | PaymentReleased)]
        for start, end in pairwise([*decided, len(events)]):
            rulebook = self._by(events[start:end]) or rulebook
            state, _ = advance(state, events[start], rulebook)
        return state, self._by(events, number) or rulebook

    def _by(self, events: Iterable[Event], number: str = "") -> Rulebook | None:
        """Return the rulebook of the last assessment among these events, of one claim or of any."""
        said = [event.data for event in events if isinstance(event, ClaimAssessed)]
        hashes = [data.receipt.rulebook for data in said if not number or data.claim == number]
        return self._rulebooks.get(hashes[-1]) if hashes else None


def _events(entries: Iterable[Entry]) -> list[Event]:
    return [decode(entry.body) for entry in entries]


def _until(as_of: int | dt.datetime, events: list[Event]) -> list[Event]:
    if isinstance(as_of, int):
        return [event for event in events if (event.position or 0) <= as_of]
    return [event for event in events if event.recordedtime and event.recordedtime <= as_of]
