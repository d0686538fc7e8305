"""The fields of an event one by one, as a page lists them: path, words, type, choices, required, personal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from msgspec import Struct, inspect

from events.catalogue import AGENCY_TYPES
from events.codes import Codes
from events.message import Text, message
from events.redaction import personal_kind
from events.type_faults import data_type, described, type_info
from events.values import ClaimNumber
from services.contract.words import WORDS
from services.texts.catalogue import render, text

Personal: TypeAlias = Literal["no", "yes", "sponsor"]
"""``sponsor``: personal if the sponsor is a person."""

_ATTRIBUTES = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data")


class Choice(NamedTuple):
    """A value that a field may have, and what it means."""

    value: str
    words: Text


class Field(NamedTuple):
    """One field. ``path`` is below ``data``, with ``[]`` for any element of a list."""

    path: str
    depth: int
    words: Text
    type: Text
    required: bool
    personal: Personal
    choices: tuple[Choice, ...]
    only_for: tuple[str, ...]
    """The kinds of medical item that have it; none named means all."""
    at_most: int | None
    """The longest a list may be."""
    word: tuple[str, str]
    """Table and key of its words."""
    choice_word: str
    """Table of the words of its choices."""


def attributes(name: str) -> list[Field]:
    """Return the attributes of an event's envelope that an agency writes."""
    envelope = _struct(type_info(AGENCY_TYPES[name]))
    claim = name.startswith("kelambu.claim.")
    envelope_fields = {field.encode_name: field for field in envelope.fields}
    fields = []
    for attribute in (*_ATTRIBUTES, "traceparent", "tracestate"):
        if attribute == "subject" and not claim:
            continue
        info = (
            envelope_fields[attribute].type if attribute in envelope_fields else inspect.LiteralType((name,))
        )
        if attribute == "subject":
            info = type_info(ClaimNumber)
        required = attribute in {"type", "subject"} or envelope_fields[attribute].required
        fields.append(_field(attribute, 0, envelope.cls, info, required=required))
    return fields


def fields(name: str, codes: Codes) -> list[Field]:
    """Return every field of an event's ``data``, each followed by what it is made of."""
    return list(_of_struct(_struct(data_type(AGENCY_TYPES[name], codes)), "", 0))


def rules(name: str, codes: Codes) -> list[tuple[str, Text]]:
    """Return the rules between the fields of an event: the path of the object and the rule in words."""
    return list(_rules(data_type(AGENCY_TYPES[name], codes), ""))


def _rules(info: inspect.Type, path: str) -> Iterator[tuple[str, Text]]:
    match info:
        case inspect.Metadata(type=inner):
            yield from _rules(inner, path)
        case inspect.ListType(item_type=inner):
            yield from _rules(inner, f"{path}[]")
        case inspect.UnionType(types=types):
            for each in types:
                yield from _rules(each, path)
        case inspect.StructType():
            if (words := WORDS.rules.get(info.cls.__name__)) is not None:
                yield f"{path} ({info.tag})" if info.tag else path, words
            for field in info.fields:
                yield from _rules(field.type, f"{path}.{field.encode_name}" if path else field.encode_name)


def _struct(info: inspect.Type) -> inspect.StructType:
    assert isinstance(info, inspect.StructType)  # noqa: S101 - every event and its data are Structs
    return info


def _of_struct(struct: inspect.StructType, path: str, depth: int) -> Iterator[Field]:
    for field in struct.fields:
        below = f"{path}.{field.encode_name}" if path else field.encode_name
        yield from _with_parts(below, depth, struct.cls, field)


def _below(info: inspect.Type, path: str, depth: int) -> Iterator[Field]:
    """Yield the fields of what a field holds."""
    match info:
        case inspect.Metadata(type=inner):
            yield from _below(inner, path, depth)
        case inspect.ListType(item_type=inner):
            yield from _below(inner, f"{path}[]", depth)
        case inspect.StructType():
            yield from _of_struct(info, path, depth)
        case inspect.UnionType(types=types):
            yield from _of_kinds([_struct(each) for each in types], path, depth)


