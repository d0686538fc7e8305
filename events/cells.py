"""The cells of a spreadsheet: CSV taken apart into rows, a cell read as its field's type asks, and what is wrong with one.

A NIK stays the text that it is. What a spreadsheet leaves behind where there is nothing (``#N/A``, ``NULL``, ``-``), or
where it has lost digits, is refused: nobody may guess what was meant.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from msgspec import inspect

from events.parse import Json

EMPTY_LIST = "[]"
BLANKS = " \u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"
"""What is trimmed from a cell; a line break or an unseen character in it is a fault, as it is in JSON."""

SENTENCES = {
    "utf8": "This is not UTF-8. Save the table as «CSV UTF-8».",
    "csv": "This is no CSV: a quotation mark is not closed, or stands inside a cell.",
    "no-names": "Write the names of the columns into the first row.",
    "title": "This looks like a title: delete the row, so that the names of the columns stand in the first one.",
    "no-column": "There is no such column; its name is a field's path.",
    "nearest": "There is no such column. Do you mean {nearest}?",
    "twice": "Another column has this name.",
    "missing": "This column is missing.",
    "no-name": "Write a name into the first row of this column.",
    "same-id": "Row {first} has the same id; give each row an id of its own.",
    "beside-list": f"Leave this empty, or {EMPTY_LIST} beside it.",
    "beside-elements": "Leave this empty, or what stands in the list.",
    "shortened": "The spreadsheet has shortened this number and lost digits of it: format the column as text, "
    "and write the number again.",
    "placeholder": "This stands for nothing, or for an error of the spreadsheet: write the value, or leave the cell empty.",
    "list": f"Write {EMPTY_LIST} for an empty list, or use columns with numbers: 0 for the first.",
    "whole": "Write a whole number in digits alone, without points, as in 1500000.",
    "number": "Write a number, as in 62.5 or 62,5.",
    "truth": "Write true or false.",
    "rounded": "All {count} values end in 0, as a spreadsheet leaves them that keeps 15 digits of a number: compare them with "
    "the source. If they are right, confirm it.",
}
"""What is wrong, by code, and what to do."""

Rows: TypeAlias = Sequence[tuple[int, Sequence[str]]]
"""Rows that are not empty, each with its number as the spreadsheet counts; the cells' ends are trimmed."""


class CellFault(NamedTuple):
    """What is wrong with a cell: its row as the spreadsheet counts (1 has the names), its column, what to do.

    ``letter`` is the column as the spreadsheet names it, empty where no single one is meant. ``code`` is one of ``SENTENCES``
    with ``says`` for its blanks, or empty where ``message`` is that of a fault of the document. Nothing here repeats what
    stands in the cell.
    """

    row: int
    column: str
    message: str
    letter: str = ""
    code: str = ""
    says: Mapping[str, str] = {}


def fault(row: int, column: str, code: str, letter: str = "", **says: object) -> CellFault:
    """Return a fault by its code."""
    filled = {key: str(value) for key, value in says.items()}
    return CellFault(row, column, SENTENCES[code].format(**filled), letter, code, filled)


class TableRefused(ValueError):  # noqa: N818 - the contract's word
    """A table has faults, all of them listed; none of its rows was made into a document."""

    def __init__(self, faults: Sequence[CellFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"row {f.row}, {f.column}: {f.message}" for f in self.faults[:3]))


class CellRefused(ValueError):  # noqa: N818 - the contract's word
    """A cell cannot be read; ``code`` is one of ``SENTENCES``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(SENTENCES[code])


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
    if said := re.fullmatch(r"sep=(.)", head, re.IGNORECASE):
        parted_by, text = said[1], text[len(head) :].removeprefix("\r").removeprefix("\n")
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
    """Read a cell as its type asks; raises ``CellRefused``. What a text may be is left to the reading of the document."""
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
