"""What an agency does, and the document with which it says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

_encode = msgspec.json.Encoder().encode


class AgencyMessage(NamedTuple):
    """One document on its way: ``agency`` is whose outbox it goes into, ``body`` is what the agency wrote.

    ``time`` is when it is sent, ``about`` the claim or person whose messages must keep their order. The body need
    not be right: agencies err, and some send what is no JSON.
    """

    agency: str
    body: bytes
    time: dt.datetime
    about: str = ""


class Act(Struct, frozen=True):
    """Something an agency did, before it is put into a document. ``type`` is without prefix and version."""

    agency: str
    id: str
    type: str
    time: dt.datetime
    data: Mapping[str, object]
    about: str
    """The claim, or the NIK of the person, whose story this belongs to."""


def document(act: Act, source: str = "") -> dict[str, object]:
    """Return the CloudEvents document of an act; ``source`` replaces the agency's own name."""
    envelope: dict[str, object] = {
        "specversion": "1.0",
        "id": act.id,
        "source": f"/agencies/{source or act.agency}",
        "type": f"kelambu.{act.type}.v1",
        "time": act.time.isoformat(),
        "data": act.data,
    }
    if act.type.startswith("claim."):
        envelope["subject"] = act.data["claim"]
    return envelope


def message(act: Act, sent: dt.datetime | None = None) -> AgencyMessage:
    """Put an act into a document, sent when it was done or at ``sent``."""
    return AgencyMessage(act.agency, _encode(document(act)), sent or act.time, act.about)


def encode(content: Mapping[str, object]) -> bytes:
    """Write a document as its agency would."""
    return _encode(content)
