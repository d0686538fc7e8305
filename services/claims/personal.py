"""Personal data in clear: opened for a reason that is recorded first, and who has looked at what of a person."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from projections.as_of import NOW, AsOf
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import TrailSignature, append, read
from services.book.person import PersonFile
from services.claim_file.contents import OpenedValues
from services.claim_file.gathering import concerned, gather, in_clear
from services.claims.moment import unknown
from services.runtime.bootstrap import Installation
from services.texts.errors import advised


class PersonalLook(Struct, frozen=True):
    """That somebody had personal data opened: what, of which claim or person (``all``), how many values, who, when and why."""

    position: int
    time: dt.datetime
    what: str
    subject: str
    values: int | None
    by: str
    reason: str
    engagement: str


async def opened_values(
    installation: Installation, number: str, signature: TrailSignature, what: str, as_of: AsOf = NOW
) -> tuple[OpenedValues, ...]:
    """Return what is sealed in a claim's own events, in clear; that ``what`` opened it is in the audit trail before.

    Raises:
        AdvisedError: no reason is given, or nobody has filed the claim.
    """
    if not signature["reason"].strip():
        raise advised("claim-file.reason", "console.unmask.give-reason")
    file = await gather(installation, number, as_of, looks=False)
    if file is None:
        raise unknown(number)
    file = await in_clear(installation, file)
    values = sum(len(one.values) for one in file.opened)
    about = concerned(file, installation.tokens)
    reading = PersonalDataRead(what=what, subject=number, values=values, concerns=about)
    await append(installation, reading, **signature)
    return file.opened


async def looks_at(installation: Installation, found: PersonFile) -> tuple[PersonalLook, ...]:
    """Return who had personal data of a person opened since there is any, alone, with everybody's or with a family's; the oldest first."""
    if not found.events:
        return ()
    since = dt.datetime.fromisoformat(min(one.recordedtime for one in found.events))
    subjects = {"all", found.person, *(row.claim for row in found.claims)}
    return tuple(
        PersonalLook(
            position=entry.position,
            time=entry.time,
            what=entry.record.what,
            subject=entry.record.subject or found.person,
            values=entry.record.values,
            by=entry.by,
            reason=entry.reason,
            engagement=entry.engagement,
        )
        for entry in await read(installation)
        if isinstance(entry.record, PersonalDataRead)
        and (
            found.person in entry.record.concerns
            or (
                (entry.record.subject in subjects or found.person in entry.record.persons)
                and entry.time >= since
            )
        )
    )
