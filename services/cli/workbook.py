"""A workbook of a spreadsheet program (XLSX) read as rows of text, as CSV would give them."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from events.cells import Rows, filled
from events.message import message
from events.values import JAKARTA
from services.cli.exit_codes import CommandError

MAGIC = b"PK\x03\x04"
"""How the file begins: it is a ZIP archive."""


def read_workbook(raw: bytes) -> Rows:
    """Return the rows of the only sheet that holds anything, each cell as a person would write it.

    Dates become ``2025-06-30``; a date with a time is taken to be Jakarta's. Whole numbers lose their point: what a cell
    kept as a number has 15 digits, so that a NIK may have lost its last one.

    Raises ``CommandError`` if it is no workbook, or several sheets are filled.
    """
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheets = [filled(list(_cells(sheet.iter_rows(values_only=True)))) for sheet in book.worksheets]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise CommandError(message("workbook.unreadable"), message("workbook.save-as")) from None
    used = [rows for rows in sheets if rows]
    if len(used) > 1:
        raise CommandError(message("workbook.sheets", count=len(used)), message("workbook.keep-one"))
    return used[0] if used else []


def _cells(rows: Iterator[tuple[object, ...]]) -> Iterator[list[str]]:
    for row in rows:
        yield [_text(cell) for cell in row]


def _text(cell: object) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.datetime():
            return cell.replace(tzinfo=JAKARTA, microsecond=0).isoformat()
        case float() if cell.is_integer():
            return str(int(cell))
        case _:
            return str(cell)
