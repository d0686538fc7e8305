"""Errors whose message is for people."""

from __future__ import annotations

from events.message import Message, MessageError, message
from services.texts.catalogue import render


class TextError(MessageError):
    """An error with a text of the catalogue; ``str`` gives it in English."""

    def __str__(self) -> str:
        """Return the sentence in English."""
        return render(self.message, "en")


def message_of(error: Exception) -> Message:
    """Return the message of an error; of one without a text of the catalogue its own words."""
    return error.message if isinstance(error, MessageError) else message("verbatim", words=str(error))


def in_english(error: Exception) -> str:
    """Return the message of an error in English, as logs and readiness have it."""
    return render(message_of(error), "en")
