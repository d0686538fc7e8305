"""One file of a rulebook as it is read: its values, the line of each, and the words that may stand there.

A fault is refused with file and line.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import Struct, inspect

from events.message import Message, Parameter, message
from services.texts.errors import TextError

KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys from the top of the file, and for a table of an array its index from 0."""

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
_KEY = r'(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|\'[^\']*\')'
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_VALUE = re.compile(rf"^\s*({_DOTTED})\s*=(.*)$")


def line_of(text: str, path: KeyPath) -> int:
    """Return the line, from 1, that declares the path, or the nearest table or value around it."""
    best, depth = 1, -1
    for number, declared in declarations(text):
        if len(declared) > depth and declared == path[: len(declared)]:
            best, depth = number, len(declared)
    return best


@lru_cache(maxsize=32)
def declarations(text: str) -> tuple[tuple[int, KeyPath], ...]:
    """Return line by line what a file declares: its tables and its values. Each value of a file asks for it."""
    return tuple(_declared(text))


def _declared(text: str) -> Iterator[tuple[int, KeyPath]]:
    table: KeyPath = ()
    counts: dict[KeyPath, int] = {}
    open_brackets = 0
    for number, line in enumerate(text.splitlines(), 1):
        if open_brackets > 0:
            open_brackets += _opened(line)
        elif header := _HEADER.match(line):
            table = _resolved(_keys(header[2]), counts, is_array=header[1] == "[[")
            yield number, table
        elif value := _VALUE.match(line):
            yield number, table + _keys(value[1])
            open_brackets = _opened(value[2])


def _resolved(keys: KeyPath, counts: dict[KeyPath, int], *, is_array: bool) -> KeyPath:
    """Put the index of the table last begun behind the name of each array of tables."""
    path: KeyPath = ()
    for place, key in enumerate(keys):
        path += (key,)
        if is_array and place == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _keys(dotted: str) -> KeyPath:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))


def _opened(line: str) -> int:
    bare = _STRING.sub("", line).partition("#")[0]
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")


def words_at(kind: type[Struct], data: object, path: Sequence[str]) -> tuple[str, ...]:
    """Return the words that are allowed at a path of keys and indices; nothing where it is not one of a few words.

    Of a table it is what its keys may be. ``data`` says which of several kinds of table it is.
    """
    kinds: list[inspect.Type] = [inspect.type_info(kind)]
    for key in path:
        kinds = [below for one in kinds for below in _below(one, key, data)]
        data = _inner(data, key)
    words = (word for one in kinds for flat in _flat(one) for word in _words(flat))
    return tuple(sorted(dict.fromkeys(words)))


def _flat(kind: inspect.Type) -> Iterator[inspect.Type]:
    match kind:
        case inspect.UnionType(types):
            for one in types:
                yield from _flat(one)
        case inspect.Metadata(inner):
            yield from _flat(inner)
        case _:
            yield kind


def _below(kind: inspect.Type, key: str, data: object) -> Iterator[inspect.Type]:
    for one in _flat(kind):
        match one:
            case inspect.StructType(fields=fields, tag_field=tag_field, tag=tag):
                if key == tag_field:
                    yield inspect.LiteralType((tag,))
                elif not tag_field or _inner(data, tag_field) == tag:
                    yield from (field.type for field in fields if field.encode_name == key)
            case inspect.VarTupleType(inner) | inspect.ListType(inner):
                yield inner
            case inspect.DictType(value_type=value):
                yield value


def _inner(data: object, key: str) -> object:
    match data:
        case dict():
            return data.get(key)
        case list():
            return data[int(key)]
        case _:
            return None


def _words(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.LiteralType(values):
            yield from map(str, values)
        case inspect.DictType(key_type=inspect.LiteralType(values)):
            yield from map(str, values)


T = TypeVar("T", bound=Struct)


class FileLine(NamedTuple):
    """A line, from 1, of a file of the rulebook."""

    file: str
    line: int


class LawFileFault(NamedTuple):
    """What is wrong in a file, at which path of keys, and what to do."""

    path: KeyPath
    what: Message
    advice: Message

    def within(self, what: str, *path: str | int) -> LawFileFault:
        """Return the fault as one of ``what``, which has a path itself."""
        return LawFileFault(
            (*path, *self.path), message("rulebook.of", what=what, fault=self.what), self.advice
        )


def fault(what: str, advice: str, /, *path: str | int, **parameters: Parameter) -> LawFileFault:
    """Return a fault by the keys of its texts, both of which the parameters fill."""
    return LawFileFault(path, message(what, **parameters), message(advice, **parameters))


class RulebookError(TextError):
    """A rulebook that cannot be used; the message is ``FILE:LINE: what is wrong. What to do``."""

    def __init__(self, place: FileLine, fault: LawFileFault) -> None:
        """Keep the place, so that an editor can go there."""
        file, line = place
        text = message("rulebook.at-line", file=file, line=line, fault=fault.what, advice=fault.advice)
        super().__init__(text)
        self.place = place


class LawFile:
    """One file while it is read: its data, and the line of each."""

    def __init__(self, name: str, text: str) -> None:
        """Parse the text; raises ``RulebookError`` where it is no TOML, or states something twice."""
        self.name, self.text = name, text
        try:
            self.data: dict[str, object] = tomllib.loads(text, parse_float=Decimal)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            place = FileLine(name, int(line[1]) if line else len(text.splitlines()))
            what = fault("rulebook.no-toml", "rulebook.advice.toml", fault=str(error))
            raise RulebookError(place, what) from error

    def place(self, *path: str | int) -> FileLine:
        """Return the line of a value."""
        return FileLine(self.name, line_of(self.text, path))

    def refuse(self, fault: LawFileFault) -> RulebookError:
        """Return the error for a fault."""
        return RulebookError(self.place(*fault.path), fault)

    def convert(self, data: object, kind: type[T], *path: str | int, derived: Sequence[str] = ()) -> T:
        """Read a table as ``kind``; an unknown, missing or wrong key is refused at its line.

        ``derived`` are keys of ``kind`` that are not written, but follow from the place of the table.
        """
        try:
            return msgspec.convert(data, kind, builtin_types=(dt.date, Decimal))
        except msgspec.ValidationError as error:
            where = re.search(r" - at (?:`key` in )?`\$(.*)`$", str(error))
            inside = re.findall(r"\w+", where[1]) if where else []
            unknown = re.search(r"unknown field `(.+?)`", str(error))
            named = (*path, *(int(key) if key.isdecimal() else key for key in inside))
            fields = ", ".join(key for key in kind.__struct_fields__ if key not in derived)
            if "Invalid" in str(error) and (choices := words_at(kind, data, inside)):
                advice = message("rulebook.advice.one-of", choices=", ".join(choices))
            elif inside:
                advice = message("rulebook.advice.stands-at", place=".".join(inside))
            else:
                advice = message("rulebook.advice.keys", keys=fields)
            at = (*named, unknown[1]) if unknown else named
            what = _unread(path, str(error).partition(" - at ")[0])
            raise self.refuse(LawFileFault(at, what, advice)) from error


def _unread(path: KeyPath, fault: str) -> Message:
    """Say what cannot be read; its place is named by its code, or by which article it is, from 1."""
    if not path:
        return message("rulebook.unread", fault=fault)
    if isinstance(path[1], int) and len(path) == 2:
        return message("rulebook.unread-article", number=path[1] + 1, fault=fault)
    return message("rulebook.of", what=path[-1], fault=fault)
