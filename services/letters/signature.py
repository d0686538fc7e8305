"""The signature on a letter: Ed25519 by the fund's letter key, which signs nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from services.letters.statement import LetterStatement, text_of
from services.notary.notes import NoteSignature, VerifierKey
from services.notary.signatures import Signer, is_signed_by


def signed(statement: LetterStatement, signer: Signer) -> str:
    """Return the line of a letter with its signature; the same statement and key give the same line."""
    return text_of(statement, signer.sign(statement.signed, 0).signature)


def is_signed(statement: LetterStatement, signature: bytes, keys: Iterable[VerifierKey]) -> bool:
    """Tell whether one of these keys has signed just this, under the name that the statement has as its origin."""
    return any(
        is_signed_by(key, statement.signed, NoteSignature(statement.origin, key.key_id, signature))
        for key in keys
    )
