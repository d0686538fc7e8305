"""Events as rows of a spreadsheet: a table of one type, read into documents and written from them.

The first row names the columns: ``id``, ``time``, and the fields of ``data`` by their path, an element of a list by
its number from 0, as in ``documents.0.kind``. An empty cell leaves its field out; ``[]`` is an empty list. A table is
CSV in UTF-8, with or without a byte order mark, parted by ``;``, ``,`` or tabs, as the spreadsheet writes it. A cell
is read as its field's type asks, so a NIK stays the text that it is.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

import msgspec
from msgspec import inspect

from events.catalogue import AGENCY_TYPES
from events.codes import Codes
from events.document import Refused, read
from events.parse import Json, Object
from events.shape import data_type

ATTRIBUTES = ("id", "time")
"""The columns that every table has; the others are fields of ``data``."""
EMPTY_LIST = "[]"
PARTED_BY = ";"
"""How a table is written, as a spreadsheet does where the comma is the decimal sign."""

_encode = msgspec.json.Encoder(decimal_format="number").encode

Steps: TypeAlias = tuple[str | int, ...]


class CellFault(NamedTuple):
    """What is wrong with a cell: its row as the spreadsheet counts (1 has the names), its column, what to do.

    Nothing here repeats what stands in the cell.
    """

    row: int
    column: str
    message: str


class TableRefused(ValueError):  # noqa: N818 - the contract's word
    """A table has faults, all of them listed; none of its rows was made into a document."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"row {f.row}, {f.column}: {f.message}" for f in self.faults[:3]))


def documents(table: bytes, name: str, source: str, codes: Codes | None = None) -> list[bytes]:
    """Return the documents of a table's rows, in order: of type ``name``, sent by ``source``, each of them right.

    ``codes`` are the programmes and causes that they may name, as for ``events.document.read``.

    Raises ``TableRefused`` with the faults of all rows, and ``KeyError`` if agencies send no type of this name.
    """
    data = data_type(AGENCY_TYPES[name])
    names, rows = _cells(table)
    columns, faults = _columns(names, data)
    if faults:
        raise TableRefused(faults)
    made: list[bytes] = []
    ids: dict[str, int] = {}
    for number, cells in rows:
        row = _Row(number, cells, columns)
        document = row.document(name, source)
        found = row.faults or _faults(document, row, codes)
        if not found:
            first = ids.setdefault(str(document["id"]), number)
            if first != number:
                found = [
                    CellFault(number, "id", f"Row {first} has the same id; give each row an id of its own.")
                ]
        faults += found
        made.append(_encode(document))
    if faults:
        raise TableRefused(faults)
    return made


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


