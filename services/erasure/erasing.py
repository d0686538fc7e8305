"""Erasing a person: an event first, then the key in the key store, then every copy of it. Each step may be repeated.

The event is in the ledger before anything is destroyed, so whoever finds an erasure broken off knows from the ledger
alone what is still to be done, and ``finish`` does it. What was sealed under the key stays where it is and is read by
nobody: no leaf, no state and no total changes.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from events.catalogue import decode, encode
from events.envelope import KELAMBU
from events.operation import Erasure, PersonErased
from events.payment import PaymentReleased
from projections.sqlite_files import file_of
from services.adjudication.batch_decision import ERASURES
from services.adjudication.erasure import OpenMatter, open_matters
from services.adjudication.state import State, initial
from services.adjudication.stored_states import read_states
from services.audit_trail.records import OperationRequested, PersonalDataRead
from services.audit_trail.trail import append, read
from services.book.person import recorded_of
from services.disbursement.proposals import decided
from services.erasure.backups import BackupCopy, backups_in, look_into, take_out
from services.erasure.refused_documents_of_person import empty_quarantine
from services.ledger.installation_marks import Generation, note_generation
from services.ledger.keys import id_hash
from services.ledger.partitions import partition_of
from services.ledger.protocol import Ledger
from services.runtime.bootstrap import Installation
from services.sealing.keystore import KeyStore
from services.sealing.own_key import sealed
from services.texts.errors import advised


class ErasureProspect(Struct, frozen=True):
    """What an erasure would come to.

    What is still open, and when the person was given what is held of them, if ever.
    """

    person: str
    events: int
    claims: tuple[str, ...]
    open: tuple[OpenMatter, ...]
    extracted: dt.datetime | None
    batches: tuple[str, ...]
    """The files for the bank that hold accounts of these claims: the books need them, and they stay."""


class ErasedPerson(Struct, frozen=True):
    """Somebody who was erased, where that stands, and whether the key is gone from the key store and its copies."""

    person: str
    partition: int
    position: int
    recorded: dt.datetime
    destroyed: bool


class ErasureStatus(Struct, frozen=True):
    """How far erasures are. ``unrecorded`` are persons whose key was destroyed for good and of whom the ledger does not say so.

    ``copies`` are earlier key stores that were set aside in the data directory and hold keys of erased persons.
    ``documents`` is how many refused documents were emptied now, since they spoke of somebody who was erased.
    """

    persons: tuple[ErasedPerson, ...]
    unrecorded: tuple[str, ...]
    copies: tuple[str, ...]
    backups: tuple[BackupCopy, ...]
    documents: int = 0

    @property
    def outstanding(self) -> tuple[BackupCopy, ...]:
        """The backups that may still hold the key of somebody who was erased."""
        latest = max((one.recorded for one in self.persons), default=None)
        return tuple(
            one
            for one in self.backups
            if one.state != "clean" and (one.state == "holds" or (latest is not None and one.made <= latest))
        )

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        keys_gone = all(one.destroyed for one in self.persons)
        return keys_gone and not (self.unrecorded or self.copies or self.outstanding)


async def prospect(installation: Installation, person: str) -> ErasureProspect:
    """Say what is open about a person whom the ledger knows; nothing is changed.

    Raises:
        AdvisedError: nobody of this token is known, is erased already, or events of the person are parked.
    """
    ledger, partition = installation.ledger, partition_of(person, installation.ledger.partitions)
    entries = await recorded_of(ledger, person)
    state = await _state(ledger, person) or initial()
    if not entries:
        raise advised("erase.unknown", "erase.unknown-cure")
    if state.erased_at:
        raise advised("erase.already", "erase.already-cure")
    if person in await ledger.parked(partition):
        raise advised("erase.parked", "erase.parked-cure", person=person)
    looks = [
        entry.time
        for entry in await read(installation)
        if isinstance(entry.record, PersonalDataRead)
        and (entry.record.what, entry.record.subject) == ("extract", person)
    ]
    events = [decode(entry.body) for entry in entries]
    return ErasureProspect(
        person=person,
        events=len(events),
        claims=tuple(state.claims),
        open=open_matters(state, installation.rulebook, installation.clock().date()),
        extracted=max(looks, default=None),
        batches=tuple(sorted({event.data.batch for event in events if isinstance(event, PaymentReleased)})),
    )


async def erase(
    installation: Installation,
    prospect: ErasureProspect,
    officer: str,
    reason: str,
    stopped: Callable[[], bool],
) -> ErasureStatus | None:
    """Erase a person in spite of what was found to be open; None where it was not decided before ``stopped``.

    What is asked is in the audit trail before it is asked.

    Raises:
        AdvisedError: it was not recorded, since something else is open by now.
    """
    ledger, person = installation.ledger, prospect.person
    partition = partition_of(person, ledger.partitions)
    now = installation.clock()
    event = PersonErased(
        specversion="1.0",
        id=f"erase-{id_hash(person, now.isoformat()).hex()}",
        source=KELAMBU,
        time=now,
        person=person,
        data=Erasure(officer, reason, tuple(dict.fromkeys(one.code for one in prospect.open))),
    )
    (sealed_event,) = await sealed(installation, [event])
    request = OperationRequested(what="person-erase", subject=person)
    await append(installation, request, by=officer, reason=reason)
    (last,) = await ledger.deliver([(partition, encode(sealed_event), b"")])
    if not await decided(ledger, partition, last, stopped):
        return None
    state = await _state(ledger, person)
    if state is None or not state.erased_at:
        raise advised("erase.not-recorded", "erase.look-again")
    return await finish(installation)


async def finish(installation: Installation) -> ErasureStatus:
    """Do whatever is left of every erasure that is recorded, as far as it can be reached; returns what is left then."""
    keys = installation.keys
    erased = [event.person or "" for event in await _erasures(installation.ledger)]
    person_keys = await asyncio.to_thread(keys.get, erased)
    remembered = await asyncio.to_thread(keys.were_erased, erased)
    for person in erased:
        if person in person_keys or person not in remembered:
            await asyncio.to_thread(keys.destroy, person)
    if erased:
        generation = Generation(*await asyncio.to_thread(keys.generation))
        await note_generation(installation.core, generation, str(installation.identity))
    destroyed = list(await asyncio.to_thread(lambda: list(keys.erased())))
    documents = await empty_quarantine(installation, destroyed)
    for place in _holding(installation, destroyed):
        await asyncio.to_thread(_destroy_in, place, destroyed)
    for backup in backups_in(await read(installation)):
        if look_into(backup, destroyed).state == "holds":
            await asyncio.to_thread(take_out, backup.place, destroyed)
    return await status(installation, documents)


async def status(installation: Installation, documents: int = 0) -> ErasureStatus:
    """Say how far every erasure is; nothing is changed."""
    keys, ledger = installation.keys, installation.ledger
    events = await _erasures(ledger)
    persons = [event.person or "" for event in events]
    person_keys = await asyncio.to_thread(keys.get, persons)
    destroyed = list(await asyncio.to_thread(lambda: list(keys.erased())))
    unrecorded = [
        person for person in destroyed if person not in set(persons) and await _state(ledger, person)
    ]
    return ErasureStatus(
        persons=tuple(
            ErasedPerson(
                person=event.person or "",
                partition=event.partition or 0,
                position=event.position or 0,
                recorded=event.recordedtime or event.time,
                destroyed=event.person in destroyed and event.person not in person_keys,
            )
            for event in events
        ),
        unrecorded=tuple(unrecorded),
        copies=tuple(map(str, _holding(installation, destroyed))),
        backups=tuple(look_into(one, destroyed) for one in backups_in(await read(installation))),
        documents=documents,
    )


async def _erasures(ledger: Ledger) -> list[PersonErased]:
    erasures = []
    for partition in range(ledger.partitions):
        events = [decode(entry.body) for entry in await ledger.history(partition, ERASURES)]
        erasures += [event for event in events if isinstance(event, PersonErased)]
    return erasures


async def _state(ledger: Ledger, person: str) -> State | None:
    partition = partition_of(person, ledger.partitions)
    state = (await read_states(ledger, partition, [person])).get(person)
    return state if state and (state.facts or state.waiting or state.erased_at) else None


def _holding(installation: Installation, destroyed: Sequence[str]) -> list[Path]:
    """Return the key stores that were set aside beside ours and hold a key of somebody who was erased."""
    ours = file_of(installation.settings.keys_url)
    if ours is None or not destroyed:
        return []
    aside = ours.parent.parent.glob(f"{ours.parent.name}.*/{ours.name}")
    return [place for place in sorted(aside) if _held_in(place, destroyed)]


def _held_in(place: Path, destroyed: Sequence[str]) -> bool:
    with closing(KeyStore(f"sqlite:///{place}")) as store:
        return bool(store.get(destroyed))


def _destroy_in(place: Path, destroyed: Sequence[str]) -> None:
    with closing(KeyStore(f"sqlite:///{place}")) as store:
        for name in store.get(destroyed):
            store.destroy(name)
