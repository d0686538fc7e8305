"""All that is held of one person, in clear, to be handed to the person: every event, and who had looked at it."""

from __future__ import annotations

import asyncio
import datetime as dt

from msgspec import Struct

from events.catalogue import type_of
from events.operation import PersonErased
from projections.as_of import NOW
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import TrailSignature, append
from services.book.person import PersonFile, file_of, recorded_of
from services.claims.personal import PersonalLook, looks_at
from services.erasure.refused_documents_of_person import documents_about
from services.runtime.bootstrap import Installation
from services.sealing.clear import clear_event
from services.texts.errors import advised


class ExtractedRefusal(Struct, frozen=True):
    """A document about the person that was refused, as its agency sent it."""

    agency: str
    at: dt.datetime
    code: str
    document: str


class Extract(Struct, frozen=True):
    """What is held of a person.

    Membership, claims and sums, each event in clear with its place, refused documents, who looked. ``unreadable`` is
    how many events nobody can open any more.
    """

    person: str
    made: dt.datetime
    summary: PersonFile
    events: tuple[dict[str, object], ...]
    unreadable: int
    refused: tuple[ExtractedRefusal, ...]
    looks: tuple[PersonalLook, ...]

    @property
    def erased(self) -> bool:
        """Whether the person was erased: nothing personal is in it then."""
        return any(event["type"] == type_of(PersonErased) for event in self.events)


async def extract_of(installation: Installation, person: str, signature: TrailSignature) -> Extract:
    """Return what is held of a person in clear; the audit trail has it before it is returned.

    Raises:
        AdvisedError: no reason is given, or the ledger knows nobody of this token.
    """
    if not signature["reason"].strip():
        raise advised("extract.no-reason", "extract.give-reason")
    entries = await recorded_of(installation.ledger, person)
    if not entries:
        raise advised("person.unknown", "person.look-again")
    keys = await asyncio.to_thread(installation.keys.get, [person])
    opened = [clear_event(entry.body, keys) for entry in entries]
    values = sum(count for _, count in opened if count)
    record = PersonalDataRead(what="extract", subject=person, values=values)
    await append(installation, record, **signature)
    summary = file_of(person, entries, NOW)
    return Extract(
        person=person,
        made=installation.clock(),
        summary=summary,
        events=tuple(content for content, _ in opened),
        unreadable=sum(count is None for _, count in opened),
        refused=tuple(
            ExtractedRefusal(
                one.entry.agency, one.entry.at, one.entry.code, one.document.decode(errors="replace")
            )
            for one in await documents_about(installation, {person})
        ),
        looks=await looks_at(installation, summary),
    )
