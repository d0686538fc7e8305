"""Part digests: which parts of a document differ from those of an earlier one, where neither was kept.

Two bytes of each part are kept, hidden under a mask that only the installation can make and that is another for each
id. A part that differs is taken for the same once in 65,536 times; whether the whole differs is for
``Tokens.content``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cache
from typing import NamedTuple
from zlib import crc32

import msgspec
from msgspec import Raw, Struct

from events.catalogue import AGENCY_TYPES
from events.upcast import UPCASTS
from services.sealing.tokens import Tokens

_SIZE = 2
_LOW = 0xFFFF


class _Parts(Struct):
    """The parts of a document, as they are spelt."""

    type: Raw
    time: Raw
    data: dict[str, Raw]


_parts = msgspec.json.Decoder(_Parts).decode


class _Layout(NamedTuple):
    """Which keys the data of a type has, and what packs a number for each of them, after the type and the time."""

    keys: tuple[str, ...]
    pack: Callable[..., bytes]
    size: int


def parts_of(tokens: Tokens, event_id: bytes, canonical: bytes) -> bytes:
    """Return the parts of a content by name: its type, its time, and each key of its data."""
    parts = _parts(canonical)
    kind, data = bytes(parts.type), parts.data
    layout = _layout(kind)
    plain = layout.pack(
        crc32(kind) & _LOW,
        crc32(parts.time) & _LOW,
        *[crc32(data[key]) & _LOW if key in data else 0 for key in layout.keys],
    )
    mask = tokens.mask(event_id, layout.size)
    return (int.from_bytes(plain) ^ int.from_bytes(mask)).to_bytes(layout.size)


def differing(tokens: Tokens, event_id: bytes, canonical: bytes, earlier: bytes) -> tuple[str, ...]:
    """Return which of ``type``, ``time`` and the keys of ``data`` differ from those of the earlier content.

    Of another type only that can be said. Nothing is said of what was recorded without its parts.
    """
    if not earlier:
        return ()
    now = parts_of(tokens, event_id, canonical)
    if now[:_SIZE] != earlier[:_SIZE]:
        return ("type",)
    names = ("type", "time", *_layout(bytes(_parts(canonical).type)).keys)
    return tuple(
        name
        for place, name in enumerate(names)
        if now[place * _SIZE : (place + 1) * _SIZE] != earlier[place * _SIZE : (place + 1) * _SIZE]
    )


@cache
def _layout(kind: bytes) -> _Layout:
    """Return the layout of a type, given as JSON; the keys are in the order of its Struct: new ones come last."""
    name = msgspec.json.decode(kind, type=str)
    event = UPCASTS[name].older if name in UPCASTS else AGENCY_TYPES[name]
    data = next(field.type for field in msgspec.structs.fields(event) if field.name == "data")
    keys = tuple(field.encode_name for field in msgspec.structs.fields(data))
    packer = struct.Struct(f">{len(keys) + 2}H")
    return _Layout(keys, packer.pack, packer.size)
