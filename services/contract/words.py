"""The words of the contract in both languages: what an event says, what a field means, what a choice means.

They are in ``services/texts/contract/*.toml``, one file for each noun of the events. A test holds them against
``events``: every field and every choice has its words, and no word is left over.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from events.message import Text
from services.texts.catalogue import tables


class EventWords(Struct, frozen=True, forbid_unknown_fields=True):
    """An event in plain words: what it says, when to send it, what it does to a claim; ``name`` on a timeline."""

    title: Text
    name: Text
    says: Text
    when: Text
    effect: Text


class ContractTexts(Struct, forbid_unknown_fields=True):
    """All words; see ``texts/contract/*.toml`` for each table."""

    events: dict[str, EventWords] = {}
    fields: dict[str, dict[str, Text]] = {}
    """By the Struct that declares a field."""
    shared: dict[str, Text] = {}
    """Fields that mean the same in every Struct that has no words of its own for them."""
    choices: dict[str, dict[str, Text]] = {}
    """By the field's name, or ``Struct.field`` where that is not enough."""
    faults: dict[str, Text] = {}
    rules: dict[str, Text] = {}
    page: dict[str, Text] = {}
    """What a page says around all these."""


def _read() -> ContractTexts:
    merged = ContractTexts()
    for file in tables("contract"):
        read = msgspec.convert(file, ContractTexts)
        for name in ContractTexts.__struct_fields__:
            getattr(merged, name).update(getattr(read, name))
    return merged


WORDS = _read()
