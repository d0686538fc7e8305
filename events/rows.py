"""Events as rows of a spreadsheet: a table of one type, read into documents and written from them.

The first row names the columns: ``id``, ``time``, and the fields of ``data`` by their path, an element of a list by
its number from 0, as in ``documents.0.kind``. An empty cell leaves its field out; ``[]`` is an empty list.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import inspect

from events.catalogue import AGENCY_TYPES
from events.cells import (
    CellFault,
    CellRefused,
    Rows,
    TableRefused,
    fault,
    letter_of,
    read_csv,
    value_of,
)
from events.codes import Codes
from events.document import DocumentRefused, read
from events.message import Parameter
from events.parse import Json, Object
from events.type_faults import data_type

ATTRIBUTES = ("id", "time")
"""The columns that every table has; the others are fields of ``data``."""
PARTED_BY = ";"
"""How a table is written, as a spreadsheet does where the comma is the decimal sign."""

_encode = msgspec.json.Encoder(decimal_format="number").encode

Steps: TypeAlias = tuple[str | int, ...]

_TITLE_ROWS = 9
"""How far below a title the names of the columns are looked for."""


def documents(
    table: bytes | Rows, name: str, source: str, codes: Codes | None = None, *, confirmed: bool = False
) -> list[bytes]:
    """Return the documents of a table's rows, in order: of type ``name``, sent by ``source``, each of them right.

    ``table`` is CSV, or rows that were read already. ``codes`` are the programmes and causes that they may name, as for
    ``events.document.read``. NIKs that all end in 0 are refused unless ``confirmed``.

    Raises ``TableRefused`` with the faults of all rows, and ``KeyError`` if agencies send no type of this name.
    """
    data = data_type(AGENCY_TYPES[name])
    rows = read_csv(table) if isinstance(table, bytes) else table
    if not rows or rows[0][0] != 1:
        raise TableRefused([fault(1, "", "no-names")])
    (_, names), *rest = rows
    columns, faults = _columns(names, data)
    if faults:
        title = any(not _columns(cells, data)[1] for _, cells in rest[:_TITLE_ROWS])
        raise TableRefused([fault(1, "", "title")] if title else faults)
    read = [_Row(number, cells, columns) for number, cells in rest]
    encoded_documents: list[bytes] = []
    ids: dict[str, int] = {}
    for row in read:
        document = row.document(name, source)
        row_faults = [*row.faults, *_faults(document, row, codes)]
        if not row_faults:
            first = ids.setdefault(str(document["id"]), row.number)
            if first != row.number:
                row_faults = [row.fault("id", "same-id", first=first)]
        faults += row_faults
        encoded_documents.append(_encode(document))
    if not confirmed:
        faults += _rounded(columns, rest)
    if faults:
        raise TableRefused(faults)
    return encoded_documents


def table(events: Sequence[Mapping[str, object]]) -> str:
    """Write documents of one type as a table: the names of all their columns, then a row for each."""
    rows = [dict(_written(event)) for event in events]
    names = dict.fromkeys(column for row in rows for column in row)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=PARTED_BY, lineterminator="\r\n")
    writer.writerow(names)
    writer.writerows([row.get(column, "") for column in names] for row in rows)
    return text.getvalue()


def _written(event: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for attribute in ATTRIBUTES:
        yield attribute, str(event[attribute])
    yield from _leaves(event["data"], "")


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, child in value.items():
            yield from _leaves(child, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for n, child in enumerate(value):
            yield from _leaves(child, f"{path}.{n}")
    else:
        yield path, value if isinstance(value, str) else _encode(value).decode()


# The table and its columns


class _Column(NamedTuple):
    name: str
    steps: Steps
    """Where its value goes: () for an attribute of the envelope, else the way below ``data``."""
    type: inspect.Type
    letter: str


def _columns(names: Sequence[str], data: inspect.Type) -> tuple[list[_Column | None], list[CellFault]]:
    """Find the column of each name, in capitals or small letters, and what is wrong with the names."""
    columns: list[_Column | None] = []
    faults: list[CellFault] = []
    headings = [name.casefold() for name in names]
    for n, name in enumerate(headings):
        steps = tuple(int(step) if step.isascii() and step.isdigit() else step for step in name.split("."))
        of = inspect.StrType() if name in ATTRIBUTES else _follow(data, steps)
        columns.append(
            _Column(name, () if name in ATTRIBUTES else steps, of, letter_of(n)) if name and of else None
        )
        if name and of is None:
            faults.append(_unknown(name, letter_of(n), data))
        elif name and name in headings[:n]:
            faults.append(fault(1, name, "twice", letter_of(n)))
    faults += [fault(1, each, "missing") for each in ATTRIBUTES if each not in headings]
    return columns, faults


def _unknown(name: str, letter: str, data: inspect.Type) -> CellFault:
    """Name a column that does not exist, if its name looks like one.

    In a table without names the first row holds values.
    """
    shown = name if re.fullmatch(r"[a-z][a-z_.0-9]{0,79}", name) else "?"
    columns = [*ATTRIBUTES, *_paths(data, "")]
    near = get_close_matches(name, columns, 1) or [
        word for word in re.split(r"[^a-z_.0-9]+", name) if word in columns
    ]
    return (
        fault(1, shown, "nearest", letter, nearest=near[0]) if near else fault(1, shown, "no-column", letter)
    )


def _paths(info: inspect.Type, path: str) -> Iterator[str]:
    """Go through the names that columns can have, of lists the first elements."""
    for each in info.types if isinstance(info, inspect.UnionType) else (info,):
        match each:
            case inspect.Metadata():
                yield from _paths(each.type, path)
            case inspect.ListType():
                yield from _paths(each.item_type, f"{path}.0")
            case inspect.StructType():
                for field in each.fields:
                    yield from _paths(
                        field.type, f"{path}.{field.encode_name}" if path else field.encode_name
                    )
            case _:
                yield path


_FEWEST = 3
"""NIKs of which it is no accident that all end in 0."""


def _rounded(columns: Sequence[_Column | None], rows: Rows) -> Iterator[CellFault]:
    """Ask about columns of NIKs that all end in 0: a spreadsheet's number keeps 15 digits of the 16."""
    for n, column in enumerate(columns):
        if column is None or column.steps[-1:] != ("nik",):
            continue
        values = {cells[n] for _, cells in rows if n < len(cells) and cells[n]}
        if len(values) >= _FEWEST and all(nik.endswith("0") for nik in values):
            yield fault(1, column.name, "rounded", column.letter, count=len(values))


