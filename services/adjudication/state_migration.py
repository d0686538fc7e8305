"""State migration: states of an earlier shape written anew from the ledger, before anything is decided on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from events.message import message
from services.adjudication.recalculation import Recalculation
from services.adjudication.state import SHAPE, ShapeError, encode_state, initial, shape_of
from services.benefits.rulebook import Rulebook
from services.ledger.protocol import Commit, CorruptedError, Head, Ledger
from services.ledger.snapshot import events_until

Rulebooks: TypeAlias = Callable[[], Awaitable[Mapping[str, Rulebook]]]
"""Looks up the rulebooks that are kept, by ``HASH@ENGINE``; called only when it is needed, since they take long to
read."""

_PAGE = 1_000


async def none_kept() -> Mapping[str, Rulebook]:
    """Find no rulebook but today's."""
    return {}


async def renew(
    ledger: Ledger, partition: int, head: Head, today: Rulebook, earlier_rulebooks: Rulebooks
) -> int:
    """Decide the partition's events again and store the states that have an earlier shape; returns how many.

    What is stored is the state of exactly what was recorded.

    Raises:
        ConflictError: another worker was first; some states may have been written, the rest is still to be done.
        ShapeError: a state has a later shape than this program's.
        CorruptedError: what was recorded cannot be repeated, so that a state cannot be known.
    """
    marks = await ledger.state_marks(partition)
    shapes = {person: shape_of(mark) for person, mark in marks.items()}
    if (latest := max(shapes.values(), default=SHAPE)) > SHAPE:
        raise ShapeError(latest)
    earlier = sorted(person for person, shape in shapes.items() if shape < SHAPE)
    if not earlier:
        return 0
    rulebooks = {**await earlier_rulebooks(), today.name: today}
    replay = Recalculation(partition, ledger.partitions, rulebooks, today)
    async for page in events_until(ledger, partition, head.position):
        for entry in page:
            replay.take(entry)
    unknown = {one.person for one in replay.explained}.intersection(earlier)
    if replay.findings or unknown:
        raise CorruptedError(message("ledger.shape", partition=partition))
    stored = await ledger.all_states(partition)
    for start in range(0, len(earlier), _PAGE):
        states, segments = [], []
        for person in earlier[start : start + _PAGE]:
            state = encode_state(replay.states.get(person) or initial())
            states.append((person, state.body))
            needless = dict.fromkeys(stored[person].segments, b"")
            segments += [(person, number, one) for number, one in {**needless, **state.segments}.items()]
        await ledger.commit(
            Commit(partition=partition, expected=head, then=head, states=states, segments=segments)
        )
    return len(earlier)
