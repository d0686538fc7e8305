"""Files of a table: XLSX, CSV, CSV for spreadsheets of this country, JSON lines; Parquet is written by DuckDB itself.

A text stays a text: what begins like a formula is never calculated, a NIK keeps each digit. An amount is a whole
number, a date a date; an instant is written with its offset, on the clock of Jakarta, so that no program moves it.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Protocol, TextIO, TypeAlias, get_args

import msgspec

from events.message import MessageError, message
from services.exports.dictionary import ExportedColumn, ExportedTable
from services.platform.sanitizing import cell, visible

if TYPE_CHECKING:
    from xlsxwriter.format import Format as CellFormat
    from xlsxwriter.worksheet import Worksheet

Format: TypeAlias = Literal["xlsx", "csv", "csv-id", "parquet", "jsonl"]
FORMATS: tuple[Format, ...] = get_args(Format)
ENDINGS: dict[Format, str] = {
    "xlsx": ".xlsx",
    "csv": ".csv",
    "csv-id": ".id.csv",
    "parquet": ".parquet",
    "jsonl": ".jsonl",
}
Cell: TypeAlias = str | int | dt.date | bool | None
Record: TypeAlias = Sequence[Cell]

SHEET_ROWS = 1_048_576
"""Rows of a sheet, with that of the names."""
DESCRIPTION = "kamus - dictionary"
"""The sheet that says what the columns are, behind the rows."""
CELL_LENGTH = 32_767
EXACT = 10**15
"""A spreadsheet keeps whole numbers below this exactly; another is written as text."""
_A4 = 9
_FIRST_DATE = dt.date(1900, 3, 1)
"""Before it spreadsheets do not agree which number a day has."""
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - XLSX knows no zone; the same for all, so that the same rows give the same file
_LIKE_A_NUMBER = re.compile(r"[0-9][0-9.,:/ eE+-]*")
_INSTANT = "strftime({} AT TIME ZONE 'Asia/Jakarta', '%Y-%m-%dT%H:%M:%S.%g+07:00')"


class CellTooLongError(MessageError):
    """A text is longer than a cell of a spreadsheet may be."""

    def __init__(self, table: str, row: int, column: str) -> None:
        super().__init__(
            message("tables.cell-too-long", table=table, row=row, column=column, most=CELL_LENGTH)
        )


class RecordWriter(Protocol):
    """Writes the rows of one table to one file."""

    def write(self, records: Sequence[Record]) -> None:
        """Write rows, in the order of the table's columns."""

    def close(self) -> None:
        """Write what is left, and close the file."""


def writer(path: Path, form: Format, table: ExportedTable, sheet_rows: int = SHEET_ROWS) -> RecordWriter:
    """Open a new file for the rows of a table; ``ValueError`` for Parquet, which DuckDB writes."""
    match form:
        case "xlsx":
            return _Xlsx(path, table, sheet_rows)
        case "csv":
            return _Csv(path.open("x", encoding="utf-8", newline=""), table, ",", cell)
        case "csv-id":
            return _Csv(path.open("x", encoding="utf-8-sig", newline=""), table, ";", _for_spreadsheets)
        case "jsonl":
            return _JsonLines(path.open("xb"), table)
        case _:
            raise ValueError(form)


def shown(name: str, column: ExportedColumn) -> str:
    """Return how a column is asked for, so that its cells are of ``Cell``."""
    quoted = f'"{name}"'
    return f"{_INSTANT.format(quoted)} AS {quoted}" if column.kind == "instant" else quoted


class _Csv:
    """Rows of text between separators, each line ended by CR LF."""

    def __init__(
        self, file: TextIO, table: ExportedTable, separator: str, text: Callable[[str], str]
    ) -> None:
        self._file, self._text = file, text
        self._writer = csv.writer(file, delimiter=separator, lineterminator="\r\n")
        self._writer.writerow(table.written)

    def write(self, records: Sequence[Record]) -> None:
        text = self._text
        self._writer.writerows(
            [text(value) if isinstance(value, str) else _plain(value) for value in record]
            for record in records
        )

    def close(self) -> None:
        self._file.close()


def _plain(value: Cell) -> str | int | dt.date | None:
    return ("true" if value else "false") if isinstance(value, bool) else value


