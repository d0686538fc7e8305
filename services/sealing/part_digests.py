"""Part digests: which parts of a document differ from those of an earlier one, where neither was kept.

Two bytes of each part are kept, hidden under a mask that only the installation can make and that is another for each id. A
part that differs is taken for the same once in 65,536 times; whether the whole differs is for ``Tokens.content``.
"""

from __future__ import annotations

from functools import cache
from struct import pack
from zlib import crc32

import msgspec

from events.catalogue import AGENCY_TYPES
from events.upcast import UPCASTS
from services.sealing.tokens import Tokens

_SIZE = 2
_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def parts_of(tokens: Tokens, event_id: bytes, canonical: bytes) -> bytes:
    """Return what tells the parts of a content apart: its type, its time, and each key of its data."""
    attributes = _attributes(canonical)
    kind = attributes["type"]
    data = _attributes(attributes["data"])
    values = [crc32(data.get(key, b"")) & 0xFFFF for key in _keys(bytes(kind))]
    plain = pack(f">{len(values) + 2}H", crc32(kind) & 0xFFFF, crc32(attributes["time"]) & 0xFFFF, *values)
    return _masked(tokens, event_id, plain)


def differing(tokens: Tokens, event_id: bytes, canonical: bytes, earlier: bytes) -> tuple[str, ...]:
    """Return which of ``type``, ``time`` and the keys of ``data`` differ from those of the earlier content.

    Of another type only that can be said. Nothing is said of what was recorded without its parts.
    """
    if not earlier:
        return ()
    now = parts_of(tokens, event_id, canonical)
    if now[:_SIZE] != earlier[:_SIZE]:
        return ("type",)
    names = ("type", "time", *_keys(bytes(_attributes(canonical)["type"])))
    return tuple(
        name
        for place, name in enumerate(names)
        if now[place * _SIZE : (place + 1) * _SIZE] != earlier[place * _SIZE : (place + 1) * _SIZE]
    )


def _masked(tokens: Tokens, event_id: bytes, plain: bytes) -> bytes:
    mask = tokens.mask(event_id, len(plain))
    return (int.from_bytes(plain) ^ int.from_bytes(mask)).to_bytes(len(plain))


@cache
def _keys(kind: bytes) -> tuple[str, ...]:
    """Return the keys of the data of a type, given as JSON, in the order of its Struct: new ones come last."""
    name = msgspec.json.decode(kind, type=str)
    event = UPCASTS[name].older if name in UPCASTS else AGENCY_TYPES[name]
    data = next(field.type for field in msgspec.structs.fields(event) if field.name == "data")
    return tuple(field.encode_name for field in msgspec.structs.fields(data))
