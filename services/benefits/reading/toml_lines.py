"""On which line of a TOML file a value stands: the reader of the language keeps values, not lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Keys from the top of the file, and for a table of an array its index from 0."""

_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'')
_KEY = r'(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|\'[^\']*\')'
_DOTTED = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_HEADER = re.compile(rf"^\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?$")
_VALUE = re.compile(rf"^\s*({_DOTTED})\s*=(.*)$")


def line_of(text: str, path: Path) -> int:
    """Return the line, from 1, that declares the path, or the nearest table or value around it."""
    best, depth = 1, -1
    for number, declared in declarations(text):
        if len(declared) > depth and declared == path[: len(declared)]:
            best, depth = number, len(declared)
    return best


def declarations(text: str) -> Iterator[tuple[int, Path]]:
    """Yield line by line what a file declares: its tables and its values."""
    table: Path = ()
    counts: dict[Path, int] = {}
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


def _resolved(keys: Path, counts: dict[Path, int], *, is_array: bool) -> Path:
    """Put the index of the table last begun behind the name of each array of tables."""
    path: Path = ()
    for place, key in enumerate(keys):
        path += (key,)
        if is_array and place == len(keys) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _keys(dotted: str) -> Path:
    return tuple(key.strip("\"'") for key in re.findall(_KEY, dotted))


def _opened(line: str) -> int:
    bare = _STRING.sub("", line).partition("#")[0]
    return bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}")
