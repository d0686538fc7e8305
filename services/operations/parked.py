"""Parked persons: who they are, and what an operator asks about their events: to try them again, or to discard the oldest."""

from __future__ import annotations

from msgspec import Struct

from events.catalogue import encode
from events.envelope import KELAMBU
from events.operation import ParkedDiscard, ParkedDiscarded, ParkedRetried, ParkedRetry
from services.adjudication.batch import named
from services.audit_trail.records import OperationRequested
from services.audit_trail.trail import TrailSignature, append
from services.ledger.partitions import partition_of
from services.operations.discards import Discard, discards
from services.platform.clock import wall_clock
from services.runtime.bootstrap import Installation
from services.sealing.sealed_acts import act_id, sealed
from services.texts.errors import advised


class ParkedRow(Struct, frozen=True):
    """A parked person: how many events wait, and the reference of the first, which could not be decided."""

    person: str
    partition: int
    events: int
    first: str


class DiscardedEvent(Struct, frozen=True):
    """An event, by its reference, that an operator asked to discard for a parked person."""

    person: str
    event: str
    discarded: Discard


async def discarded_events(installation: Installation) -> list[DiscardedEvent]:
    """Return the events that operators asked to discard and that are parked no more, oldest first."""
    found = list[DiscardedEvent]()
    for subject, discard in (await discards(installation, "parked-discard")).items():
        person, _, event = subject.partition(" ")
        partition = partition_of(person, installation.ledger.partitions)
        count = (await installation.ledger.parked(partition)).get(person, 0)
        waiting = await installation.ledger.parked_events(partition, person, count) if count else []
        if event not in [named(body) for body in waiting]:
            found.append(DiscardedEvent(person, event, discard))
    return found


async def parked_persons(installation: Installation) -> list[ParkedRow]:
    """Return everybody who is parked, by partition and token."""
    found = []
    for partition in range(installation.ledger.partitions):
        for person, count in sorted((await installation.ledger.parked(partition)).items()):
            first = await installation.ledger.parked_events(partition, person, 1)
            found.append(ParkedRow(person, partition, count, named(first[0]) if first else ""))
    return found


async def retry_parked(installation: Installation, person: str, signature: TrailSignature) -> None:
    """Ask that a parked person's events are tried again; raises ``AdvisedError`` where nobody of this token is parked."""
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
    asked = OperationRequested(what="parked-discard", subject=f"{person} {first}")
    await _ask(installation, event, asked, signature)


async def _ask(
    installation: Installation,
    operation: ParkedRetried | ParkedDiscarded,
    asked: OperationRequested,
    signature: TrailSignature,
) -> None:
    """Record what is asked, and put it into the inbox of the person's partition, its reason sealed."""
    person = operation.person or ""
    partition = partition_of(person, installation.ledger.partitions)
    if person not in await installation.ledger.parked(partition):
        raise advised("parked.not-parked", "parked.see-list", person=person)
    await append(installation, asked, **signature)
    (told,) = await sealed(installation, [operation])
    await installation.ledger.deliver([(partition, encode(told), b"")])
