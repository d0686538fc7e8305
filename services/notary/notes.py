"""Signed notes (C2SP ``signed-note``): a text, who signed it, and the keys by which signatures are known.

A note is UTF-8 without control characters other than the line break: the text, which ends in one, an empty line, and
signature lines ``— NAME BASE64``. Base64 has one spelling only. Nothing here says that a signature is right:
``services.notary.signatures`` does.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from msgspec import Struct

from events.message import message
from services.texts.errors import TextError

ED25519, ED25519_COSIGNATURE, ML_DSA_44_COSIGNATURE = 0x01, 0x04, 0x06
"""The types of signatures that are known here, as the specification numbers them."""
PUBLIC_BYTES = {ED25519: 32, ED25519_COSIGNATURE: 32, ML_DSA_44_COSIGNATURE: 1312}
"""How long a public key of each type is."""
MAX_BYTES = 256 * 1024
"""A longer note is refused: one of ours with ninety signatures is shorter."""

_MARK = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)


class NoteError(TextError):
    """What was given is no signed note, or no key for one; the message says why."""


class NoteSignature(Struct, frozen=True):
    """One signature line: whose it says that it is, the first four bytes of the hash of the key, and the signature."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        """Return the line, without its end."""
        return f"{_MARK}{self.name} {base64.b64encode(self.key_id + self.signature).decode()}"


class Note(Struct, frozen=True):
    """A text with signatures, none of which has been checked yet. The text ends in a line break."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __str__(self) -> str:
        """Return the note as it is stored and sent."""
        return f"{self.text}\n{lines(self.signatures)}"

    def with_signatures(self, more: tuple[NoteSignature, ...]) -> Note:
        """Return the note with these signatures behind its own, none of them twice."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *more))))


class VerifierKey(Struct, frozen=True):
    """A public key, its type and the name under which it signs."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of the SHA-256 of name, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """Return the key as text, a ``vkey``: ``NAME+KEYID+BASE64``."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


def read_note(data: bytes) -> Note:
    """Read a note.

    Raises:
        NoteError: it is none.
    """
    if len(data) > MAX_BYTES:
        raise NoteError(message("note.too-long", most=MAX_BYTES))
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NoteError(message("note.characters")) from None
    if _CONTROL.search(whole):
        raise NoteError(message("note.characters"))
    before, parted, signed = whole.rpartition("\n\n")
    if not parted or not signed:
        raise NoteError(message("note.unsigned"))
    return Note(f"{before}\n", read_lines(signed))


def read_lines(text: str) -> tuple[NoteSignature, ...]:
    """Read signature lines, each of which ends in a line break.

    Raises:
        NoteError: one of them is none.
    """
    *lines, rest = text.split("\n")
    if rest:
        raise NoteError(message("note.no-end"))
    return tuple(_signature(line) for line in lines)


def lines(signatures: tuple[NoteSignature, ...]) -> str:
    """Return signature lines as they stand in a note, each with its end."""
    return "".join(f"{one}\n" for one in signatures)


def read_key(text: str) -> VerifierKey:
    """Read a verifier key, a ``vkey``.

    Raises:
        NoteError: it is none, or of a type that is not known here.
    """
    name, _, rest = text.strip().partition("+")
    key_id, _, spelt = rest.partition("+")
    material = decoded(spelt) or b""
    key = VerifierKey(name, material[0] if material else 0, material[1:])
    if not is_name(name) or not _KEY_ID.fullmatch(key_id) or PUBLIC_BYTES.get(key.kind) != len(key.public):
        raise NoteError(message("note.no-key"))
    if key.key_id.hex() != key_id:
        raise NoteError(message("note.another-key", name=name))
    return key


def is_name(text: str) -> bool:
    """Tell whether a key may have this name: not empty, without space or plus sign."""
    return bool(text) and "+" not in text and not any(c.isspace() or c < " " for c in text)


def decoded(text: str) -> bytes | None:
    """Decode base64 that is spelt in the one right way; None otherwise."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def _signature(line: str) -> NoteSignature:
    name, _, spelt = line.removeprefix(_MARK).partition(" ")
    raw = decoded(spelt)
    if not line.startswith(_MARK) or not is_name(name) or raw is None or len(raw) < 5:
        raise NoteError(message("note.bad-line"))
    return NoteSignature(name, raw[:4], raw[4:])
