"""Every way in which a JSON value is not of a type: the strict decoder stops at the first, this does not.

The types are those that the strict decoder itself uses, so both agree on what is right.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import cast

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from events.codes import Codes
from events.envelope import Instant
from events.faults import DocumentFault, invalid, shown
from events.forms import Form
from events.message import Message, message
from events.parse import Json
from events.values import WRITTEN


@cache
def type_info(of: object, codes: Codes | None = None) -> inspect.Type:
    """Return what msgspec knows of a type; with ``codes``, as if it named the programmes and causes one by one."""
    info = inspect.type_info(of)
    return info if codes is None else _named(info, codes)


def data_type(event: object, codes: Codes | None = None) -> inspect.Type:
    """Return what ``type_info`` knows of the ``data`` of an event's type."""
    info = type_info(event, codes)
    assert isinstance(info, inspect.StructType)  # noqa: S101 - every event is a Struct
    return next(field.type for field in info.fields if field.name == "data")


def code_kind(info: inspect.Type) -> str:
    """Return ``programme`` or ``cause`` for the type of such a code, else an empty text."""
    return str((info.extra or {}).get("code", "")) if isinstance(info, inspect.Metadata) else ""


def text_form(info: inspect.Type) -> Form | None:
    """Return the form of a text's type, where it has one."""
    if isinstance(info, inspect.Metadata) and info.extra:
        return cast("Form | None", info.extra.get("form"))
    return None


def _named(info: inspect.Type, codes: Codes) -> inspect.Type:
    match info:
        case inspect.Metadata():
            if kind := code_kind(info):
                return inspect.LiteralType(tuple(sorted(codes.of(kind))))
            return replace(info, type=_named(info.type, codes))
        case inspect.ListType():
            kind = code_kind(info.item_type)
            most = len(codes.of(kind)) if kind else info.max_length
            return replace(info, item_type=_named(info.item_type, codes), max_length=most)
        case inspect.UnionType():
            return replace(info, types=tuple(_named(each, codes) for each in info.types))
        case inspect.StructType():
            fields = tuple(replace(field, type=_named(field.type, codes)) for field in info.fields)
            return replace(info, fields=fields)
        case _:
            return info


def misfits(
    value: Json, info: inspect.Type, path: str, wanted: Message | None = None
) -> Iterator[DocumentFault]:
    """Yield a fault for everything in ``value`` that the type does not allow; nothing if it is of the type.

    ``wanted`` says how a value of the type is written.
    """
    match info:
        case inspect.Metadata():
            yield from misfits(value, info.type, path, _written(info) or wanted)
        case inspect.StructType():
            yield from _misfits_of_object(value, info, path)
        case inspect.UnionType():
            yield from _misfits_of_tagged(value, info, path)
        case inspect.ListType():
            yield from _misfits_of_list(value, info, path)
        case _:
            yield from _misfit_of_leaf(value, info, path, wanted or described(info))


def described(info: inspect.Type) -> Message:
    """Return how a value of a type is written; the words complete "Write …"."""
    match info:
        case inspect.Metadata():
            return _written(info) or described(info.type)
        case inspect.LiteralType(values=(only,)):
            return message("type.constant", value=str(only))
        case inspect.LiteralType(values=values):
            return one_of(values)
        case inspect.IntType(ge=low, le=high) if low is not None and high is not None:
            return message("type.whole-between", least=low, most=high)
        case _:
            return message(f"type.{_TYPES[type(info)]}")


def one_of(values: Iterable[object]) -> Message:
    """Return how a choice among these is written."""
    return message("type.one-of", choices=", ".join(map(str, values)))


def _written(info: inspect.Metadata) -> Message | None:
    key = (info.extra_json_schema or {}).get(WRITTEN)
    return message(key) if isinstance(key, str) else None


_TYPES: dict[type[inspect.Type], str] = {
    inspect.IntType: "whole",
    inspect.FloatType: "number",
    inspect.StrType: "text",
    inspect.BoolType: "truth",
    inspect.DateType: "date",
    inspect.DateTimeType: "time",
    inspect.ListType: "list",
    inspect.StructType: "object",
    inspect.UnionType: "object",
}
_OBJECT = message("type.object")
_LIST = message("type.list")
_JSON_TYPES: dict[type, str] = {
    type(None): "null",
    bool: "truth",
    int: "whole",
    Decimal: "fraction",
    str: "text",
    list: "list",
}


def _wrong_type(value: Json, path: str, wanted: Message) -> DocumentFault:
    sent = message(f"type.{_JSON_TYPES.get(type(value), 'object')}")
    return invalid(path, "type", "wrong-type", wanted=wanted, found=sent)


_SLIPS = 100
"""In an object with more fields than this, an unknown one is no slip of the pen: nobody guesses what was meant."""


