"""Errors that are told to people as they are."""

from __future__ import annotations

from events.message import MessageError
from services.texts.catalogue import render


class TextError(MessageError):
    """An error with a text of the catalogue; ``str`` gives it in English."""

    def __str__(self) -> str:
        """Return the sentence in English."""
        return render(self.message, "en")
