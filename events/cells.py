"""The cells of a spreadsheet.

CSV taken apart into rows, a cell read as its field's type asks, and what is wrong with one. A NIK stays the text that
it is. What a spreadsheet leaves behind where there is nothing (``#N/A``, ``NULL``, ``-``), or where it has lost
digits, is refused: nobody may guess what was meant.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from msgspec import inspect

from events.message import Message, Parameter, message
from events.parse import Json

EMPTY_LIST = "[]"
BLANKS = " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
"""What is trimmed from a cell; a line break or an unseen character in it is a fault, as it is in JSON."""

Rows: TypeAlias = Sequence[tuple[int, Sequence[str]]]
"""Rows that are not empty, each with its number as the spreadsheet counts; the cells' ends are trimmed."""


class CellFault(NamedTuple):
    """What is wrong with a cell: its row as the spreadsheet counts (1 has the names), its column, what to do.

    ``letter`` is the column as the spreadsheet names it, empty where no single one is meant. The text of ``message``
    is one of ``cell``, or that of a fault of the document. Nothing here repeats what is in the cell.
    """

    row: int
    column: str
    message: Message
    letter: str = ""


def fault(row: int, column: str, key: str, letter: str = "", **parameters: Parameter) -> CellFault:
    """Return a fault; ``key`` names its text under ``cell``."""
    return CellFault(row, column, message(f"cell.{key}", **parameters), letter)


class TableRefused(ValueError):  # noqa: N818 - the contract's word
    """A table has faults, all of them listed; none of its rows was made into a document."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"row {f.row}, {f.column}: {f.message.key}" for f in self.faults[:3]))


class CellRefused(ValueError):  # noqa: N818 - the contract's word
    """A cell cannot be read; ``key`` names the text under ``cell`` that says why."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(key)


def letter_of(number: int) -> str:
    """Return the name that a spreadsheet gives a column, counted from 0: ``A``, ``Z``, ``AA``."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def read_csv(table: bytes) -> Rows:
    """Take CSV apart: UTF-8, parted by ``;``, ``,`` or tabs as its first line shows, or as a line ``sep=;`` says.

    That line is none of the table's: the row after it is the first. Lines end in LF, CR LF or CR.

    Raises ``TableRefused`` if it is no CSV in UTF-8.
    """
    try:
        text = table.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise TableRefused([fault(1, "", "utf8")]) from None
    head, *_ = re.split(r"\r\n|\r|\n", text, maxsplit=1)
    if separator := re.fullmatch(r"sep=(.)", head, re.IGNORECASE):
        parted_by, text = separator[1], text[len(head) :].removeprefix("\r").removeprefix("\n")
    else:
        parted_by = next((mark for mark in ";\t" if mark in head), ",")
    try:
        read = list(csv.reader(io.StringIO(text, newline=""), delimiter=parted_by, strict=True))
    except csv.Error:
        raise TableRefused([fault(1, "", "csv")]) from None
    return filled(read)


def filled(rows: Sequence[Sequence[str]]) -> Rows:
    """Number the rows, trim their cells, and leave out those that are empty."""
    return list(_filled(rows))


def _filled(rows: Sequence[Sequence[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, 1):
        cells = [cell.strip(BLANKS) for cell in row]
        if any(cells):
            yield number, cells


_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[Ee]\+[0-9]+")
_PLACEHOLDER = re.compile(
    r"#(?:N/A|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!)|NULL|N/A|[-\u2013\u2014?]+|nan", re.IGNORECASE
)
_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:[.,]0{1,2})?")
_FRACTION = re.compile(r"(-?[0-9]{1,18})(?:[.,]([0-9]{1,18}))?")
_TRUTH = {"true": True, "false": False, "benar": True, "salah": False}


def value_of(cell: str, info: inspect.Type) -> Json:
    """Read a cell as its type asks; raises ``CellRefused``.

    What a text may be is left to the reading of the document.
    """
    if _SHORTENED.fullmatch(cell):
        raise CellRefused("shortened")
    if _PLACEHOLDER.fullmatch(cell):
        raise CellRefused("placeholder")
    match info:
        case inspect.Metadata():
            return value_of(cell, info.type)
        case inspect.ListType():
            if cell != EMPTY_LIST:
                raise CellRefused("list")
            return []
        case inspect.IntType():
            whole = _WHOLE.fullmatch(cell)
            if whole is None:
                raise CellRefused("whole")
            return int(whole[1])
        case inspect.FloatType():
            number = _FRACTION.fullmatch(cell)
            if number is None:
                raise CellRefused("number")
            return Decimal(f"{number[1]}.{number[2] or 0}")
        case inspect.BoolType():
            if cell.lower() not in _TRUTH:
                raise CellRefused("truth")
            return _TRUTH[cell.lower()]
        case _:
            return cell
