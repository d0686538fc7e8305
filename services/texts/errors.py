"""Errors that are told to people as they are."""

from __future__ import annotations

from events.message import Message, MessageError, message
from services.texts.catalogue import render


class TextError(MessageError):
    """An error with a text of the catalogue; ``str`` gives it in English."""

    def __str__(self) -> str:
        """Return the sentence in English."""
        return render(self.message, "en")


def message_of(error: Exception) -> Message:
    """Return what an error tells people; the words of one that has no text of the catalogue stand as they are."""
    return error.message if isinstance(error, MessageError) else message("verbatim", words=str(error))


def in_english(error: Exception) -> str:
    """Return what an error tells people in English, as logs and readiness have it."""
    return render(message_of(error), "en")
