"""Parked persons and their events: who they are, trying their events again, discarding the oldest."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from events.catalogue import encode, short_name
from events.envelope import KELAMBU
from events.operation import ParkedDiscard, ParkedDiscarded, ParkedRetried, ParkedRetry, type_and_claim
from services.adjudication.batch_decision import named
from services.adjudication.stored_states import discards_of
from services.audit_trail.records import OperationRequested, PersonalDataRead
from services.audit_trail.trail import TrailSignature, append
from services.ledger.partitions import partition_of
from services.operations.acts import OperatorAct, latest_acts
from services.platform.clock import wall_clock
from services.runtime.bootstrap import Installation
from services.sealing.clear import clear_event
from services.sealing.legible import discarded_in
from services.sealing.own_key import act_id, sealed
from services.texts.errors import advised


class ParkedRow(Struct, frozen=True):
    """A parked person: how many events wait, and the reference of the first, which could not be decided."""

    person: str
    partition: int
    events: int
    first: str


class KeptEvent(Struct, frozen=True):
    """An event that is parked, or was discarded and is kept; ``document`` is what is parked, byte for byte.

    ``position`` is that of its discard in the ledger, 0 while it is parked. ``type`` is short, e.g. ``claim.filed``,
    and empty like ``claim`` where the event does not say.
    """

    person: str
    event: str
    partition: int
    position: int
    type: str
    claim: str
    document: bytes


class DiscardedEvent(Struct, frozen=True):
    """An event, by its reference, that an operator asked to discard for a parked person.

    ``type``, ``claim`` and the ``position`` of its discard in the ledger are there where the ledger keeps the event.
    """

    person: str
    event: str
    discarded: OperatorAct
    type: str = ""
    claim: str = ""
    position: int = 0


async def discarded_events(installation: Installation) -> list[DiscardedEvent]:
    """Return the events that operators asked to discard and that are parked no more, oldest first."""
    discarded, events = list[DiscardedEvent](), dict[str, list[KeptEvent]]()
    for subject, discard in (await latest_acts(installation, "parked-discard")).items():
        person, _, event = subject.partition(" ")
        if person not in events:
            events[person] = await _events_of(installation, person)
        parked_event = _of_name(events[person], event)
        if parked_event is None:
            discarded.append(DiscardedEvent(person, event, discard))
        elif parked_event.position:
            discarded.append(
                DiscardedEvent(
                    person, event, discard, parked_event.type, parked_event.claim, parked_event.position
                )
            )
    return discarded


async def kept_event(installation: Installation, person: str, event: str) -> KeptEvent:
    """Return a parked or discarded event of a person by its reference, everything personal in it still sealed.

    Raises ``AdvisedError`` where there is none, and for one that was discarded when the content was not kept yet.
    """
    if parked_event := _of_name(await _events_of(installation, person), event):
        return parked_event
    raise advised("parked.not-kept", "parked.see-list", person=person, event=event)


async def opened_event(
    installation: Installation, parked_event: KeptEvent, signature: TrailSignature
) -> dict[str, object] | None:
    """Return a parked or discarded event in clear; the audit trail has it before.

    None where it is no JSON, or its key is gone.
    """
    keys = await asyncio.to_thread(installation.keys.get, [parked_event.person])
    try:
        clear, values = clear_event(parked_event.document, keys)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    subject = f"{parked_event.person} {parked_event.event}"
    await append(installation, PersonalDataRead(what="parked", subject=subject, values=values), **signature)
    return None if values is None else clear


async def discard_of_event(installation: Installation, parked_event: KeptEvent) -> OperatorAct | None:
    """Return when, by whom and why an event was discarded; None while it is parked."""
    if not parked_event.position:
        return None
    return (await latest_acts(installation, "parked-discard")).get(
        f"{parked_event.person} {parked_event.event}"
    )


async def _events_of(installation: Installation, person: str) -> list[KeptEvent]:
    """Return the events of a person that are parked, oldest first, and then those that were discarded and are kept."""
    ledger = installation.ledger
    partition = partition_of(person, ledger.partitions)
    count = (await ledger.parked(partition)).get(person, 0)
    bodies = [(body, 0) for body in (await ledger.parked_events(partition, person, count) if count else ())]
    bodies += [
        (document, entry.position)
        for entry in await discards_of(ledger, partition, person)
        if (document := discarded_in(entry.body))
    ]
    return [_kept_event(person, partition, body, position) for body, position in bodies]


def _kept_event(person: str, partition: int, body: bytes, position: int) -> KeptEvent:
    kind, claim = type_and_claim(body)
    return KeptEvent(person, named(body), partition, position, short_name(kind), claim, body)


def _of_name(events: Sequence[KeptEvent], name: str) -> KeptEvent | None:
    return next((one for one in events if one.event == name), None)


async def parked_persons(installation: Installation) -> list[ParkedRow]:
    """Return everybody who is parked, by partition and token."""
    persons = []
    for partition in range(installation.ledger.partitions):
        for person, count in sorted((await installation.ledger.parked(partition)).items()):
            first = await installation.ledger.parked_events(partition, person, 1)
            persons.append(ParkedRow(person, partition, count, named(first[0]) if first else ""))
    return persons


async def retry_parked(installation: Installation, person: str, signature: TrailSignature) -> None:
    """Ask that a parked person's events are tried again.

    Raises ``AdvisedError`` where nobody of this token is parked.
    """
    event = ParkedRetried(
        specversion="1.0",
        id=f"retry-{act_id()}",
        source=KELAMBU,
        time=wall_clock(),
        person=person,
        data=ParkedRetry(signature["reason"]),
    )
    await _ask(installation, event, OperationRequested(what="parked-retry", subject=person), signature)


async def discard_parked(
    installation: Installation, person: str, first: str, signature: TrailSignature
) -> None:
    """Ask that the oldest parked event of a person, of this reference, is discarded.

    Raises ``AdvisedError`` where nobody of this token is parked.
    """
    event = ParkedDiscarded(
        specversion="1.0",
        id=f"discard-{act_id()}",
        source=KELAMBU,
        time=wall_clock(),
        person=person,
        data=ParkedDiscard(first, signature["reason"]),
    )
    request = OperationRequested(what="parked-discard", subject=f"{person} {first}")
    await _ask(installation, event, request, signature)


async def _ask(
    installation: Installation,
    operation: ParkedRetried | ParkedDiscarded,
    request: OperationRequested,
    signature: TrailSignature,
) -> None:
    """Record what is asked, and put it into the inbox of the person's partition, its reason sealed."""
    person = operation.person or ""
    partition = partition_of(person, installation.ledger.partitions)
    if person not in await installation.ledger.parked(partition):
        raise advised("parked.not-parked", "parked.see-list", person=person)
    await append(installation, request, **signature)
    (sealed_operation,) = await sealed(installation, [operation])
    await installation.ledger.deliver([(partition, encode(sealed_operation), b"")])