def _for_spreadsheets(text: str) -> str:
    """Return a cell that no spreadsheet takes for a number, a date or a formula: an apostrophe begins it."""
    return f"'{text}" if _LIKE_A_NUMBER.fullmatch(text) else cell(text)


class _JsonLines:
    """One object a line, as it is."""

    def __init__(self, file: BinaryIO, table: ExportedTable) -> None:
        self._file, self._names, self._encode = file, tuple(table.written), msgspec.json.Encoder().encode

    def write(self, records: Sequence[Record]) -> None:
        encode, names = self._encode, self._names
        self._file.writelines(encode(dict(zip(names, record, strict=True))) + b"\n" for record in records)

    def close(self) -> None:
        self._file.close()


class _Xlsx:
    """A workbook: the rows, on as many sheets as they need, then the data dictionary.

    Each is printed as wide as a page.
    """

    def __init__(self, path: Path, table: ExportedTable, sheet_rows: int) -> None:
        from xlsxwriter import Workbook  # noqa: PLC0415 -- takes 2 MB, and most processes do without

        self._table, self._most, self._sheets, self._at, self._row = table, sheet_rows, 0, sheet_rows, 0
        self._book = Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self._book.set_properties({"title": table.name, "created": _CREATED})
        self._head = self._book.add_format({"bold": True, "num_format": "@"})
        formats = {"rupiah": "#,##0", "number": "0", "date": "yyyy-mm-dd"}
        cell_formats = {
            kind: self._book.add_format({"num_format": pattern}) for kind, pattern in formats.items()
        }
        text = self._book.add_format({"num_format": "@"})
        self._columns = [
            (name, cell_formats.get(column.kind, text)) for name, column in table.written.items()
        ]
        self._date, self._text = cell_formats["date"], text
        self._prose = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})

    def write(self, records: Sequence[Record]) -> None:
        for record in records:
            self._row += 1
            if self._at == self._most:
                self._begin()
            sheet, at = self._sheet, self._at
            for n, value in enumerate(record):
                if value is not None:
                    self._put(sheet, at, n, value)
            self._at += 1

    def close(self) -> None:
        from xlsxwriter.exceptions import XlsxFileError  # noqa: PLC0415 -- loaded already

        if not self._sheets:
            self._begin()
        self._describe()
        try:
            self._book.close()
        except XlsxFileError as error:
            raise error.__context__ or error from None

    def _begin(self) -> None:
        self._sheets += 1
        name = self._table.name if self._sheets == 1 else f"{self._table.name} {self._sheets}"
        self._sheet: Worksheet = self._added(name)
        for n, (column, cell_format) in enumerate(self._columns):
            self._sheet.set_column(n, n, max(12, min(len(column) + 2, 30)), cell_format)
            self._sheet.write_string(0, n, column, self._head)
        self._at = 1

    def _added(self, name: str) -> Worksheet:
        """Add a sheet whose first row stays in sight and is on each printed page."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _put(self, sheet: Worksheet, row: int, n: int, value: str | int | dt.date | bool) -> None:
        cell_format: CellFormat = self._columns[n][1]
        if isinstance(value, bool):
            sheet.write_boolean(row, n, value, cell_format)
        elif isinstance(value, int) and -EXACT < value < EXACT:
            sheet.write_number(row, n, value, cell_format)
        elif isinstance(value, dt.date) and value >= _FIRST_DATE:
            day = dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a civil date
            sheet.write_datetime(row, n, day, self._date)
        elif sheet.write_string(row, n, visible(str(value), "\n\t"), self._text):
            raise CellTooLongError(self._table.name, self._row, self._columns[n][0])

    def _describe(self) -> None:
        """Say on a sheet of its own what the columns are."""
        sheet = self._added(DESCRIPTION)
        sheet.set_column(0, 1, 20)
        sheet.set_column(2, 3, 70)
        lines = [("", "", "Bahasa Indonesia", "English"), ("", "", self._table.id, self._table.en)]
        lines += [(name, column.kind, column.id, column.en) for name, column in self._table.written.items()]
        for row, line in enumerate(lines):
            for n, words in enumerate(line):
                sheet.write_string(row, n, words, self._prose if row else self._head)