def _misfits_of_object(value: Json, info: inspect.StructType, path: str) -> Iterator[DocumentFault]:
    if not isinstance(value, dict):
        yield _wrong_type(value, path, _OBJECT)
        return
    fields = {field.encode_name: field for field in info.fields}
    free = fields.keys() - value.keys() if len(value) <= _SLIPS else set()
    for key, child in value.items():
        field = fields.get(key)
        if field is not None:
            yield from misfits(child, field.type, f"{path}.{key}")
        elif key != info.tag_field:
            yield _unknown(key, free, path)
        elif child != info.tag:
            yield invalid(f"{path}.{key}", "choice", "write", wanted=_tag(info))
    for key, field in fields.items():
        if field.required and key not in value:
            yield invalid(f"{path}.{key}", "missing", "missing", wanted=described(field.type))
    if info.tag_field is not None and info.tag_field not in value:
        yield invalid(f"{path}.{info.tag_field}", "missing", "missing", wanted=_tag(info))


def _tag(info: inspect.StructType) -> Message:
    return message("type.constant", value=str(info.tag))


def _unknown(key: str, free: set[str], path: str) -> DocumentFault:
    """Return the fault of an unknown field, with the known one that was probably meant."""
    close = get_close_matches(key[:64], free, n=1)
    place = f"{path}.{shown(key)}"
    if close:
        return invalid(place, "unknown-field", "nearest-field", nearest=close[0])
    return invalid(place, "unknown-field", "unknown-field")


def _misfits_of_tagged(value: Json, info: inspect.UnionType, path: str) -> Iterator[DocumentFault]:
    structs = {t.tag: t for t in info.types if isinstance(t, inspect.StructType)}
    tag_field = next(iter(structs.values())).tag_field
    if not isinstance(value, dict):
        yield _wrong_type(value, path, _OBJECT)
        return
    tag = value.get(tag_field or "")
    one = structs.get(tag) if isinstance(tag, str) else None
    if one is not None:
        yield from _misfits_of_object(value, one, path)
        return
    if tag_field in value:
        yield invalid(f"{path}.{tag_field}", "choice", "write", wanted=one_of(structs))
    else:
        yield invalid(f"{path}.{tag_field}", "missing", "missing", wanted=one_of(structs))


def _misfits_of_list(value: Json, info: inspect.ListType, path: str) -> Iterator[DocumentFault]:
    if not isinstance(value, list):
        yield _wrong_type(value, path, _LIST)
        return
    low, high = info.min_length or 0, info.max_length
    if len(value) < low:
        yield invalid(path, "length", "too-few", least=low)
    if high is not None and len(value) > high:
        yield invalid(path, "length", "too-many", most=high, count=len(value))
    for n, item in enumerate(value):
        yield from misfits(item, info.item_type, f"{path}[{n}]")


def _misfit_of_leaf(value: Json, info: inspect.Type, path: str, wanted: Message) -> Iterator[DocumentFault]:
    match info:
        case inspect.LiteralType():
            if value not in info.values or not isinstance(value, str):
                yield invalid(path, "choice", "write", wanted=described(info))
        case inspect.BoolType():
            if not isinstance(value, bool):
                yield _wrong_type(value, path, wanted)
        case inspect.StrType():
            yield from _misfit_of_text(value, info, path, wanted)
        case inspect.IntType() | inspect.FloatType():
            kinds = (int,) if isinstance(info, inspect.IntType) else (int, Decimal)
            if isinstance(value, bool) or not isinstance(value, kinds):
                yield _wrong_type(value, path, wanted)
            elif (info.ge is not None and value < info.ge) or (info.le is not None and value > info.le):
                yield invalid(path, "range", "write", wanted=wanted)
        case inspect.DateType():
            yield from _misfit_of_time(value, dt.date, path, wanted)
        case inspect.DateTimeType():
            yield from _misfit_of_time(value, Instant, path, wanted)
        case _:
            raise NotImplementedError(type(info).__name__)


def _misfit_of_text(
    value: Json, info: inspect.StrType, path: str, wanted: Message
) -> Iterator[DocumentFault]:
    if not isinstance(value, str):
        yield _wrong_type(value, path, wanted)
    elif len(value) < (info.min_length or 0) or (
        info.max_length is not None and len(value) > info.max_length
    ):
        yield invalid(path, "length", "write-length", wanted=wanted, count=len(value))
    elif info.pattern is not None and not re.search(info.pattern, value):
        yield invalid(path, "format", "write", wanted=wanted)


def _misfit_of_time(value: Json, of: object, path: str, wanted: Message) -> Iterator[DocumentFault]:
    if not isinstance(value, str):
        yield _wrong_type(value, path, wanted)
        return
    try:
        msgspec.convert(value, of)
    except msgspec.ValidationError:
        form, absent = (_DATE, "no-such-day") if of is dt.date else (_TIME, "no-such-time")
        if form.fullmatch(value):
            yield invalid(path, "format", absent)
        else:
            yield invalid(path, "format", "write", wanted=wanted)


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    rf"{_DATE.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)
