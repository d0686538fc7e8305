"""Taking the file of a claim out of an installation: events, rulebooks and, where asked for, values in clear."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TypeAlias

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from events.catalogue import AgencyEvent, Event, OrderProposal, decode, had_happened
from events.claim import ClaimFiled
from events.operation import RulebookAdopted
from projections.as_of import NOW, AsOf
from services.adjudication.batch_decision import ADOPTIONS
from services.audit_trail.entries import TrailEntry
from services.audit_trail.records import Exported, FigureRecorded, Record
from services.audit_trail.trail import read
from services.book.person import recorded_of
from services.claim_file.contents import ClaimFile, Look, OpenedValues, name_of
from services.claim_file.deciding import decided_by
from services.ledger.claim_routes import Routes
from services.ledger.partitions import partition_of
from services.ledger.protocol import Entry
from services.ledger.rulebooks import kept
from services.runtime.bootstrap import Installation
from services.sealing.box import UnreadableError, box_of, unseal
from services.sealing.tokens import Tokens

Moment: TypeAlias = int | dt.datetime | None
"""A position of the claim's partition, an instant of recording, or None for all there is."""


async def assemble(
    installation: Installation, number: str, as_of: AsOf = NOW, *, looks: bool = True
) -> ClaimFile | None:
    """Return the file of a claim at a moment; None where it had not been recorded, or had not happened, by then.

    Without ``looks`` the audit trail is not asked who looked at it. What Kelambu concluded from one event is in the
    file whole or not at all.
    """
    (route,) = await Routes(installation.core).look([number])
    if not route.person:
        return None
    partition = partition_of(route.person, installation.ledger.partitions)
    ledger = installation.ledger
    recorded = [(entry, decode(entry.body)) for entry in await recorded_of(ledger, route.person)]
    known_on, day = as_of.known_on, as_of.true_on
    positions = _positions_known([event for _, event in recorded], known_on)
    events = [(entry, event) for entry, event in recorded if entry.position in positions]
    filings = [event for _, event in events if isinstance(event, ClaimFiled) and event.data.claim == number]
    if not any(day is None or had_happened(filing, day) for filing in filings):
        return None
    adopted = await ledger.history(partition, ADOPTIONS)
    used = _in_force(adopted, [event for _, event in events])
    digests = {event.data.rulebook for _, event in used}
    texts = await kept(installation.core)
    rulebooks = {digest: dict(sorted(texts[digest].items())) for digest in sorted(digests & texts.keys())}
    every = sorted([*events, *used], key=lambda one: one[0].position)
    return ClaimFile(
        claim=number,
        installation=installation.identity.id,
        partition=partition,
        known_on=_moment_text(known_on),
        events=tuple(entry.body for entry, _ in every),
        rulebooks=rulebooks,
        looks=_looks(await read(installation), number, _end(known_on, every[-1][1])) if looks else (),
        true_on=day.isoformat() if day else "",
    )


async def in_clear(installation: Installation, file: ClaimFile) -> ClaimFile:
    """Return the file with the sealed values of the claim's own events, and who looked at it and why.

    What was sealed under a key that is destroyed is left out. Nothing of the person's other claims is opened, nor of
    the membership.
    """
    own = [(body, event) for body in file.events if _is_of(event := decode(body), file.claim)]
    names = sorted({event.sealed.key for _, event in own if event.sealed is not UNSET})
    keys = await asyncio.to_thread(installation.keys.get, names)
    opened = ((event, _values(body, keys)) for body, event in own)
    values = tuple(
        OpenedValues(name_of(event), event.position or 0, texts) for event, texts in opened if texts
    )
    entries = {entry.position: entry for entry in await read(installation)}
    looks = tuple(
        replace(look, by=entry.by, reason=entry.reason, record=entry.record)
        for look in file.looks
        if (entry := entries[look.position])
    )
    return replace(file, opened=values, looks=looks)


def concerned(file: ClaimFile, tokens: Tokens) -> tuple[str, ...]:
    """Return the tokens of those whom the values in clear are about.

    The participant, and whoever is named with a NIK.
    """
    named = {
        tokens.nik(value)
        for one in file.opened
        for path, value in one.values.items()
        if path.rpartition(".")[2] == "nik"
    }
    own = (event.person for event in file.decoded() if _is_of(event, file.claim))
    return tuple(sorted(named | {person for person in own if person}))


def _end(known_on: Moment, last: Event) -> dt.datetime | None:
    """Return until when somebody's looking at the claim is in its file; None for until now."""
    if isinstance(known_on, int):
        return last.recordedtime or last.time
    return known_on


def _looks(trail: Sequence[TrailEntry], claim: str, until: dt.datetime | None) -> tuple[Look, ...]:
    """Return what was done with this claim by name, without who did it and what was noted."""
    return tuple(
        Look(entry.position, entry.time, entry.engagement, _without_note(entry.record))
        for entry in trail
        if _concerns(entry.record, claim) and (until is None or entry.time <= until)
    )


def _concerns(record: Record, claim: str) -> bool:
    named = [getattr(record, name, None) for name in ("subject", "item", "claim")]
    named += [*getattr(record, "items", ())] if isinstance(getattr(record, "items", None), tuple) else []
    if isinstance(record, Exported):
        named += record.what.split()
    if isinstance(record, FigureRecorded):
        named += record.parameters.values()
    return any(name == claim or str(name).startswith(f"{claim}.") for name in named)


def _without_note(record: Record) -> Record:
    return replace(record, note="") if hasattr(record, "note") else record


def _positions_known(events: Sequence[Event], known_on: Moment) -> set[int]:
    """Return the positions of what had been recorded by then."""
    if isinstance(known_on, int):
        return decided_by(events, known_on)
    return {
        event.position or 0
        for event in events
        if known_on is None or (event.recordedtime is not UNSET and event.recordedtime <= known_on)
    }


def _in_force(adopted: Sequence[Entry], events: Sequence[Event]) -> list[tuple[Entry, RulebookAdopted]]:
    """Return the adoptions by which any of the events was decided."""
    decided = [event.position or 0 for event in events if isinstance(event, AgencyEvent | OrderProposal)]
    every = [(entry, event) for entry in adopted if isinstance(event := decode(entry.body), RulebookAdopted)]
    ends = [entry.position for entry, _ in every[1:]]
    spans = zip(every, [*ends, None], strict=True)
    return [
        one for one, end in spans if any(one[0].position < at and (end is None or at < end) for at in decided)
    ]


def _is_of(event: Event, claim: str) -> bool:
    return getattr(event.data, "claim", None) == claim


def _values(body: bytes, keys: Mapping[str, bytes]) -> dict[str, str]:
    box = box_of(body)
    if box is None or (key := keys.get(box[0].key)) is None:
        return {}
    try:
        values = unseal(box[0], key, box[1])
    except UnreadableError:
        return {}
    return {path: _text(value) for path, value in sorted(values.items()) if not path.startswith("$")}


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _moment_text(known_on: Moment) -> str:
    if isinstance(known_on, dt.datetime):
        return known_on.astimezone(dt.UTC).isoformat()
    return "" if known_on is None else str(known_on)
