"""What an objection says: opened for whoever gives a reason, and recorded before it is handed out."""

from __future__ import annotations

import datetime as dt

from msgspec import Struct
from msgspec.structs import replace

from events.claim import ClaimObjected
from events.message import message
from events.values import civil_date
from services.audit_trail.records import PersonalDataRead
from services.audit_trail.trail import TrailSignature, append
from services.claim_file.assembly import assemble, concerned, in_clear
from services.claim_file.contents import name_of
from services.review.decision import ReviewError
from services.runtime.bootstrap import Installation


class ObjectionText(Struct, frozen=True):
    """An objection in clear: its event, the civil day of the act, who objects and what they say.

    Empty where the key is gone.
    """

    event: str
    day: dt.date
    by: str
    grounds: str


async def objections(
    installation: Installation, number: str, signature: TrailSignature
) -> list[ObjectionText]:
    """Return what the objections of a claim say, oldest first; who read them and why is recorded before.

    Raises:
        ReviewError: no reason is given.
    """
    if not signature["reason"].strip():
        raise ReviewError(message("review.no-reason"))
    file = await assemble(installation, number)
    if file is None:
        return []
    events = [
        event for event in file.decoded() if isinstance(event, ClaimObjected) and event.data.claim == number
    ]
    names = {name_of(event) for event in events}
    file = await in_clear(installation, file)
    file = replace(file, opened=tuple(one for one in file.opened if one.event in names))
    opened = {one.event: one.values for one in file.opened}
    texts = [
        ObjectionText(
            name_of(event),
            civil_date(event.time),
            values.get("by.name", ""),
            values.get("grounds", ""),
        )
        for event in events
        for values in (opened.get(name_of(event), {}),)
    ]
    if texts:
        values = sum(bool(one.by) + bool(one.grounds) for one in texts)
        about = concerned(file, installation.tokens)
        reading = PersonalDataRead(what="objection", subject=number, values=values, concerns=about)
        await append(installation, reading, **signature)
    return texts
