"""JSON Schema (Draft 2020-12) of every event type, as agencies send it and as Kelambu records it.

A schema says everything about single fields, but for what no pattern can say that every validator reads alike: that a
name has a letter of some script, and which characters are not assigned. What holds between fields (``subject`` equal
to ``data.claim``, a span that ends after it begins, nothing from the future) is in the contract and is checked by
``events.document``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, TypeAlias, cast

import msgspec
from msgspec import inspect

from events.catalogue import AGENCY_TYPES, EVENT_TYPES
from events.codes import Codes
from events.consistency import NIK_PATTERN
from events.envelope import RECORDED_ATTRIBUTES, Sealed
from events.forms import PATTERNS
from events.origin import Origin
from events.redaction import PERSONS, REDACTED, TOKEN_PATTERN, Kind, personal_kind
from events.type_faults import code_kind, text_form, type_info
from events.values import ClaimNumber

Schema: TypeAlias = dict[str, object]
Form: TypeAlias = Literal["sent", "recorded"]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ALWAYS_RECORDED = ("partition", "position", "recordedtime")


def schema(name: str, form: Form = "sent", codes: Codes | None = None) -> Schema:
    """Return the schema of an event type, e.g. ``kelambu.claim.filed.v1``.

    ``sent`` is what an agency may write; ``recorded`` is what is in the ledger, without any personal value
    in clear. ``codes`` are the programmes and causes that an installation knows; without them any text will do. Raises
    ``KeyError`` for a name without such a form.
    """
    of = AGENCY_TYPES[name] if form == "sent" else EVENT_TYPES[name]
    generated = cast("Schema", msgspec.json.schema(of))
    definitions = cast("dict[str, Schema]", generated["$defs"])
    for struct in {each.cls: each for each in _structs(type_info(of))}.values():
        for field in struct.fields:
            value = _properties(definitions[struct.cls.__name__])[field.encode_name]
            kind = personal_kind(field.type)
            if kind == "nik":
                value["pattern"] = NIK_PATTERN if form == "sent" else TOKEN_PATTERN
                del value["maxLength"]
            elif kind is not None and form == "recorded":
                _RECORDED[kind](value, definitions)
            elif form == "sent" and (text := text_form(field.type)) is not None:
                value["pattern"] = PATTERNS[text]
            elif codes is not None:
                _name_codes(value, field.type, codes)
    event = definitions[of.__name__]
    if form == "sent":
        for attribute in (Sealed, Origin):
            definitions.pop(attribute.__name__)
        _as_sent(name, event)
    else:
        _require(event, *ALWAYS_RECORDED)
    return {"$schema": DIALECT, "$id": f"urn:{name.replace('.', ':')}:{form}", "title": name, **generated}


def _name_codes(value: Schema, info: inspect.Type, codes: Codes) -> None:
    """List the codes of a field that holds programmes or a cause."""
    if isinstance(info, inspect.ListType) and (kind := code_kind(info.item_type)):
        least = value.pop("minItems")
        allowed = codes.of(kind)
        value.update(items={"enum": sorted(allowed)}, maxItems=len(allowed), minItems=least)
    elif kind := code_kind(info):
        value.clear()
        value["enum"] = sorted(codes.of(kind))


def _as_sent(name: str, event: Schema) -> None:
    """Take away what only Kelambu writes; ``subject`` belongs to claims."""
    properties = _properties(event)
    for attribute in RECORDED_ATTRIBUTES:
        del properties[attribute]
    if name.startswith("kelambu.claim."):
        properties["subject"] = cast("Schema", msgspec.json.schema(ClaimNumber))
        _require(event, "subject")
    else:
        del properties["subject"]


def _require(definition: Schema, *names: str) -> None:
    cast("list[str]", definition["required"]).extend(names)


def _properties(definition: Schema) -> dict[str, Schema]:
    return cast("dict[str, Schema]", definition["properties"])


def _only(value: Schema, *_: object) -> None:
    value.clear()
    value["const"] = REDACTED


def _token(value: Schema, *_: object) -> None:
    value.clear()
    value.update(type="string", pattern=TOKEN_PATTERN)


def _account(_: Schema, definitions: dict[str, Schema]) -> None:
    properties = _properties(definitions["Account"])
    _token(properties["bank"])
    _token(properties["number"])
    _only(properties["holder"])


def _sponsor(_: Schema, definitions: dict[str, Schema]) -> None:
    definitions["Sponsor"] |= {
        "if": {"properties": {"kind": {"enum": list(PERSONS)}}},
        "then": {"properties": {"name": {"const": REDACTED}}},
    }


_RECORDED: dict[Kind, Callable[[Schema, dict[str, Schema]], None]] = {
    "text": _only,
    "account": _account,
    "reference": _token,
    "officer": _token,
    "sponsor": _sponsor,
}


def _structs(info: inspect.Type) -> Iterator[inspect.StructType]:
    """Yield every Struct that a type is made of."""
    if isinstance(info, inspect.Metadata):
        yield from _structs(info.type)
    elif isinstance(info, inspect.ListType | inspect.VarTupleType):
        yield from _structs(info.item_type)
    elif isinstance(info, inspect.UnionType):
        for each in info.types:
            yield from _structs(each)
    elif isinstance(info, inspect.StructType):
        yield info
        for field in info.fields:
            yield from _structs(field.type)
