"""One file of a rulebook as it is read: its values, and the line of each, by which a fault is refused."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from events.message import Message, Parameter, message
from services.benefits.reading import toml_lines
from services.benefits.reading.choices import words_at
from services.texts.errors import TextError

T = TypeVar("T", bound=Struct)


class FileLine(NamedTuple):
    """A line, from 1, of a file of the rulebook."""

    file: str
    line: int


class LawFileFault(NamedTuple):
    """What is wrong in a file, at which path of keys, and what to do."""

    path: toml_lines.Path
    what: Message
    advice: Message

    def within(self, what: str, *path: str | int) -> LawFileFault:
        """Return the fault as one of ``what``, which stands at a path itself."""
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
        told = message("rulebook.at-line", file=file, line=line, fault=fault.what, advice=fault.advice)
        super().__init__(told)
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
        """Return where a value stands."""
        return FileLine(self.name, toml_lines.line_of(self.text, path))

    def refuse(self, fault: LawFileFault) -> RulebookError:
        """Return the error for a fault."""
        return RulebookError(self.place(*fault.path), fault)

    def convert(self, data: object, kind: type[T], *path: str | int, derived: Sequence[str] = ()) -> T:
        """Read a table as ``kind``; an unknown, missing or wrong key is refused at its line.

        ``derived`` are keys of ``kind`` that are not written, but follow from where the table stands.
        """
        try:
            return msgspec.convert(data, kind, builtin_types=(dt.date, Decimal))
        except msgspec.ValidationError as error:
            where = re.search(r" - at (?:`key` in )?`\$(.*)`$", str(error))
            inside = re.findall(r"\w+", where[1]) if where else []
            unknown = re.search(r"unknown field `(.+?)`", str(error))
            named = (*path, *(int(key) if key.isdecimal() else key for key in inside))
            known = ", ".join(key for key in kind.__struct_fields__ if key not in derived)
            if "Invalid" in str(error) and (choices := words_at(kind, data, inside)):
                advice = message("rulebook.advice.one-of", choices=", ".join(choices))
            elif inside:
                advice = message("rulebook.advice.stands-at", place=".".join(inside))
            else:
                advice = message("rulebook.advice.keys", keys=known)
            at = (*named, unknown[1]) if unknown else named
            what = _unread(path, str(error).partition(" - at ")[0])
            raise self.refuse(LawFileFault(at, what, advice)) from error


def _unread(path: toml_lines.Path, fault: str) -> Message:
    """Say what cannot be read; its place is named by its code, or by which article it is, from 1."""
    if not path:
        return message("rulebook.unread", fault=fault)
    if isinstance(path[1], int) and len(path) == 2:
        return message("rulebook.unread-article", number=path[1] + 1, fault=fault)
    return message("rulebook.of", what=path[-1], fault=fault)
