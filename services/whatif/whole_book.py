"""The whole book under another rulebook.

The partitions of an installation, or the persons of a file, shared among processes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from events.assessment import ClaimAssessed
from events.catalogue import decode
from events.message import message
from services.adjudication.decider import State, decode_state, encode_state
from services.adjudication.replay import Replay
from services.benefits.rulebook import Rulebook
from services.ledger import snapshot as snapshots
from services.ledger.connection import connect
from services.ledger.protocol import CorruptedError, StoredState
from services.ledger.store import RedisLedger
from services.platform.process_pool import Tell, run_parallel
from services.whatif.comparison import (
    ClaimChange,
    LastAssessment,
    Suspect,
    examine,
    explain,
    judged_by,
    recorded,
)
from services.whatif.figures import FigureChanges

CHUNK = 1_000
"""Persons of a file that one process takes at a time."""


class WhatIfQuestion(Struct, frozen=True):
    """The other rulebook; the available ones by hash, to show what has changed since.

    And the first event date, if any.
    """

    other: Rulebook
    current: Mapping[str, Rulebook]
    since: dt.date | None = None


class ComparedPart(Struct, frozen=True):
    """How many claims were judged, and those that come out otherwise."""

    judged: int
    changes: list[ClaimChange]


class PartitionAddress(Struct, frozen=True):
    """A partition on its server."""

    url: str
    unsafe: bool
    partitions: int
    partition: int


def whole_installation(
    url: str,
    partitions: int,
    question: WhatIfQuestion,
    *,
    unsafe: bool = False,
    processes: int = 0,
    tell: Tell | None = None,
) -> ComparedPart:
    """Judge every claim of an installation, which may be running. ``processes`` 0: one for each processor."""
    places = [PartitionAddress(url, unsafe, partitions, partition) for partition in range(partitions)]
    work = partial(_of_partition, question=question)
    return _together(run_parallel(work, places, processes=processes, tell=tell))


def whole_file(
    lines: Iterable[bytes],
    today: Rulebook,
    question: WhatIfQuestion,
    *,
    processes: int = 0,
    tell: Tell | None = None,
) -> ComparedPart:
    """Replay agency events by ``today``'s rulebook, then judge every claim by the other one."""
    book = Replay(today)
    for line in lines:
        if line.strip():
            book.take(line.strip())
    claimants = [encode_state(state) for state in book.states.values() if state.claims]
    file_question = WhatIfQuestion(question.other, {today.hash: today}, question.since)
    chunks = [claimants[start : start + CHUNK] for start in range(0, len(claimants), CHUNK)]
    work = partial(_of_states, question=file_question)
    return _together(run_parallel(work, chunks, processes=processes, tell=tell))


def of_states(states: Iterable[State], question: WhatIfQuestion) -> ComparedPart:
    """Judge the claims of some persons, for whom no ledger says what was recorded: by the rulebook in force."""
    (today,) = question.current.values()
    changes = FigureChanges(today, question.other)
    judged, changes_found = 0, []
    for state in states:
        count, suspects = examine(state, question.other, question.since)
        judged += count
        found_changes = (
            explain(state, one, judged_by(state, one.number, today), question.other, changes)
            for one in suspects
        )
        changes_found += [change for change in found_changes if change]
    return ComparedPart(judged, changes_found)


def _of_states(bodies: Sequence[StoredState], question: WhatIfQuestion) -> ComparedPart:
    return of_states(map(decode_state, bodies), question)


def _of_partition(place: PartitionAddress, question: WhatIfQuestion) -> ComparedPart:
    return asyncio.run(_partition(place, question))


async def _partition(place: PartitionAddress, question: WhatIfQuestion) -> ComparedPart:
    """Judge a partition at one moment: its states, and of claims that come out otherwise what was recorded."""
    client = await connect(place.url, unsafe=place.unsafe)
    try:
        ledger = RedisLedger(client, place.partitions)
        snapshot = await snapshots.take(client, place.partition)
        by_hash: dict[str, FigureChanges | None] = {}
        judged, changes = 0, []
        for state in map(decode_state, snapshot.states.values()):
            count, suspects = examine(state, question.other, question.since)
            judged += count
            for suspect in suspects:
                last = await _last_assessment(ledger, place.partition, snapshot.head.position, suspect)
                if last.rulebook not in by_hash:
                    at_hand = question.current.get(last.rulebook)
                    by_hash[last.rulebook] = FigureChanges(at_hand, question.other) if at_hand else None
                explanation = explain(state, suspect, last, question.other, by_hash[last.rulebook])
                changes += [explanation] if explanation else []
        return ComparedPart(judged, changes)
    finally:
        await client.aclose()


async def _last_assessment(
    ledger: RedisLedger, partition: int, position: int, suspect: Suspect
) -> LastAssessment:
    for entry in reversed(await ledger.history(partition, suspect.number, position)):
        event = decode(entry.body)
        if isinstance(event, ClaimAssessed):
            return recorded(event.data)
    raise CorruptedError(message("ledger.never-assessed", partition=partition, claim=suspect.number))


def _together(parts: Iterable[ComparedPart]) -> ComparedPart:
    parts = list(parts)
    changes = sorted((change for part in parts for change in part.changes), key=lambda change: change.claim)
    return ComparedPart(sum(part.judged for part in parts), changes)
