"""The grammar of scenarios: a table of sentences, each with what it does.

A pattern is written as people write it: ``{name:kind}`` stands for a value (the kinds are in ``values``), ``[…]``
may be left out, ``(a|b)`` is a choice. A new sentence is one more function with ``@fact`` or ``@expectation``, and its
pattern in both languages under the function's name in ``sentences.toml``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher
from importlib.resources import files
from typing import Literal, NamedTuple, TypeAlias, TypeVar

import msgspec

from events.message import LANGUAGES, Language, Text
from services.scenarios.values import KINDS
from services.scenarios.wording import UnknownWordError
from services.texts.catalogue import text

Section: TypeAlias = Literal["fact", "expectation"]
Meaning = TypeVar("Meaning", bound=Callable[..., object])

_PATTERNS = msgspec.toml.decode(
    files(__package__).joinpath("sentences.toml").read_bytes(), type=dict[str, dict[str, Text]]
)
"""By the module and the function that give a sentence its meaning."""
_VALUE = re.compile(r"\{(\w+):(\w+)\}")
_LITERAL = {"[": "(?:", "]": ")?", "(": "(?:", ")": ")", "|": "|", " ": r"\s+"}


class Sentence(NamedTuple):
    """A sentence in two languages; ``meaning`` takes the story or the result, and the values by their names."""

    section: Section
    pattern: Text
    meaning: Callable[..., object]
    forms: tuple[re.Pattern[str], ...]
    kinds: dict[str, str]

    def read(self, text: str) -> dict[str, object] | None:
        """Return the values of a text that is this sentence.

        Raises ``UnknownWordError`` for a value without meaning.
        """
        for form in self.forms:
            if match := form.fullmatch(text):
                values = {name: value for name, value in match.groupdict().items() if value is not None}
                return {name: _value(self.kinds[name], value) for name, value in values.items()}
        return None

    def shown(self, language: Language) -> str:
        """Write the pattern for people, ``«…»`` for a value."""

        def name(match: re.Match[str]) -> str:
            return f"«{text(f'scenarios.kind.{match.group(2)}').in_language(language)}»"

        return _VALUE.sub(name, self.pattern.in_language(language))


def _value(kind: str, text: str) -> object:
    try:
        return KINDS[kind].parse(text)
    except ValueError as fault:
        raise UnknownWordError(text, ()) from fault


TABLE: list[Sentence] = []
"""Every sentence, filled by the modules ``membership``, ``claims``, ``care`` and ``expectations``."""


def fact(meaning: Meaning) -> Meaning:
    """Enter a sentence that states a fact (Diketahui, Ketika): its function tells the story's next documents."""
    return _enter("fact", meaning)


def expectation(meaning: Meaning) -> Meaning:
    """Enter a sentence that says what must come of it (Maka): its function returns what came instead, or nothing."""
    return _enter("expectation", meaning)


def _enter(section: Section, meaning: Meaning) -> Meaning:
    pattern = _PATTERNS[meaning.__module__.rpartition(".")[2]][meaning.__name__]
    forms = (_compiled(pattern.id), _compiled(pattern.en))
    kinds = dict(_VALUE.findall(pattern.id) + _VALUE.findall(pattern.en))
    TABLE.append(Sentence(section, pattern, meaning, forms, kinds))
    return meaning


def _compiled(pattern: str) -> re.Pattern[str]:
    parts = []
    at = 0
    for match in _VALUE.finditer(pattern):
        parts += [_LITERAL.get(char, re.escape(char)) for char in pattern[at : match.start()]]
        parts.append(f"(?P<{match.group(1)}>{KINDS[match.group(2)].pattern})")
        at = match.end()
    parts += [_LITERAL.get(char, re.escape(char)) for char in pattern[at:]]
    return re.compile("".join(parts), re.IGNORECASE)


def find(section: Section, text: str) -> tuple[Sentence, dict[str, object]] | None:
    """Return the sentence that a text is, and its values; raises ``UnknownWordError`` if only a value is unknown."""
    unknown: UnknownWordError | None = None
    for sentence in TABLE:
        if sentence.section != section:
            continue
        try:
            values = sentence.read(text)
        except UnknownWordError as fault:
            unknown = unknown or fault
            continue
        if values is not None:
            return sentence, values
    if unknown:
        raise unknown
    return None


def nearest(section: Section, text: str, count: int = 3) -> list[str]:
    """Return the known sentences most like a text."""
    plain_text = re.sub(r"[\d.,-]*\d", "«»", text.casefold())

    def similarity(shown: str) -> float:
        plain = re.sub(r"«[^»]*»", "«»", re.sub(r"\[[^\]]*\]", "", shown)).casefold()
        return SequenceMatcher(None, plain_text, plain).ratio()

    shown = [s.shown(language) for s in TABLE if s.section == section for language in LANGUAGES]
    return sorted(shown, key=similarity, reverse=True)[:count]
