"""The words of the contract in both languages: what an event says, what a field means, what a choice stands for.

They stand in ``words/*.toml``, one file for each noun of the events. A test holds them against ``events``: every field
and every choice has its words, and no word is left over.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

Language: TypeAlias = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """The same words in Indonesian and in English."""

    id: str
    en: str

    def said(self, language: Language) -> str:
        """Return the words in a language."""
        return self.id if language == "id" else self.en


class EventWords(Struct, frozen=True, forbid_unknown_fields=True):
    """An event in plain words: what it says, when to send it, what it does to a claim."""

    title: Text
    says: Text
    when: Text
    effect: Text


class Words(Struct, forbid_unknown_fields=True):
    """All words; see ``words/*.toml`` for each table."""

    events: dict[str, EventWords] = {}
    fields: dict[str, dict[str, Text]] = {}
    """By the Struct that declares a field."""
    shared: dict[str, Text] = {}
    """Fields that mean the same in every Struct that has no words of its own for them."""
    choices: dict[str, dict[str, Text]] = {}
    """By the field's name, or ``Struct.field`` where that is not enough."""
    types: dict[str, str] = {}
    """The Indonesian words of a type by the English ones."""
    faults: dict[str, Text] = {}
    rules: dict[str, Text] = {}
    page: dict[str, Text] = {}
    """What a page says around all these."""


def _read() -> Words:
    tables: dict[str, dict[str, object]] = {}
    for file in sorted(files(__package__).joinpath("words").iterdir(), key=lambda file: file.name):
        for table, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            tables.setdefault(table, {}).update(entries)
    return msgspec.convert(tables, Words)


WORDS = _read()
