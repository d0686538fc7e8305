"""The message catalogue: texts by their keys, and messages rendered in a language.

A key is the path to a text through the tables of a file: ``status.waiting`` is ``waiting`` of the table ``status``. A
blank of a text is written ``{name}``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TypeAlias

import msgspec

from events.message import LANGUAGES, Language, Message, Parameter, Text

Table: TypeAlias = "dict[str, Table | str]"


class DuplicateKeyError(ValueError):
    """Two texts have one key."""


@cache
def texts() -> Mapping[str, Text]:
    """Return every text of the commands and the gateway by its key."""
    by_key: dict[str, Text] = {}
    for table in tables(""):
        for key, text in _flattened(table):
            if key in by_key:
                raise DuplicateKeyError(key)
            by_key[key] = text
    return by_key


def tables(folder: str) -> Iterator[Table]:
    """Yield the content of each TOML file of a folder of texts, in the order of their names."""
    for file in sorted(files(__package__).joinpath(folder).iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            yield tomllib.loads(file.read_text(encoding="utf-8"))


def text(key: str) -> Text:
    """Return the text of a key; raises ``KeyError`` where there is none."""
    return texts()[key]


def render(message: Message, language: Language) -> str:
    """Return a message in a language; raises ``KeyError`` for a key without text, or a blank without a parameter."""
    filled = {name: _filled(value, language) for name, value in message.parameters.items()}
    return text(message.key).in_language(language).format_map(filled)


def _filled(value: Parameter, language: Language) -> str | int:
    if isinstance(value, Message):
        return render(value, language)
    if isinstance(value, tuple):
        return "\n".join(f"- {render(one, language)}" for one in value)
    return value


def _flattened(table: Table, place: str = "") -> Iterator[tuple[str, Text]]:
    for name, entry in table.items():
        key = f"{place}.{name}" if place else name
        if isinstance(entry, str):
            raise TypeError(f"{key} is no table of texts")
        if entry.keys() == set(LANGUAGES):
            yield key, msgspec.convert(entry, Text)
        else:
            yield from _flattened(entry, key)
