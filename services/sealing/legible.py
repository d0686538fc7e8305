"""A recorded event as people read it while it stays sealed: its JSON, with what is sealed in it cut short."""

from __future__ import annotations

import msgspec

from events.catalogue import beginnings
from events.operation import ParkedDiscarded

_SHOWN = 24
"""So many characters of a sealed value are shown: it says nothing but that something is sealed."""

_DISCARD = beginnings(ParkedDiscarded)


def discarded_in(body: bytes) -> bytes | None:
    """Return the event that a recorded discard keeps, byte for byte.

    None where it keeps none, or it is another event.
    """
    if not body.startswith(_DISCARD):
        return None
    return msgspec.json.decode(body, type=ParkedDiscarded).data.document or None


def legible(body: bytes) -> str:
    """Return an event as JSON over several lines, what is sealed in it cut short; empty for what is no JSON.

    An event that was discarded stands as JSON within its discard.
    """
    try:
        document = _cut(_with_discarded(body))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode()


def _with_discarded(body: bytes) -> object:
    document = msgspec.json.decode(body)
    if discarded := discarded_in(body):
        try:
            document["data"]["document"] = msgspec.json.decode(discarded)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return document
    return document


def _cut(value: object, *, sealed: bool = False) -> object:
    if isinstance(value, dict):
        return {name: _cut(one, sealed=sealed or name == "sealed") for name, one in value.items()}
    if isinstance(value, list):
        return [_cut(one, sealed=sealed) for one in value]
    if sealed and isinstance(value, str) and len(value) > _SHOWN:
        return f"{value[:_SHOWN]}…"
    return value
