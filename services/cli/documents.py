"""A file of events, understood before anything of it is sent: JSON one after the other, an array of it, or a table.

A table is CSV or a workbook (XLSX).
"""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from events import rows
from events.catalogue import AGENCY_TYPES, short_name
from events.cells import Rows, filled
from events.codes import Codes
from events.values import JAKARTA
from services.cli.exit_codes import CommandError, command_error

MAGIC = b"PK\x03\x04"
"""How the file begins: it is a ZIP archive."""


def read_workbook(raw: bytes) -> Rows:
    """Return the rows of the only sheet that holds anything, each cell as a person would write it.

    Dates become ``2025-06-30``; a date with a time is taken to be Jakarta's. Whole numbers lose their point: what a
    cell kept as a number has 15 digits, so that a NIK may have lost its last one.

    Raises ``CommandError`` if it is no workbook, or several sheets are filled.
    """
    try:
        book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        sheets = [filled(list(_cells(sheet.iter_rows(values_only=True)))) for sheet in book.worksheets]
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise command_error("workbook.unreadable", "workbook.save-as") from None
    used = [rows for rows in sheets if rows]
    if len(used) > 1:
        raise command_error("workbook.sheets", "workbook.keep-one", count=len(used))
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


TYPES = {short_name(name): name for name in AGENCY_TYPES}
_TABLES = frozenset({".csv", ".tsv", ".xlsx", ".xlsm"})
_BLANK = " \t\r\n"
_elements = msgspec.json.Decoder(list[msgspec.Raw])


class File:
    """The content of a file and its kind: events as JSON, or a table of one type."""

    def __init__(self, raw: bytes, name: str = "", kind: str | None = None) -> None:
        """Look at a file called ``name``; ``kind`` is the type of a table's events, None for JSON.

        Raises:
            CommandError: it is empty, or a table of which no type is named.
        """
        if kind is not None and kind not in TYPES:
            raise command_error(
                "events-file.no-type", "events-file.known-types", kind=kind, known=", ".join(TYPES)
            )
        if not raw.strip():
            raise _empty()
        self._raw, self._kind = raw, kind
        self._workbook = raw.startswith(MAGIC)
        is_json = not self._workbook and raw.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
        if kind is None and (Path(name).suffix.lower() in _TABLES or not is_json):
            raise command_error("events-file.no-json", "events-file.name-type")

    def documents(self, agency: str, codes: Codes | None = None, *, confirmed: bool = False) -> list[bytes]:
        """Return the documents in their order: of JSON the bytes of the file, of a table what its rows say.

        Raises:
            CommandError: the JSON cannot be taken apart, at a line, or holds no event.
            TableRefused: a table has faults.
        """
        if self._kind is None:
            if not (values := list(_values(self._raw))):
                raise _empty()
            return values
        table: bytes | Rows = read_workbook(self._raw) if self._workbook else self._raw
        return rows.documents(table, TYPES[self._kind], f"/agencies/{agency}", codes, confirmed=confirmed)


def _empty() -> CommandError:
    return command_error("events-file.empty", "events-file.name-one")


def _values(raw: bytes) -> Iterator[bytes]:
    """Go through the objects of a file, however they are laid out: a line each, over many lines, or in arrays."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise command_error("events-file.no-utf-8", "events-file.save-utf-8", line=line) from None
    decoder, at, by_line = json.JSONDecoder(), 0, False
    while (at := _skipped(text, at)) < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _not_json(text, at if by_line else error.pos) from None
        except RecursionError:
            raise _not_json(text, at) from None
        value = text[at:end].encode()
        by_line = b"\n" not in value
        if value.startswith(b"["):
            yield from (_object(bytes(element), text, at) for element in _elements.decode(value))
        else:
            yield _object(value, text, at)
        at = end


def _skipped(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


def _object(value: bytes, text: str, at: int) -> bytes:
    if not value.startswith(b"{"):
        raise _not_json(text, at)
    return value


def _not_json(text: str, at: int) -> CommandError:
    line, start = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at)
    return command_error("events-file.no-event", "events-file.mend", line=line, column=at - start)
