"""Every way in which a JSON value is not of a type: the strict decoder stops at the first, this does not.

The types are those that the strict decoder itself uses, so both agree on what is right.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import cast

import msgspec
from msgspec import inspect
from msgspec.structs import replace

from events.codes import Codes
from events.envelope import Instant
from events.faults import Fault, invalid, shown
from events.forms import Form
from events.parse import Json


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


def misfits(value: Json, info: inspect.Type, path: str, wanted: str = "") -> Iterator[Fault]:
    """Yield a fault for everything in ``value`` that the type does not allow; nothing if it is of the type.

    ``wanted`` describes the type in words that complete "Write …".
    """
    match info:
        case inspect.Metadata():
            words = (info.extra_json_schema or {}).get("description")
            yield from misfits(value, info.type, path, words or wanted)
        case inspect.StructType():
            yield from _misfits_of_object(value, info, path)
        case inspect.UnionType():
            yield from _misfits_of_tagged(value, info, path)
        case inspect.ListType():
            yield from _misfits_of_list(value, info, path)
        case _:
            yield from _misfit_of_leaf(value, info, path, wanted or described(info))


def described(info: inspect.Type) -> str:
    """Return words for a type that complete "Write …"."""
    match info:
        case inspect.Metadata():
            words = (info.extra_json_schema or {}).get("description")
            return words if isinstance(words, str) else described(info.type)
        case inspect.LiteralType(values=(only,)):
            return f'"{only}"'
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(map(str, values))
        case inspect.IntType(ge=low, le=high) if low is not None and high is not None:
            return f"a whole number from {low} to {high}"
        case _:
            return _WORDS.get(type(info), "a value of another kind")


_WORDS: dict[type[inspect.Type], str] = {
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.StrType: "a text",
    inspect.BoolType: "true or false",
    inspect.DateType: "a date in the form YYYY-MM-DD",
    inspect.DateTimeType: "a time with its offset, as in 2025-07-16T09:30:00+07:00",
    inspect.ListType: "a list",
    inspect.StructType: "an object",
    inspect.UnionType: "an object",
}


_KINDS: dict[type, str] = {
    type(None): "null (leave out what is not known)",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number with a fraction or too many digits",
    str: "a text",
    list: "a list",
}


def _wrong_type(value: Json, path: str, wanted: str) -> Fault:
    return invalid(path, "type", f"Write {wanted}; this is {_KINDS.get(type(value), 'an object')}.")


_SLIPS = 100
"""In an object with more fields than this, an unknown one is no slip of the pen: nobody guesses what was meant."""


def _misfits_of_object(value: Json, info: inspect.StructType, path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _wrong_type(value, path, "an object")
        return
    known = {field.encode_name: field for field in info.fields}
    free = known.keys() - value.keys() if len(value) <= _SLIPS else set()
    for key, child in value.items():
        field = known.get(key)
        if field is not None:
            yield from misfits(child, field.type, f"{path}.{key}")
        elif key != info.tag_field:
            yield _unknown(key, free, path)
        elif child != info.tag:
            yield invalid(f"{path}.{key}", "choice", f'Write "{info.tag}".')
    for key, field in known.items():
        if field.required and key not in value:
            yield invalid(f"{path}.{key}", "missing", f"This is missing. Give {described(field.type)}.")
    if info.tag_field is not None and info.tag_field not in value:
        yield invalid(f"{path}.{info.tag_field}", "missing", f'This is missing. Give "{info.tag}".')


def _unknown(key: str, free: set[str], path: str) -> Fault:
    """Return the fault of an unknown field, with the known one that was probably meant."""
    close = get_close_matches(key[:64], free, n=1)
    hint = f"was {close[0]} meant?" if close else "leave it out."
    return invalid(f"{path}.{shown(key)}", "unknown-field", f"There is no such field here; {hint}")


def _misfits_of_tagged(value: Json, info: inspect.UnionType, path: str) -> Iterator[Fault]:
    structs = {t.tag: t for t in info.types if isinstance(t, inspect.StructType)}
    tag_field = next(iter(structs.values())).tag_field
    if not isinstance(value, dict):
        yield _wrong_type(value, path, "an object")
        return
    tag = value.get(tag_field or "")
    one = structs.get(tag) if isinstance(tag, str) else None
    if one is not None:
        yield from _misfits_of_object(value, one, path)
        return
    choice = "one of " + ", ".join(str(t) for t in structs)
    if tag_field in value:
        yield invalid(f"{path}.{tag_field}", "choice", f"Write {choice}.")
    else:
        yield invalid(f"{path}.{tag_field}", "missing", f"This is missing. Give {choice}.")


def _misfits_of_list(value: Json, info: inspect.ListType, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield _wrong_type(value, path, "a list")
        return
    low, high = info.min_length or 0, info.max_length
    if len(value) < low:
        yield invalid(path, "length", f"Give at least {low}.")
    if high is not None and len(value) > high:
        yield invalid(path, "length", f"Give at most {high}; these are {len(value)}.")
    for n, item in enumerate(value):
        yield from misfits(item, info.item_type, f"{path}[{n}]")


def _misfit_of_leaf(value: Json, info: inspect.Type, path: str, wanted: str) -> Iterator[Fault]:
    match info:
        case inspect.LiteralType():
            if value not in info.values or not isinstance(value, str):
                yield invalid(path, "choice", f"Write {described(info)}.")
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
                yield invalid(path, "range", f"Write {wanted}.")
        case inspect.DateType():
            yield from _misfit_of_time(value, dt.date, path, wanted)
        case inspect.DateTimeType():
            yield from _misfit_of_time(value, Instant, path, wanted)
        case _:
            raise NotImplementedError(type(info).__name__)


def _misfit_of_text(value: Json, info: inspect.StrType, path: str, wanted: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _wrong_type(value, path, wanted)
    elif len(value) < (info.min_length or 0) or (
        info.max_length is not None and len(value) > info.max_length
    ):
        yield invalid(path, "length", f"Write {wanted}; these are {len(value)}.")
    elif info.pattern is not None and not re.search(info.pattern, value):
        yield invalid(path, "format", f"Write {wanted}.")


def _misfit_of_time(value: Json, of: object, path: str, wanted: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield _wrong_type(value, path, wanted)
        return
    try:
        msgspec.convert(value, of)
    except msgspec.ValidationError:
        yield invalid(path, "format", _no_such_time(value, of) or f"Write {wanted}.")


def _no_such_time(value: str, of: object) -> str:
    """Return what to say of a date or time that is written rightly and is none; empty for one written otherwise."""
    if of is dt.date:
        return "There is no such day; write one of the calendar." if _DATE.fullmatch(value) else ""
    return "There is no such day or hour; write one that there is." if _TIME.fullmatch(value) else ""


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    rf"{_DATE.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]+)?([Zz]|[+-][0-9]{{2}}:[0-9]{{2}})"
)
