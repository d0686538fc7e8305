"""Keyed tokens: they show whether two values are the same, and nothing else without the secret."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache

import msgspec

from events.forms import compared, compared_account, compared_name
from services.sealing.keystore import KeyStore

_TOKEN_MARK = "~"  # noqa: S105 -- how every token begins
_REMEMBERED = 16_384
"""NIKs whose tokens are not made again: a batch asks for each twice, and those of other agencies come between."""
_BLOCK = hashlib.sha256().block_size
_json = msgspec.json.Encoder().encode


def is_token(name: str) -> bool:
    """Tell whether a name is a token, as a person's key has it."""
    return name.startswith(_TOKEN_MARK)


def hmac_with(key: bytes, prefix: bytes = b"") -> Callable[[bytes], bytes]:
    """Return HMAC-SHA256 under a key, of what follows a prefix.

    The blocks of the key are hashed once and not for each message, which is most of the work for short ones.
    """
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + prefix)
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(message: bytes) -> bytes:
        inside, outside = inner.copy(), outer.copy()
        inside.update(message)
        outside.update(inside.digest())
        return outside.digest()

    return digest


class Tokens:
    """Tokens under one secret. The same value gives the same token for ever.

    A token is ``~`` and 22 characters of base64url: 16 bytes of HMAC-SHA256. Every kind of value has a prefix of
    its own, so that a NIK and an account number of the same digits have nothing in common.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._digest = hmac_with(secret)
        self._content = hmac_with(secret, b"content\0")
        self._nik = lru_cache(_REMEMBERED)(lambda nik: self._token(b"nik\0" + nik.encode()))

    @classmethod
    def opened(cls, keys: KeyStore) -> Tokens:
        """Return the tokens of the installation that this key store belongs to."""
        return cls(keys.secret("token"))

    def nik(self, nik: str) -> str:
        """Return the token of a NIK: the name under which its bearer appears everywhere."""
        return self._nik(nik)

    def account(self, bank: str, number: str, holder: str) -> str:
        """Return the token of a whole account, which is the same however its number is grouped."""
        return self._token(b"account\0" + _json(compared_account(bank, number, holder)))

    def bank_account(self, bank: str, number: str) -> str:
        """Return the token of a number at a bank, whoever is named as its holder."""
        return self._token(b"bank-account\0" + _json(compared_account(bank, number, "")[:2]))

    def reference(self, reference: str) -> str:
        """Return the token of a bank's reference of a payment."""
        return self._token(b"reference\0" + compared(reference).encode())

    def officer(self, name: str) -> str:
        """Return the token of an officer, which is the same for capital and small letters and however the name is spaced."""
        return self._token(b"officer\0" + compared_name(name).encode())

    def content(self, canonical: bytes) -> bytes:
        """Return the 8 bytes by which a document is compared with an earlier one of the same id."""
        return self._content(canonical)[:8]

    def document(self, agency: str, raw: bytes) -> str:
        """Return the name of a document in an agency's quarantine: 16 hexadecimal digits."""
        return self._digest(b"document\0" + agency.encode() + b"\0" + raw)[:8].hex()

    def mask(self, event_id: bytes, size: int) -> bytes:
        """Return ``size`` bytes that are the same for an id for ever, and random to everybody else."""
        return hashlib.shake_128(b"mask\0" + self._secret + event_id).digest(size)

    def fingerprint(self, installation: str) -> str:
        """Return what tells for one installation whether a secret is this one, and nothing else of it."""
        return self._digest(b"installation\0" + installation.encode())[:16].hex()

    def _token(self, message: bytes) -> str:
        digest = self._digest(message)[:16]
        return _TOKEN_MARK + base64.urlsafe_b64encode(digest)[:22].decode()
