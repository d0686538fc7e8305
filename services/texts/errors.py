"""Errors whose message is for people."""

from __future__ import annotations

from pathlib import Path

from events.message import Message, MessageError, Parameter, message
from services.texts.catalogue import render


class TextError(MessageError):
    """An error with a text of the catalogue; ``str`` gives it in English."""

    def __str__(self) -> str:
        """Return the sentence in English."""
        return render(self.message, "en")


class AdvisedError(TextError):
    """What stands in the way, in one sentence, and in another what to do about it. Names no person."""

    def __init__(self, what: Message, cure: Message) -> None:
        """Keep both."""
        super().__init__(what)
        self.cure = cure


def advised(what: str, cure: str, /, **parameters: Parameter | Path) -> AdvisedError:
    """Return the error by the keys of its sentence and of its advice, both of which the parameters fill."""
    return AdvisedError(message(what, **parameters), message(cure, **parameters))


def message_of(error: Exception) -> Message:
    """Return the message of an error; of one without a text of the catalogue its own words."""
    return error.message if isinstance(error, MessageError) else message("verbatim", words=str(error))


def in_english(error: Exception) -> str:
    """Return the message of an error in English, as logs and readiness have it."""
    return render(message_of(error), "en")
