"""The proof of origin of a signed document: who signed it, when, and the signature itself.

The signature is ed25519 over ``MESSAGE.TIMESTAMP.DOCUMENT``, the document byte for byte as it was sent, as Standard
Webhooks has it (``v1a``). A signature tells whoever guesses the document whether the guess is right, and so it is
personal where the document is: it is recorded as ``"~"`` and stands with the personal values, under the person's key.
"""

from __future__ import annotations

from msgspec import Struct

from events.values import MessageId


class Origin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who signed a document. ``timestamp`` is in seconds since 1970, ``signature`` base64 of 64 bytes."""

    key: str
    """Id of the public key, under which the registry keeps it for ever."""
    message: MessageId
    timestamp: int
    signature: str


def signed_content(message: str, timestamp: int, document: bytes) -> bytes:
    """Return the bytes that a signature is made over."""
    return f"{message}.{timestamp}.".encode() + document
