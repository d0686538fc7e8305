"""A record as it is in the trail, and as it is read."""

from __future__ import annotations

import datetime as dt

import msgspec
from msgspec import UNSET, Struct, UnsetType

from events.envelope import Sealed
from events.redaction import restore
from services.audit_trail.records import Private, Record
from services.ledger.keys import id_hash
from services.ledger.trail import hash_of
from services.sealing.box import UnreadableError, unseal


class StoredRecord(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A record as it is in the trail."""

    time: dt.datetime
    """When it was appended; never before the record before it."""
    before: str
    """SHA-256 of the stored record before it, empty for the first."""
    by: Private
    reason: Private = ""
    engagement: str = ""
    """Number of the audit under which it was done, empty where under none."""
    record: Record
    sealed: Sealed | UnsetType = UNSET


class TrailEntry(Struct, frozen=True, kw_only=True):
    """A record as it is read. Where its key is gone, who, why and its private texts are ``~``."""

    position: int
    time: dt.datetime
    record: Record
    by: str
    reason: str = ""
    engagement: str = ""
    sha256: str
    """Of the record as it is stored."""
    readable: bool = True


_decode = msgspec.json.Decoder(StoredRecord).decode


def stored(body: bytes) -> StoredRecord:
    """Read a record as it is stored; raises ``msgspec.MsgspecError`` where it is none."""
    return _decode(body)


def opened(position: int, body: bytes, key: bytes | None) -> TrailEntry:
    """Read a record with the key of what Kelambu says itself, if there is one."""
    one, readable = stored(body), True
    if one.sealed is not UNSET:
        try:
            values = unseal(one.sealed, key or b"", tied_to(position))
            clear = restore({"data": msgspec.to_builtins(one)}, values)["data"]
            one = msgspec.convert(clear, StoredRecord)
        except UnreadableError:
            readable = False
    return TrailEntry(
        position=position,
        time=one.time,
        record=one.record,
        by=one.by,
        reason=one.reason,
        engagement=one.engagement,
        sha256=hash_of(body),
        readable=readable,
    )


def box_at(position: int, body: bytes) -> tuple[Sealed, bytes] | None:
    """Return the box of the record at a position, and what it is tied to; None where nothing is sealed."""
    sealed = stored(body).sealed
    return None if sealed is UNSET else (sealed, tied_to(position))


def tied_to(position: int) -> bytes:
    """Return what the box of the record at a position is tied to."""
    return id_hash("/audit-trail", str(position))
