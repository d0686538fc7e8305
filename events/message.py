"""Texts for people: a text in both languages, and a message that names a text by its key and fills its blanks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

Language: TypeAlias = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
"""Bahasa Indonesia first: it is what a command speaks unless it is asked otherwise."""


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in Indonesian and in English."""

    id: str
    en: str

    def in_language(self, language: Language) -> str:
        """Return the words in a language."""
        return self.id if language == "id" else self.en


class Message(Struct, frozen=True, omit_defaults=True):
    """A sentence by its key, with what fills its blanks: words that stand in any language, figures, further messages."""

    key: str
    parameters: Mapping[str, str | int | Message | tuple[Message, ...]] = {}


Parameter: TypeAlias = str | int | Message | tuple[Message, ...]
"""Several messages stand as a list, each on a line of its own."""


def message(key: str, /, **parameters: Parameter | Path) -> Message:
    """Return the message of a key with these parameters."""
    return Message(
        key, {name: str(one) if isinstance(one, Path) else one for name, one in parameters.items()}
    )


class MessageError(Exception):
    """An error whose message is for people, and names none."""

    def __init__(self, message: Message) -> None:
        """Keep the message."""
        super().__init__(message)
        self.message = message
