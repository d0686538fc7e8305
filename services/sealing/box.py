"""Boxes: the personal values of one event, encrypted under one key and tied to that event."""

from __future__ import annotations

import binascii
import contextlib
import os
from collections.abc import Iterator, Mapping

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import UNSET, Struct, UnsetType

from events.envelope import Sealed
from services.ledger.keys import id_hash
from services.sealing.legible import discarded_in

NONCE_BYTES = 12

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


class _SealedEvent(Struct):
    source: str
    id: str
    sealed: Sealed | UnsetType = UNSET


_decode_event = msgspec.json.Decoder(_SealedEvent).decode


class UnreadableError(Exception):
    """A box does not open: its key was destroyed or is another, or the box or its event was changed."""

    def __init__(self, key: str) -> None:
        super().__init__(f"what is sealed under {key} cannot be opened")
        self.key = key


def nonces(number: int) -> Iterator[bytes]:
    """Go through so many nonces, each for one box only; the system is asked for its randomness once."""
    drawn = os.urandom(NONCE_BYTES * number)
    return (drawn[start : start + NONCE_BYTES] for start in range(0, len(drawn), NONCE_BYTES))


def lock(key: bytes, content: bytes, aad: bytes, nonce: bytes = b"") -> bytes:
    """Encrypt bytes with AES-256-GCM; ``aad`` says what they belong to and is needed to open.

    ``nonce`` is one of ``nonces``; without it one is drawn.
    """
    nonce = nonce or os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, aad)


def unlock(name: str, key: bytes, box: bytes, aad: bytes) -> bytes:
    """Return what was locked under the key of this name.

    Raises:
        UnreadableError: another key, other ``aad``, or a changed box.
    """
    try:
        return AESGCM(key).decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError) as error:
        raise UnreadableError(name) from error


def seal(name: str, key: bytes, values: Mapping[str, object], aad: bytes, nonce: bytes = b"") -> Sealed:
    """Encrypt JSON values by path, as ``lock`` does."""
    box = lock(key, _encode(values), aad, nonce)
    return Sealed(name, binascii.b2a_base64(box, newline=False).decode())


def unseal(sealed: Sealed, key: bytes, aad: bytes) -> dict[str, object]:
    """Return the values by path.

    Raises:
        UnreadableError: another key, other ``aad``, or a changed box.
    """
    try:
        box = binascii.a2b_base64(sealed.box, strict_mode=True)
    except ValueError as error:
        raise UnreadableError(sealed.key) from error
    return _decode(unlock(sealed.key, key, box, aad))


def box_of(body: bytes) -> tuple[Sealed, bytes] | None:
    """Return the box of a recorded event, and what it is tied to; None where nothing is sealed."""
    event = _decode_event(body)
    return None if event.sealed is UNSET else (event.sealed, id_hash(event.source, event.id))


def boxes_of(body: bytes) -> list[tuple[Sealed, bytes]]:
    """Return the box of a recorded event as ``box_of`` does, and before it that of an event which it discards."""
    boxes = [] if (box := box_of(body)) is None else [box]
    if discarded := discarded_in(body):
        with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
            return [*boxes_of(discarded), *boxes]
    return boxes
