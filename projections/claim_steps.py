"""One step of a claim: what one recorded event says of it, with its place; nothing personal in it."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

from msgspec import UNSET, Struct, UnsetType

from events.catalogue import SHORT_NAMES, ClaimEvent, Event, content_and_date
from events.content import Content
from events.envelope import reference
from events.retraction import EventRetracted
from events.values import civil_date


class Step(Struct, frozen=True):
    """One recorded event of a claim (or a retraction, whose ``claim`` is empty).

    ``ref`` and ``cause`` are references ``agency:id``; instants are RFC 3339 in UTC with milliseconds. Four times, never
    mixed: ``happened`` is the event's own date, ``time`` when the agency acted and said so, ``admittedtime`` when intake took
    it (empty for what Kelambu says itself), ``recordedtime`` when it entered the ledger.
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
    happened: str
    admittedtime: str


_OFFSET = len("+00:00")


@lru_cache(65536)
def instant(moment: dt.datetime | UnsetType) -> str:
    """Write an instant as RFC 3339 in UTC with milliseconds; empty where there is none."""
    if moment is UNSET:
        return ""
    in_utc = moment if moment.tzinfo is dt.UTC else moment.astimezone(dt.UTC)
    return in_utc.isoformat(timespec="milliseconds")[:-_OFFSET] + "Z"


@lru_cache(65536)
def civil(moment: str) -> str:
    """Return the date in Asia/Jakarta of an instant."""
    return civil_date(dt.datetime.fromisoformat(moment)).isoformat() if moment else ""


@lru_cache(65536)
def days_from(first: str, last: str) -> int:
    """Return the days from one civil date to another, negative where the other is earlier."""
    return 0 if first == last else (dt.date.fromisoformat(last) - dt.date.fromisoformat(first)).days


def place(event: Event) -> tuple[int, int]:
    """Return the partition and position of a recorded event; raises ``ValueError`` for one that has none."""
    if event.partition is UNSET or event.position is UNSET:
        raise ValueError(f"event {event.id} of {event.source} carries no position")
    return event.partition, event.position


def step_of(event: ClaimEvent | EventRetracted) -> Step:
    """Return what a recorded event says about its claim."""
    partition, position = place(event)
    content, happened = content_and_date(event)
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
        says=content,
        happened=happened.isoformat(),
        admittedtime=instant(event.admittedtime),
    )
