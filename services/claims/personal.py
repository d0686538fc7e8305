"""Personal data in clear: opened for a reason that is recorded first, and who has looked at what of a person."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct

from projections.as_of import NOW, AsOf
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import TrailSignature, append, read
from services.book.person import PersonFile
from services.claim_file.assembly import assemble, concerned, in_clear
from services.claim_file.contents import OpenedValues
from services.claims.moment import unknown
from services.runtime.bootstrap import Installation
from services.texts.errors import advised


class PersonalLook(Struct, frozen=True):
    """That somebody had personal data opened.

    What, of which claim or person (``all``), how many values, who, when and why.
    """

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
    file = await assemble(installation, number, as_of, looks=False)
    if file is None:
        raise unknown(number)
    file = await in_clear(installation, file)
    values = sum(len(one.values) for one in file.opened)
    about = concerned(file, installation.tokens)
    reading = PersonalDataRead(what=what, subject=number, values=values, concerns=about)
    await append(installation, reading, **signature)
    return file.opened


async def looks_at(installation: Installation, person_file: PersonFile) -> tuple[PersonalLook, ...]:
    """Return who had personal data of a person opened since there is any, alone, with everybody's or with a family's.

    The oldest first.
    """
    if not person_file.events:
        return ()
    since = dt.datetime.fromisoformat(min(one.recordedtime for one in person_file.events))
    subjects = {"all", person_file.person, *(row.claim for row in person_file.claims)}
    return tuple(
        PersonalLook(
            position=entry.position,
            time=entry.time,
            what=entry.record.what,
            subject=entry.record.subject or person_file.person,
            values=entry.record.values,
            by=entry.by,
            reason=entry.reason,
            engagement=entry.engagement,
        )
        for entry in await read(installation)
        if isinstance(entry.record, PersonalDataRead)
        and (
            person_file.person in entry.record.concerns
            or (
                (entry.record.subject in subjects or person_file.person in entry.record.persons)
                and entry.time >= since
            )
        )
    )