def _of_kinds(structs: list[inspect.StructType], path: str, depth: int) -> Iterator[Field]:
    """Yield the fields of objects of several kinds: what all have once, the rest kind by kind."""
    tag = structs[0].tag_field or ""
    yield _field(
        f"{path}.{tag}",
        depth,
        structs[0].cls,
        inspect.LiteralType(tuple(s.tag for s in structs)),
        required=True,
    )
    common = set.intersection(*({field.name for field in struct.fields} for struct in structs))
    for struct in structs:
        for field in struct.fields:
            if field.name in common and struct is not structs[0]:
                continue
            kinds = () if field.name in common else (str(struct.tag),)
            below = f"{path}.{field.encode_name}"
            parts = _with_parts(below, depth, struct.cls, field)
            yield from (each._replace(only_for=kinds) for each in parts)


def _with_parts(path: str, depth: int, cls: type[Struct], field: inspect.Field) -> Iterator[Field]:
    """Yield a field and what it is made of; of what is personal as a whole every part is personal."""
    whole = _field(path, depth, cls, field.type, required=field.required)
    yield whole
    for part in _below(field.type, path, depth + 1):
        yield part._replace(personal="yes") if whole.personal == "yes" else part


def _field(path: str, depth: int, cls: type[Struct], info: inspect.Type, *, required: bool) -> Field:
    name = path.rpartition(".")[2]
    word = _word(cls, name)
    return Field(
        path=path,
        depth=depth,
        words=WORDS.shared[word[1]] if word[0] == "shared" else WORDS.fields[word[0]][word[1]],
        type=type_words(info),
        required=required,
        personal=_personal(info),
        choices=tuple(_choices(_choice_word(cls, name), info)),
        only_for=(),
        at_most=info.max_length if isinstance(info, inspect.ListType) else None,
        word=word,
        choice_word=_choice_word(cls, name),
    )


def _word(cls: type[Struct], name: str) -> tuple[str, str]:
    for owner in cls.__mro__:
        if name in WORDS.fields.get(_plain(owner), {}):
            return _plain(owner), name
    if name in WORDS.shared:
        return "shared", name
    raise LookupError(f"{cls.__name__}.{name} has no words in services/contract/words")


def _choice_word(cls: type[Struct], name: str) -> str:
    own = next((f"{_plain(c)}.{name}" for c in cls.__mro__ if f"{_plain(c)}.{name}" in WORDS.choices), "")
    return own or {"programmes": "programme"}.get(name, name)


def _plain(cls: type) -> str:
    """Return a class's name, of ``Envelope[Filing]`` as of ``Envelope``."""
    return cls.__name__.partition("[")[0]


def _choices(word: str, info: inspect.Type) -> Iterator[Choice]:
    values = _values(info)
    if len(values) > 1:
        for value in values:
            yield Choice(value, WORDS.choices[word][value])


def _values(info: inspect.Type) -> list[str]:
    match info:
        case inspect.LiteralType(values=values):
            return [str(value) for value in values]
        case inspect.Metadata(type=inner) | inspect.ListType(item_type=inner):
            return _values(inner)
        case _:
            return []


def _personal(info: inspect.Type) -> Personal:
    kind = personal_kind(info)
    return "no" if kind is None else "sponsor" if kind == "sponsor" else "yes"


def type_words(info: inspect.Type) -> Text:
    """Return how a value of a type is written."""
    match info:
        case inspect.LiteralType(values=values) if len(values) > 1:
            written = message("type.choice")
        case inspect.ListType():
            of = type_words(info.item_type)
            return Text(f"{text('type.list').id}: {of.id}", f"{text('type.list').en}: {of.en}")
        case _:
            written = described(info)
    return Text(render(written, "id"), render(written, "en"))
