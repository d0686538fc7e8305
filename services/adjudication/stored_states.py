"""Stored states, read from the ledger: the one way to them for deciding, explaining and looking a person up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from events.catalogue import decode
from events.message import message
from services.adjudication.batch_decision import ARRANGEMENTS, DISCARDS, EPOCHS
from services.adjudication.release_rules import Releasing
from services.adjudication.state import State, decode_state, with_segments
from services.ledger.protocol import CorruptedError, Entry, Ledger, StoredState


async def read_states(ledger: Ledger, partition: int, persons: Iterable[str]) -> dict[str, State]:
    """Return the states of those persons of whom anything is known, with all their facts.

    Raises:
        ShapeError: a state has another shape than this program's.
        CorruptedError: a state cannot be read, or a segment of it is missing.
    """
    states = await read_latest(ledger, partition, persons)
    return {**states, **await read_segments(ledger, partition, states)}


async def read_latest(ledger: Ledger, partition: int, persons: Iterable[str]) -> dict[str, State]:
    """Return the states as ``read_states`` does, with no facts but those that are in no segment."""
    names = list(persons)
    stored = zip(names, await ledger.states(partition, names), strict=True)
    try:
        return {person: decode_state(StoredState(body)) for person, body in stored if body is not None}
    except msgspec.MsgspecError as error:
        raise CorruptedError(message("ledger.unreadable-state", partition=partition)) from error


async def read_segments(ledger: Ledger, partition: int, states: Mapping[str, State]) -> dict[str, State]:
    """Return those of the states that lack segments, with them.

    A segment never changes, so it is that of any later moment.

    Raises:
        CorruptedError: one is missing or cannot be read.
    """
    lacking = {person: state for person, state in states.items() if not state.whole}
    places = [(person, number) for person, state in lacking.items() for number in range(len(state.segments))]
    segments: dict[str, dict[int, bytes]] = {person: {} for person in lacking}
    for (person, number), segment in zip(places, await ledger.segments(partition, places), strict=True):
        if segment is None:
            raise CorruptedError(message("ledger.segment-missing", partition=partition))
        segments[person][number] = segment
    try:
        return {person: with_segments(state, segments[person]) for person, state in lacking.items()}
    except msgspec.MsgspecError as error:
        raise CorruptedError(message("ledger.unreadable-state", partition=partition)) from error


async def entries_of(ledger: Ledger, partition: int, state: State) -> list[Entry]:
    """Return every event of a person that was decided, and what was said about the person's claims, in order."""
    positions = [fact.position for fact in (*state.facts, *state.waiting)]
    if state.erased_at:
        positions.append(state.erased_at)
    by_position = {entry.position: entry for entry in await ledger.entries(partition, positions)}
    for claim in state.claims:
        by_position |= {entry.position: entry for entry in await ledger.history(partition, claim)}
    return [by_position[position] for position in sorted(by_position)]


async def discards_of(ledger: Ledger, partition: int, person: str) -> list[Entry]:
    """Return every discard of an event of this person that keeps the event, in order; no state names them."""
    return [
        entry for entry in await ledger.history(partition, DISCARDS) if decode(entry.body).person == person
    ]


async def read_releasing(ledger: Ledger, partition: int) -> Releasing:
    """Return how the orders of a partition leave."""
    releasing = Releasing()
    for index in (EPOCHS, ARRANGEMENTS):
        for entry in await ledger.history(partition, index):
            releasing = releasing.after(decode(entry.body))
    return releasing
