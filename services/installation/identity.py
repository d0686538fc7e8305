"""The identity of an installation: a random id for ever, and an epoch that every restore and recovery begins anew."""

from __future__ import annotations

import re
import secrets

from msgspec import Struct

from events.message import Message, message
from services.texts.errors import TextError

_TEXT = re.compile(r"([0-9a-f]{32})@([1-9][0-9]{0,8})-([0-9a-f]{8})")


class InstallationIdentity(Struct, frozen=True):
    """What every part of an installation is marked with.

    ``epoch`` counts from 1. ``nonce`` distinguishes two epochs of one number that were begun independently.
    """

    id: str
    epoch: int
    nonce: str

    @classmethod
    def new(cls) -> InstallationIdentity:
        """Return the identity of an installation that nobody has had before."""
        return cls(secrets.token_hex(16), 1, secrets.token_hex(4))

    @classmethod
    def read(cls, text: str) -> InstallationIdentity:
        """Read what ``str`` wrote; raises ``ValueError``."""
        match = _TEXT.fullmatch(text)
        if match is None:
            raise ValueError("a mark is ID@EPOCH-NONCE")
        return cls(match[1], int(match[2]), match[3])

    def after(self, *others: InstallationIdentity) -> InstallationIdentity:
        """Return the same installation in an epoch that is later than this one and all ``others``."""
        return InstallationIdentity(
            self.id, max(self.epoch, *(one.epoch for one in others), 0) + 1, secrets.token_hex(4)
        )

    def __str__(self) -> str:
        return f"{self.id}@{self.epoch}-{self.nonce}"

    @property
    def short(self) -> Message:
        """How it is shown to people: the beginning of the id, and the epoch."""
        return message("mismatch.identity", id=self.id[:8], epoch=self.epoch)


def legible(mark: str) -> str:
    """Return a mark unchanged, or empty where it is none: a damaged one says nothing about its owner."""
    return mark if _TEXT.fullmatch(mark) else ""


class InstallationError(TextError):
    """Parts that do not belong together; the message says which, and what to do. Nothing was written."""
