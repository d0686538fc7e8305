"""One step of a claim: what one recorded event says of it, with its place; nothing personal in it."""

from __future__ import annotations

import datetime as dt

from msgspec import UNSET, Struct, UnsetType

from events.catalogue import SHORT_NAMES, ClaimEvent, Event, content_of
from events.content import Content
from events.envelope import reference
from events.retraction import EventRetracted


class Step(Struct, frozen=True):
    """One recorded event of a claim (or a retraction, whose ``claim`` is empty).

    ``ref`` and ``cause`` are references ``agency:id``; instants are RFC 3339 in UTC with milliseconds.
    """

    claim: str
    partition: int
    position: int
    person: str
    recordedtime: str
    time: str
    type: str
    ref: str
    cause: str
    says: Content


def instant(moment: dt.datetime | UnsetType) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds; empty where there is none."""
    if moment is UNSET:
        return ""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def place(event: Event) -> tuple[int, int]:
    """Return the partition and position of a recorded event; raises ``ValueError`` for one that has none."""
    if event.partition is UNSET or event.position is UNSET:
        raise ValueError(f"event {event.id} of {event.source} carries no position")
    return event.partition, event.position


def step_of(event: ClaimEvent | EventRetracted) -> Step:
    """Return what a recorded event says about its claim."""
    partition, position = place(event)
    return Step(
        claim="" if isinstance(event, EventRetracted) else event.data.claim,
        partition=partition,
        position=position,
        person=event.person or "",
        recordedtime=instant(event.recordedtime),
        time=instant(event.time),
        type=SHORT_NAMES[type(event)],
        ref=reference(event.source, event.id),
        cause=event.causationid or "",
        says=content_of(event),
    )
