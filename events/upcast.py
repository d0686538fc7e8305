"""Older versions of an event: from the bytes as they were once written to today's Struct.

An older version keeps its Struct, and gains a function from its JSON object to that of the next version. Stored
events are never rewritten: they are brought up to date each time they are read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import Struct

JsonObject: TypeAlias = dict[str, object]
T = TypeVar("T")


class Upcast(Struct, frozen=True):
    """The Struct of the older version, and the function that turns its JSON object into the next version's.

    ``to_next`` gets an object that the older Struct has accepted; it returns one whose ``type`` is the next version.
    """

    older: type[Struct]
    to_next: Callable[[JsonObject], JsonObject]


UPCASTS: dict[str, Upcast] = {}
"""By the full name of the older type, e.g. ``kelambu.participant.enrolled.v1`` once there is a ``v2``."""


def decode_with(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """Read an event in today's version or an older one, as ``decoder`` reads it; raises ``msgspec.ValidationError``."""
    try:
        return decoder.decode(body)
    except UnicodeDecodeError as fault:
        raise msgspec.ValidationError(str(fault)) from fault
    except msgspec.ValidationError:
        newer = upcast(body)
        if newer == body:
            raise
        return decoder.decode(newer)


def upcast(body: bytes) -> bytes:
    """Return the JSON of an event in today's version; the same bytes if it is of today already.

    Raises ``msgspec.ValidationError`` if it is not of the older version that it claims to be.
    """
    try:
        document: object = msgspec.json.decode(body)
    except UnicodeDecodeError as fault:
        raise msgspec.ValidationError(str(fault)) from fault
    if not is_older(document):
        return body
    while isinstance(document, dict) and (way := UPCASTS.get(document["type"])) is not None:
        msgspec.convert(document, way.older, strict=True)
        document = way.to_next(document)
    return msgspec.json.encode(document)


def is_older(document: object) -> bool:
    """Tell whether a JSON value names the type of an older version."""
    name = document.get("type") if isinstance(document, dict) else None
    return isinstance(name, str) and name in UPCASTS
