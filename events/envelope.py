"""The envelope of every event: CloudEvents 1.0 in JSON, plus what Kelambu adds when it records."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Generic, Literal, TypeVar

from msgspec import UNSET, Meta, Struct, UnsetType

from events.origin import Origin
from events.values import ContentType, EventId, Source

D = TypeVar("D")

Instant = Annotated[dt.datetime, Meta(tz=True)]


class Sealed(Struct, frozen=True, forbid_unknown_fields=True):
    """The personal values of one event under one key.

    ``key`` names the key (a person's token, or ``agency:NAME`` while no person is known); ``box`` is
    base64 of nonce and AES-256-GCM ciphertext of a JSON object from path to value.
    """

    key: str
    box: str


class Envelope(
    Struct,
    Generic[D],
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
):
    """One event. An agency sends the first group of attributes; Kelambu adds the second when it records.

    ``time`` is when the act happened at the agency, ``admittedtime`` when intake took the event,
    ``recordedtime`` when it entered the ledger; the date of the fact itself is in ``data``.
    """

    specversion: Literal["1.0"]
    id: EventId
    source: Source
    time: Instant
    data: D
    subject: str | UnsetType = UNSET
    datacontenttype: ContentType | UnsetType = UNSET
    traceparent: str | UnsetType = UNSET
    tracestate: str | UnsetType = UNSET

    person: str | UnsetType = UNSET
    """Token of the participant the event is about; it chooses the partition."""
    partition: int | UnsetType = UNSET
    position: int | UnsetType = UNSET
    admittedtime: Instant | UnsetType = UNSET
    recordedtime: Instant | UnsetType = UNSET
    causationid: str | UnsetType = UNSET
    """Reference (see ``reference``) of the event that made Kelambu say this."""
    sealed: Sealed | UnsetType = UNSET
    origin: Origin | UnsetType = UNSET
    """Who signed the document; its signature is sealed."""


RECORDED_ATTRIBUTES = (
    "person",
    "partition",
    "position",
    "admittedtime",
    "recordedtime",
    "causationid",
    "sealed",
    "origin",
)
"""Attributes that only Kelambu may write; an agency document that has one is refused."""

TRACE = ("traceparent", "tracestate")
"""Extensions that an agency may send; they are kept and are no content."""

KELAMBU = "/agencies/kelambu"
"""The source of everything that Kelambu says itself."""


def agency_of(source: str) -> str:
    """Return the agency's name from a ``source`` such as ``/agencies/rsud-sekayu``."""
    return source.removeprefix("/agencies/")


def reference(source: str, event_id: str) -> str:
    """Return the short name by which other events and award lines cite an event: ``agency:id``."""
    return f"{source.removeprefix('/agencies/')}:{event_id}"
