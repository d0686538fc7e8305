"""From the bytes of a document to a JSON value, with every fault of the text itself.

This is the slow and thorough way, for documents that the strict decoder refused.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NoReturn, TypeAlias, cast

from events.faults import DocumentFault, invalid, shown

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | Decimal | bool | None"
"""A JSON value; a number with a fraction that is not zero is an exact ``Decimal``, and so is one of no use."""

Object: TypeAlias = dict[str, Json]

MAX_BYTES = 64 * 1024
"""The largest document, in bytes."""
MAX_DEPTH = 32
"""The deepest nesting of objects and lists; no event of the contract comes near."""


class _Object(dict[str, Json]):
    """A JSON object that remembers which of its keys were given twice."""

    repeated: tuple[str, ...] = ()


def too_large(size: int) -> DocumentFault:
    """Return the fault of a document of ``size`` bytes, more than ``MAX_BYTES``."""
    return invalid("$", "size", "too-large", size=size, most=MAX_BYTES)


def parse(raw: bytes) -> tuple[Json, list[DocumentFault]]:
    """Return the JSON value and the faults of its text; with a fault the value may be ``None``."""
    if not raw or raw.isspace() or raw.startswith(codecs.BOM_UTF8):
        return None, [invalid("$", "json", "byte-order-mark" if raw.strip() else "empty")]
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return None, [invalid("$", "json", "not-utf-8", byte=error.start)]
    if _deeper_than_allowed(text):
        return None, [invalid("$", "json", "too-deep", most=MAX_DEPTH)]
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_float=_fraction,
            parse_int=_whole,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        return None, [invalid("$", "json", "not-json", line=error.lineno, column=error.colno)]
    except _ConstantError:
        return None, [invalid("$", "json", "no-number")]
    return cast("Json", value), list(_text_faults(value, "$"))


class _ConstantError(ValueError):
    """``NaN`` or an infinity, which Python reads and JSON does not know."""


def _no_constant(_: str) -> NoReturn:
    raise _ConstantError


_DIGITS = 32
"""No number of the contract has so many digits."""


def _fraction(text: str) -> int | Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent beyond all reason, out of any range we know
        return Decimal("Infinity")
    return int(number) if number.adjusted() < _DIGITS and number == number.to_integral_value() else number


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= _DIGITS else Decimal(text)


def _object(pairs: list[tuple[str, Json]]) -> _Object:
    value = _Object(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        value.repeated = tuple(dict.fromkeys(k for k, _ in pairs if k in seen or seen.add(k)))  # type: ignore[func-returns-value]
    return value


_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)


def _deeper_than_allowed(text: str) -> bool:
    depth = 0
    for part in _STRING_OR_BRACKET.findall(text):
        if part in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif part in "]}":
            depth -= 1
    return False


def _text_faults(value: Json, path: str) -> Iterator[DocumentFault]:
    """Yield keys given twice, and texts that cannot be written in UTF-8 (half a surrogate pair)."""
    if isinstance(value, dict):
        if isinstance(value, _Object):
            for key in value.repeated:
                yield invalid(f"{path}.{shown(key)}", "repeated-key", "repeated-key")
        for key, child in value.items():
            yield from _text_faults(child, f"{path}.{shown(key)}")
    elif isinstance(value, list):
        for n, child in enumerate(value):
            yield from _text_faults(child, f"{path}[{n}]")
    elif isinstance(value, str) and _SURROGATE.search(value):
        yield invalid(path, "json", "half-character")


_SURROGATE = re.compile("[\ud800-\udfff]")
