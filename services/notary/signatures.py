"""Making and checking the signatures of notes: Ed25519 of the log, cosignatures by Ed25519 and ML-DSA-44."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
from msgspec import Struct

from events.message import message
from services.notary.cosignatures import TIME_BYTES, cosigned_text, cosigned_tree, read_tree_head
from services.notary.notes import (
    ED25519,
    ED25519_COSIGNATURE,
    ML_DSA_44_COSIGNATURE,
    Note,
    NoteError,
    NoteSignature,
    VerifierKey,
)

PrivateKey: TypeAlias = Ed25519PrivateKey | MLDSA44PrivateKey
PublicKey: TypeAlias = Ed25519PublicKey | MLDSA44PublicKey


class Signer(Struct, frozen=True):
    """A private key, the type of the signatures that it makes and the name under which it makes them."""

    name: str
    kind: int
    private: PrivateKey

    @property
    def key(self) -> VerifierKey:
        """The public half."""
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())

    def sign(self, text: str, seconds: int) -> NoteSignature:
        """Sign a text; a cosignature is of this time, in seconds since 1970.

        Raises:
            NoteError: an ML-DSA-44 cosignature covers a checkpoint, and the text is none.
        """
        signature = self.private.sign(_covered(self.key, text, seconds))
        if self.kind != ED25519:
            signature = seconds.to_bytes(TIME_BYTES, "big") + signature
        return NoteSignature(self.name, self.key.key_id, signature)


def signed(text: str, signers: Iterable[Signer], seconds: int) -> Note:
    """Return the note of a text that each of these has signed."""
    return Note(text, tuple(one.sign(text, seconds) for one in signers))


def is_signed_by(key: VerifierKey, text: str, signature: NoteSignature) -> bool:
    """Tell whether a signature was made with the private half of a key, under its name, over exactly this text."""
    if (signature.name, signature.key_id) != (key.name, key.key_id):
        return False
    seconds, signature_bytes = 0, signature.signature
    if key.kind != ED25519:
        seconds, signature_bytes = signed_at(signature), signature_bytes[TIME_BYTES:]
        if seconds >= 2**63:
            return False
    try:
        public = MLDSA44PublicKey if key.kind == ML_DSA_44_COSIGNATURE else Ed25519PublicKey
        public.from_public_bytes(key.public).verify(signature_bytes, _covered(key, text, seconds))
    except (InvalidSignature, NoteError, ValueError):
        return False
    return True


def signed_at(cosignature: NoteSignature) -> int:
    """Return the time of a cosignature, in seconds since 1970."""
    return int.from_bytes(cosignature.signature[:TIME_BYTES], "big")


def verified(note: Note, keys: Iterable[VerifierKey]) -> dict[VerifierKey, NoteSignature]:
    """Return which of these keys have signed a note; signatures of other keys are passed over.

    Raises:
        NoteError: none has, or a signature of one of them is wrong.
    """
    keys_by_id = {(key.name, key.key_id): key for key in keys}
    by_key: dict[VerifierKey, NoteSignature] = {}
    for signature in note.signatures:
        key = keys_by_id.get((signature.name, signature.key_id))
        if key is None:
            continue
        if not is_signed_by(key, note.text, signature):
            raise NoteError(message("note.wrong-signature", name=key.name, key=key.key_id.hex()))
        by_key.setdefault(key, signature)
    if not by_key:
        raise NoteError(message("note.unknown-keys"))
    return by_key


def _covered(key: VerifierKey, text: str, seconds: int) -> bytes:
    if key.kind == ML_DSA_44_COSIGNATURE:
        return cosigned_tree(key.name, seconds, read_tree_head(text))
    return cosigned_text(seconds, text) if key.kind == ED25519_COSIGNATURE else text.encode()