def _cells(table: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the columns, and the rows that are not empty with their numbers."""
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TableRefused([CellFault(1, "", "This is not UTF-8. Save the table as «CSV UTF-8».")]) from None
    head = text.partition("\n")[0]
    parted_by = next((mark for mark in ";\t" if mark in head), ",")
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=parted_by, strict=True))
    except csv.Error:
        message = "This is no CSV: a quotation mark is not closed, or stands inside a cell."
        raise TableRefused([CellFault(1, "", message)]) from None
    cut = [[cell.strip() for cell in row] for row in read]
    filled = [(number, row) for number, row in enumerate(cut, 1) if any(row)]
    if not filled or filled[0][0] != 1:
        raise TableRefused([CellFault(1, "", "Write the names of the columns into the first row.")])
    return filled[0][1], filled[1:]


class _Column(NamedTuple):
    name: str
    steps: Steps
    """Where its value goes: () for an attribute of the envelope, else the way below ``data``."""
    type: inspect.Type


def _columns(names: Sequence[str], data: inspect.Type) -> tuple[list[_Column | None], list[CellFault]]:
    columns: list[_Column | None] = []
    faults: list[CellFault] = []
    for n, name in enumerate(names):
        steps = tuple(int(step) if step.isascii() and step.isdigit() else step for step in name.split("."))
        of = inspect.StrType() if name in ATTRIBUTES else _follow(data, steps)
        columns.append(_Column(name, () if name in ATTRIBUTES else steps, of) if name and of else None)
        if name and of is None:
            faults.append(CellFault(1, _shown(name), "There is no such column; its name is a field's path."))
        elif name and name in names[:n]:
            faults.append(CellFault(1, name, "Another column has this name."))
    faults += [CellFault(1, each, "This column is missing.") for each in ATTRIBUTES if each not in names]
    return columns, faults


def _shown(name: str) -> str:
    """Return a column's name if it looks like one: in a table without names the first row holds values."""
    return name if re.fullmatch(r"[a-z][A-Za-z_.0-9]{0,79}", name) else "?"


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
    """One row: the document that it says, and where each value of the document stands in the table."""

    def __init__(self, number: int, cells: Sequence[str], columns: Sequence[_Column | None]) -> None:
        self.number = number
        self.faults: list[CellFault] = []
        self._attributes: dict[str, str] = {}
        self._data: dict[str | int, object] = {}
        self._numbers: dict[str, list[int]] = {}
        for n, cell in enumerate(cells):
            column = columns[n] if n < len(columns) else None
            if cell and column is None:
                self._fault("?", "Write a name into the first row of this column.")
            elif cell and column is not None:
                self._take(column, cell)

    def _fault(self, column: str, message: str) -> None:
        self.faults.append(CellFault(self.number, column, message))

    def _take(self, column: _Column, cell: str) -> None:
        try:
            value = _value(cell, column.type)
        except ValueError as wrong:
            self._fault(column.name, str(wrong))
            return
        if not column.steps:
            self._attributes[column.name] = cell
            return
        place = self._data
        for step in column.steps[:-1]:
            inner = place.setdefault(step, {})
            if not isinstance(inner, dict):
                self._fault(column.name, f"Leave this empty, or {EMPTY_LIST} beside it.")
                return
            place = inner
        if column.steps[-1] in place:
            self._fault(column.name, "Leave this empty, or what stands in the list.")
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
    try:
        read(_encode(document), codes)
    except Refused as refused:
        # The subject is made from the claim, whose own fault says it all.
        faults = [fault for fault in refused.faults if fault.path != "$.subject"]
        return [CellFault(row.number, row.column(fault.path), fault.message) for fault in faults]
    return []


# One cell

_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_FRACTION = re.compile(r"(-?[0-9]{1,18})(?:[.,]([0-9]{1,18}))?")
_TRUTH = {"true": True, "false": False, "benar": True, "salah": False}


def _value(cell: str, info: inspect.Type) -> Json:
    """Read a cell as its type asks; raises ``ValueError`` with what to do.

    What a text may be is left to the reading of the document.
    """
    if _SHORTENED.fullmatch(cell):
        raise ValueError(
            "The spreadsheet has shortened this number and lost digits of it: format the column as text, "
            "and write the number again."
        )
    match info:
        case inspect.Metadata():
            return _value(cell, info.type)
        case inspect.ListType():
            if cell != EMPTY_LIST:
                raise ValueError(
                    f"Write {EMPTY_LIST} for an empty list, or use columns with numbers: 0 for the first."
                )
            return []
        case inspect.IntType():
            if not _WHOLE.fullmatch(cell):
                raise ValueError("Write a whole number in digits alone, without points, as in 1500000.")
            return int(cell)
        case inspect.FloatType():
            number = _FRACTION.fullmatch(cell)
            if number is None:
                raise ValueError("Write a number, as in 62.5 or 62,5.")
            return Decimal(f"{number[1]}.{number[2] or 0}")
        case inspect.BoolType():
            if cell.lower() not in _TRUTH:
                raise ValueError("Write true or false.")
            return _TRUTH[cell.lower()]
        case _:
            return cell
