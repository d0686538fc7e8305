"""Passwords of accounts: argon2id hashes, with the parameters of RFC 9106 for memory that is short."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from events.message import message
from services.texts.errors import TextError

LEAST = 12
MOST = 256
_hasher = PasswordHasher()


class WeakPasswordError(TextError):
    """A password is too short, too long, or the name of its account."""


def hashed(password: str, name: str) -> str:
    """Return what is kept of the password of an account.

    Raises:
        WeakPasswordError: it cannot be one.
    """
    if not LEAST <= len(password) <= MOST:
        raise WeakPasswordError(message("user.password-length", least=LEAST, most=MOST))
    if name in password.casefold() and len(password) - len(name) < LEAST // 2:
        raise WeakPasswordError(message("user.password-name"))
    return _hasher.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """Tell whether this is the password; it takes as long where nothing is kept."""
    try:
        return _hasher.verify(password_hash or _of_nobody(), password) and bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _of_nobody() -> str:
    return _hasher.hash("")
