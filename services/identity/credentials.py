"""Making and checking what proves an identity: API keys, and ed25519 keys in the form of Standard Webhooks.

An API key is ``kk_ID_SECRET``; ``kk_ID`` names it everywhere, the secret is shown once and only its SHA-256 is kept:
of 160 random bits nobody finds it by trying. A public key is named ``ed_`` and 16 digits of its SHA-256.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from events.message import message
from events.origin import Origin, signed_content
from services.ledger.credentials import Credential
from services.texts.errors import TextError

SECRET_BYTES = 20
PUBLIC_PREFIX = "whpk_"
PRIVATE_PREFIX = "whsk_"
_API_KEY = re.compile(r"(kk_[0-9a-f]{12})_([0-9a-f]{40})", re.ASCII)
_SIGNATURE_BYTES = 64
_PUBLIC_BYTES = 32

_P = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})
"""The y of points under which anything can be signed by anybody."""


class BadKeyError(TextError):
    """What was given is no public key to trust; the message says what one looks like."""


def new_api_key(agency: str, now: dt.datetime, expires: dt.datetime | None = None) -> tuple[str, Credential]:
    """Return a new API key to show once, and what is kept of it."""
    name, secret = f"kk_{secrets.token_hex(6)}", secrets.token_hex(SECRET_BYTES)
    credential = Credential(
        id=name, agency=agency, kind="api", proof=_hashed(secret), since=now, expires=expires
    )
    return f"{name}_{secret}", credential


def read_api_key(text: str) -> tuple[str, str] | None:
    """Return the id and the secret of an API key; None for any other text."""
    match = _API_KEY.fullmatch(text)
    return None if match is None else (match[1], match[2])


def is_secret_of(credential: Credential, secret: str) -> bool:
    """Tell whether this is the secret of an API key, in the same time for every wrong one."""
    return credential.kind == "api" and hmac.compare_digest(credential.proof, _hashed(secret))


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def public_key(agency: str, text: str, now: dt.datetime, expires: dt.datetime | None = None) -> Credential:
    """Return what is kept of an agency's public key, given as ``whpk_BASE64`` or the base64 of its 32 bytes.

    Raises:
        BadKeyError: it is none, or one under which anybody could sign.
    """
    raw = _decoded(text.strip().removeprefix(PUBLIC_PREFIX), _PUBLIC_BYTES)
    if raw is None:
        raise BadKeyError(message("agency-key.public-form", prefix=PUBLIC_PREFIX))
    y = int.from_bytes(raw, "little") % 2**255
    if y >= _P or y in _SMALL_ORDER:
        raise BadKeyError(message("agency-key.anybody"))
    name = f"ed_{hashlib.sha256(raw).hexdigest()[:16]}"
    proof = base64.b64encode(raw).decode()
    return Credential(id=name, agency=agency, kind="public", proof=proof, since=now, expires=expires)


def verifies(credential: Credential, origin: Origin, document: bytes) -> bool:
    """Tell whether a signature was made with the private half of a public key, over exactly these bytes."""
    raw, signature = _decoded(credential.proof, _PUBLIC_BYTES), _decoded(origin.signature, _SIGNATURE_BYTES)
    if credential.kind != "public" or raw is None or signature is None:
        return False
    content = signed_content(origin.message, origin.timestamp, document)
    try:
        Ed25519PublicKey.from_public_bytes(raw).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def new_signing_key() -> tuple[str, str]:
    """Return a new pair as ``whsk_…`` (seed and public key, as libsodium has it) and ``whpk_…``."""
    pair = Ed25519PrivateKey.generate()
    public = pair.public_key().public_bytes_raw()
    private = base64.b64encode(pair.private_bytes_raw() + public).decode()
    return PRIVATE_PREFIX + private, PUBLIC_PREFIX + base64.b64encode(public).decode()


def sign(private: str, name: str, timestamp: int, document: bytes) -> str:
    """Return the signature header of a document: ``v1a,BASE64``. ``private`` is ``whsk_…``.

    Raises:
        BadKeyError: it is no private key.
    """
    try:
        seed = base64.b64decode(private.removeprefix(PRIVATE_PREFIX), validate=True)[:32]
        pair = Ed25519PrivateKey.from_private_bytes(seed)
    except ValueError:
        raise BadKeyError(message("agency-key.private-form", prefix=PRIVATE_PREFIX)) from None
    signature = pair.sign(signed_content(name, timestamp, document))
    return f"v1a,{base64.b64encode(signature).decode()}"


def _decoded(text: str, size: int) -> bytes | None:
    """Decode base64 that is spelt in the one right way; None otherwise, or if it has another size."""
    try:
        raw = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
    return raw if len(raw) == size and base64.b64encode(raw).decode() == text else None
