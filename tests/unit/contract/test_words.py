"""The words of the contract, held against the events: all that is needed, in both languages, and nothing left over."""

from __future__ import annotations

from events.catalogue import AGENCY_TYPES
from events.consistency import OBJECT_RULES
from services.benefits.reading.folder import load
from services.contract.fields import Field, attributes, fields
from services.contract.words import WORDS
from services.intake.examination import LATE_FAULTS

CODES = load().codes
SHORT = {name.removeprefix("kelambu.").rpartition(".")[0] for name in AGENCY_TYPES}


def every_field() -> list[Field]:
    return [field for name in AGENCY_TYPES for field in (*attributes(name), *fields(name, CODES))]


def test_every_field_of_every_event_has_words_and_no_word_is_left_over():
    """A field without words cannot be listed at all: ``fields`` raises ``LookupError``."""
    used = {field.word for field in every_field()}
    written = {(struct, key) for struct, keys in WORDS.fields.items() for key in keys}
    assert written | {("shared", key) for key in WORDS.shared} == used


def test_every_choice_of_every_field_has_words_and_no_word_is_left_over():
    """What a code stands for, for those who read no English codes."""
    used = {(field.choice_word, choice.value) for field in every_field() for choice in field.choices}
    assert used == {(word, value) for word, values in WORDS.choices.items() for value in values}


def test_every_event_is_told_in_words_and_no_other():
    """What it says, when to send it, what it does."""
    assert WORDS.events.keys() == SHORT


def test_every_rule_between_fields_is_told():
    """For each object of which ``events.consistency`` has a rule."""
    assert WORDS.rules.keys() == {struct.__name__ for struct in OBJECT_RULES}


def test_every_code_of_a_refusal_is_told():
    """Those that need the ledger, and those that a document shows by itself."""
    own = {"invalid", "future-date", "wrong-source", "not-allowed", "id-conflict"}
    assert WORDS.faults.keys() == own | {str(code) for code in LATE_FAULTS}


def test_no_words_are_empty_or_the_same_by_oversight():
    """Whoever copies an entry must translate it."""
    texts = [text for table in (*WORDS.fields.values(), WORDS.shared, WORDS.rules) for text in table.values()]
    assert all(text.id and text.en and text.id != text.en for text in texts)
