"""Keys in files: the private half in PKCS #8, for its owner alone, and the public half beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from services.notary.signatures import PrivateKey, PublicKey
from services.platform.durability import private_file
from services.texts.errors import AdvisedError, advised

_OTHERS = 0o077

T = TypeVar("T")


class SigningKeysError(AdvisedError):
    """Keys to sign with are missing, damaged or open to others, or cannot be changed so now. Nothing is signed."""


def keys_error(what: str, cure: str, place: Path) -> SigningKeysError:
    """Return the error by the keys of its texts."""
    error = advised(what, cure, place=place)
    return SigningKeysError(error.message, error.cure)


def write_pair(folder: Path, name: str, key: PrivateKey) -> None:
    """Write ``NAME.pem`` and ``NAME.pub``; durable once the names in the folder are.

    Raises:
        OSError: they cannot be written, or are there already.
    """
    with private_file(folder / f"{name}.pem", new=True) as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with private_file(folder / f"{name}.pub", new=True) as file:
        file.write(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def read_public(path: Path, kind: type[PublicKey]) -> PublicKey:
    """Read a public key.

    Raises:
        SigningKeysError: it is missing, damaged or another kind of key.
    """
    return _of_kind(path, kind, load_pem_public_key)


def read_private(path: Path, kind: type[PrivateKey], public: PublicKey) -> PrivateKey:
    """Read the private half of a public key.

    Raises:
        SigningKeysError: it is missing, damaged or of another key, or others may read it.
    """
    for guarded in (path, path.parent):
        if guarded.exists() and guarded.stat().st_mode & _OTHERS:
            raise keys_error("signing-keys.open", "signing-keys.close", guarded)
    private = _of_kind(path, kind, lambda pem: load_pem_private_key(pem, None))
    if private.public_key() != public:
        raise keys_error("signing-keys.damaged", "signing-keys.bring-back", path)
    return private


def _of_kind(path: Path, kind: type[T], read: Callable[[bytes], object]) -> T:
    try:
        key = read(path.read_bytes())
    except FileNotFoundError:
        raise keys_error("signing-keys.missing", "signing-keys.bring-back", path) from None
    except OSError:
        raise keys_error("signing-keys.unreadable", "signing-keys.let-read", path) from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, kind):
        raise keys_error("signing-keys.damaged", "signing-keys.bring-back", path)
    return key