def _follow(info: inspect.Type, steps: Steps) -> inspect.Type | None:
    """Return the type at the end of a way, if there is such a field and a cell can hold its value."""
    if not steps:
        return None if isinstance(info, inspect.StructType | inspect.UnionType) else info
    step, *rest = steps
    for each in info.types if isinstance(info, inspect.UnionType) else (info,):
        if isinstance(each, inspect.Metadata):
            return _follow(each.type, steps)
        if isinstance(each, inspect.ListType) and isinstance(step, int) and step < _MOST_IN_A_LIST:
            return _follow(each.item_type, tuple(rest))
        if isinstance(each, inspect.StructType):
            if step == each.tag_field and not rest:
                return inspect.StrType()
            field = next((field for field in each.fields if field.encode_name == step), None)
            if field is not None:
                return _follow(field.type, tuple(rest))
    return None


_MOST_IN_A_LIST = 1000


# One row


class _Row:
    """One row: the document that it says, and where each value of the document is in the table."""

    def __init__(self, number: int, cells: Sequence[str], columns: Sequence[_Column | None]) -> None:
        self.number = number
        self.letters = {column.name: column.letter for column in columns if column}
        self.faults: list[CellFault] = []
        self._attributes: dict[str, str] = {}
        self._data: dict[str | int, object] = {}
        self._numbers: dict[str, list[int]] = {}
        for n, cell in enumerate(cells):
            column = columns[n] if n < len(columns) else None
            if cell and column is None:
                self.faults.append(self.fault("?", "no-name", letter_of(n)))
            elif cell and column is not None:
                self._take(column, cell)

    def fault(self, column: str, key: str, letter: str = "", **parameters: Parameter) -> CellFault:
        """Return a fault of this row."""
        return fault(self.number, column, key, letter or self.letters.get(column, ""), **parameters)

    def _fault(self, column: _Column, key: str) -> None:
        self.faults.append(self.fault(column.name, key, column.letter))

    def _take(self, column: _Column, cell: str) -> None:
        try:
            value = value_of(cell, column.type)
        except CellRefused as wrong:
            self._fault(column, wrong.key)
            return
        if not column.steps:
            self._attributes[column.name] = cell
            return
        place = self._data
        for step in column.steps[:-1]:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                self._fault(column, "beside-list")
                return
            place = inner
        if column.steps[-1] in place:
            self._fault(column, "beside-elements")
        place[column.steps[-1]] = value

    def document(self, name: str, source: str) -> Object:
        """Return what the row says, right or not."""
        data = self._object(self._data, "$.data")
        document: Object = {"specversion": "1.0", "type": name, "source": source, **self._attributes}
        if isinstance(data, dict) and name.startswith("kelambu.claim.") and "claim" in data:
            document["subject"] = data["claim"]
        document["data"] = data
        return document

    def _object(self, value: object, path: str) -> Json:
        """Make lists of what has numbers, and remember which numbers they were."""
        if not isinstance(value, dict):
            return value  # type: ignore[return-value] # made by ``_value``
        if value and all(isinstance(key, int) for key in value):
            self._numbers[path] = sorted(value)
            return [self._object(value[key], f"{path}[{n}]") for n, key in enumerate(sorted(value))]
        return {str(key): self._object(child, f"{path}.{key}") for key, child in value.items()}

    def column(self, path: str) -> str:
        """Return the column of a place in the document, such as ``$.data.documents[0].kind``."""
        names: list[str] = []
        so_far = "$"
        for step in re.findall(r"\.[^.\[]+|\[[0-9]+\]", path):
            if step.startswith("["):
                numbers = self._numbers.get(so_far, [])
                n = int(step[1:-1])
                names.append(str(numbers[n] if n < len(numbers) else n))
            else:
                names.append(step[1:])
            so_far += step
        return ".".join(names[1:] if names[:1] == ["data"] and len(names) > 1 else names) or "?"


def _faults(document: Object, row: _Row, codes: Codes | None) -> list[CellFault]:
    """Return the faults of the document, but for what is missing only since its cell could not be read."""
    try:
        read(_encode(document), codes)
    except DocumentRefused as refused:
        # The subject is made from the claim, whose own fault says it all.
        unread = {fault.column for fault in row.faults}
        places = [(row.column(one.path), one) for one in refused.faults if one.path != "$.subject"]
        return [
            CellFault(row.number, column, one.message, row.letters.get(column, ""))
            for column, one in places
            if not any(column == each or each.startswith(f"{column}.") for each in unread)
        ]
    return []
