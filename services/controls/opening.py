"""What a few controls need of sealed boxes: opened in memory, named by tokens, never stored and never printed."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from sqlalchemy import select

from projections import evidence
from projections.checkpoint import LedgerEntry
from projections.evidence import FactRow
from projections.store import View
from services.controls.hits import Identity, Question
from services.sealing.box import UnreadableError, box_of, unseal
from services.sealing.tokens import Tokens

_AT_ONCE = 2000


class Entries(Protocol):
    """The one thing that is asked of a ledger: events at their positions."""

    async def entries(self, partition: int, positions: Sequence[int]) -> Sequence[LedgerEntry]:
        """Return the events at these positions."""
        ...


class Keys(Protocol):
    """The one thing that is asked of a key store: keys by their names, without those that were destroyed."""

    def get(self, names: Sequence[str]) -> Mapping[str, bytes]:
        """Return the keys that there are."""
        ...


async def question(
    on: dt.date, opens: Collection[str], view: View, ledger: Entries, keys: Keys, tokens: Tokens
) -> Question:
    """Return the question as of a day, with what is to be opened: ``identities`` and ``officers``, or neither.

    What was sealed under a key that was destroyed is left out.
    """
    identities, officers = list[Identity](), dict[tuple[int, int], str]()
    if "identities" in opens:
        for fact, values in await _opened(_facts(view, evidence.ENROLLED), ledger, keys):
            who = Identity(fact.person, str(values["nik"]), str(values["name"]), fact.value, fact.ref)
            identities.append(who)
    if "officers" in opens:
        for fact, values in await _opened(_facts(view, evidence.REVIEWED), ledger, keys):
            officers[fact.partition, fact.position] = tokens.officer(str(values["officer"]))
    return Question(on, identities, officers)


def _facts(view: View, kind: str) -> list[FactRow]:
    table = evidence.facts(view)
    query = select(table).where(table.c.kind == kind, table.c.counts == 1)
    return view.read(query.order_by(table.c.partition, table.c.position), FactRow)


async def _opened(
    facts: Sequence[FactRow], ledger: Entries, keys: Keys
) -> list[tuple[FactRow, Mapping[str, object]]]:
    opened_facts: list[tuple[FactRow, Mapping[str, object]]] = []
    for partition in sorted({fact.partition for fact in facts}):
        own = [fact for fact in facts if fact.partition == partition]
        for start in range(0, len(own), _AT_ONCE):
            some = own[start : start + _AT_ONCE]
            entries = await ledger.entries(partition, [fact.position for fact in some])
            person_keys = await asyncio.to_thread(keys.get, sorted({fact.person for fact in some}))
            opened_facts += _unsealed(zip(some, entries, strict=True), person_keys)
    return opened_facts


def _unsealed(
    recorded_facts: Iterable[tuple[FactRow, LedgerEntry]], keys: Mapping[str, bytes]
) -> list[tuple[FactRow, Mapping[str, object]]]:
    unsealed: list[tuple[FactRow, Mapping[str, object]]] = []
    for fact, entry in recorded_facts:
        box = box_of(entry.body)
        if box is None or box[0].key not in keys:
            continue
        try:
            unsealed.append((fact, unseal(box[0], keys[box[0].key], box[1])))
        except UnreadableError:
            continue
    return unsealed
