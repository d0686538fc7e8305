"""Lists: one form for all of them, on the page by fifty, and whole as XLSX or CSV from the same address."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from litestar import Response
from msgspec import Struct

from events.message import Text, message
from services.audit_trail.records import Exported, ExportedFile
from services.console.context import Console
from services.console.errors import PageError, missing
from services.console.rendering import attachment, page
from services.exports.dictionary import ExportedColumn, ExportedTable, Kind
from services.exports.formats import ENDINGS, Cell, Format, writer
from services.texts.catalogue import text

R = TypeVar("R")
CellKind: TypeAlias = Literal[
    "text",
    "code",
    "token",
    "agency",
    "registered",
    "named",
    "coded",
    "status",
    "rupiah",
    "number",
    "days",
    "span",
    "day",
    "moment",
    "month",
]
PAGE = 50
_AT_ONCE = 5000
_FILE_KINDS: dict[CellKind, Kind] = {
    "text": "text",
    "code": "code",
    "token": "token",
    "agency": "code",
    "registered": "code",
    "named": "code",
    "coded": "code",
    "status": "code",
    "rupiah": "rupiah",
    "number": "number",
    "days": "number",
    "span": "number",
    "day": "date",
    "moment": "text",
    "month": "month",
}
_WITH_WORDS: tuple[CellKind, ...] = ("named", "coded", "status")
"""Of these a file holds the code and its words."""
_MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "csv-id": "text/csv; charset=utf-8",
}


class Column(Struct, Generic[R], frozen=True, kw_only=True):
    """A column. ``key`` names it in files and is the field of the row, unless ``value`` says otherwise.

    ``heading`` is the key of its text; ``title`` is one that stands as it is in every language. Codes of ``named`` and
    ``status`` are shown in words of ``family``, those of ``coded`` with the code beside them. A ``span`` is in
    seconds, in files too. An ``agency`` is shown as people write its name, ``registered`` with the name beside it
    under which it is registered; files hold that one. ``link`` is where the cell leads; an empty address is no link.
    Of a cell that names several things ``links`` gives the words and the address of each.
    """

    key: str
    heading: str = ""
    title: str = ""
    kind: CellKind = "text"
    family: str = "status"
    value: Callable[[R], Cell] | None = None
    link: Callable[[R], str] | None = None
    links: Callable[[R], Sequence[tuple[str, str]]] | None = None
    figure: Callable[[R], str] | None = None
    """The name of the figure in a cell that the command beside the page prints too; empty where it prints none."""

    def cell(self, row: R) -> Cell:
        """Return what is in this column."""
        return cast("Cell", getattr(row, self.key)) if self.value is None else self.value(row)

    def address(self, row: R) -> str:
        """Return where the cell leads, empty for nowhere."""
        return "" if self.link is None else self.link(row)

    @property
    def right(self) -> bool:
        """Whether figures are in it, which are compared by their ends."""
        return self.kind in ("rupiah", "number", "days", "span")


class Table(Struct, Generic[R], frozen=True, kw_only=True):
    """A list. ``name`` is its file's; ``caption`` the key of what its rows are.

    ``rows`` are all rows, or what gives so many from one on, of as many as are ``counted``. ``sums`` are the totals of
    all rows by the key of their column, in rupiah or counts. ``cut`` says why there are more than are listed, if ever.
    """

    name: str
    caption: str
    columns: tuple[Column[R], ...]
    rows: Sequence[R] | Callable[[int, int], Sequence[R]]
    counted: int = 0
    sums: dict[str, int] = {}
    cut: str = ""
    answer_path: str = ""
    """Where the rows are in the answer of the command beside the page, where not under ``name``: ``cover.deciles``."""

    @property
    def total(self) -> int:
        """How many rows there are."""
        return self.counted if callable(self.rows) else len(self.rows)

    def some(self, first: int, count: int) -> Sequence[R]:
        """Return so many rows from one on."""
        return self.rows(first, count) if callable(self.rows) else self.rows[first : first + count]


def sums_of(rows: Sequence[object], names: Iterable[str]) -> dict[str, int]:
    """Add up each of these columns; what a row does not tell counts for nothing."""
    return {name: sum(getattr(row, name) or 0 for row in rows) for name in names}


class TablePage(Struct, frozen=True):
    """What the page shows of a table: the rows from ``first`` to ``last``, counted from one."""

    table: Table  # type: ignore[type-arg] # of rows of any kind
    number: int
    rows: Sequence[object]
    among: str | None = None
    """Its name where the page has several tables, so that the address says which one is meant."""

    @property
    def first(self) -> int:
        """The first row shown; 0 where there is none."""
        return (self.number - 1) * PAGE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The last row shown."""
        return (self.number - 1) * PAGE + len(self.rows)

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.table.total // PAGE))


def table_page(console: Console, table: Table[R], *, several: bool = False) -> TablePage:
    """Return the rows of the page that the address asks for; one past the end is the last.

    Of ``several`` tables on a page the address names under ``list`` which one it asks about.
    """
    typed = "1" if several and console.one("list") != table.name else console.one("page", "1")
    number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 1
    number = max(1, min(number, -(-table.total // PAGE)))
    return TablePage(table, number, table.some((number - 1) * PAGE, PAGE), table.name if several else None)


def table_answer(
    console: Console, template: str, table: Table[R], **content: object
) -> Response[str] | Response[bytes]:
    """Return the page of a list, filled with ``table`` and this content.

    Or its file, where ``?format=`` asks for one.
    """
    form = console.one("format")
    if form in _MEDIA:
        return table_file(console, table, cast("Format", form))
    if form:
        raise PageError(400, message("console.table.no-format", format=form, formats=", ".join(_MEDIA)))
    return page(console, template, table=table_page(console, table), **content)


def tables_answer(
    console: Console, template: str, tables: Mapping[str, Table[Any]], **content: object
) -> Response[str] | Response[bytes]:
    """Return a page with several lists, each under its name here; or the file of the one that ``?list=`` asks for."""
    form, list_name = console.one("format"), console.one("list")
    if form:
        console.require_names_known()
        table = next((one for one in tables.values() if one.name == list_name), None)
        if table is None:
            raise missing()
        return table_answer(console, template, table)
    pages = {name: table_page(console, one, several=True) for name, one in tables.items()}
    return page(console, template, **pages, **content)


def table_file(console: Console, table: Table[R], form: Format) -> Response[bytes]:
    """Return all rows of a list as a file, headed as the page is; a code is in a column of its own before its words.

    The audit trail records its rows and its SHA-256 before it is handed out.
    """
    console.require_names_known()
    exported, at = _exported(console, table)
    name, count = f"{table.name}{ENDINGS[form]}", 0
    totals = {column.key: 0 for column in table.columns if column.kind == "rupiah"}
    with tempfile.TemporaryDirectory(prefix="kelambu-") as folder:
        path = Path(folder) / name
        file = writer(path, form, exported)
        for some in _portions(table):
            records = [_record(console, table.columns, row) for row in some]
            file.write(records)
            count += len(records)
            for column in totals:
                totals[column] += sum(cast("int", record[at[column]] or 0) for record in records)
        file.close()
        content = path.read_bytes()
    list_file = ExportedFile(name=name, rows=count, sha256=hashlib.sha256(content).hexdigest(), totals=totals)
    console.record(Exported(what=console.address(format=None, page=None), files=(list_file,)))
    return attachment(content, name, _MEDIA[form])


def _portions(table: Table[R]) -> Iterator[Sequence[R]]:
    for first in range(0, table.total, _AT_ONCE):
        yield table.some(first, _AT_ONCE)


def _exported(console: Console, table: Table[R]) -> tuple[ExportedTable, Mapping[str, int]]:
    """Return a list as a table of a file, by the headings of the page, and where the value of each column is in its rows."""
    columns: dict[str, ExportedColumn] = {}
    at: dict[str, int] = {}
    for column in table.columns:
        heading = Text(column.title, column.title) if column.title else text(column.heading)
        if column.kind == "span":
            unit = text("console.table.seconds")
            heading = Text(unit.id.format(heading=heading.id), unit.en.format(heading=heading.en))
        kind, at[column.key] = _FILE_KINDS[column.kind], len(columns)
        if column.kind in _WITH_WORDS:
            code = text("console.table.code")
            code_heading = Text(code.id.format(heading=heading.id), code.en.format(heading=heading.en))
            columns[_free(console.words.either(code_heading), columns)] = ExportedColumn(
                kind, code_heading.id, code_heading.en
            )
            kind = "text"
        columns[_free(console.words.either(heading), columns)] = ExportedColumn(kind, heading.id, heading.en)
    caption = text(table.caption)
    return ExportedTable(name=table.name, id=caption.id, en=caption.en, key=(), columns=columns), at


def _free(heading: str, headings: Collection[str]) -> str:
    """Return a heading, with a number where another column is headed so."""
    alike = sum(one == heading or one.startswith(f"{heading} (") for one in headings)
    return f"{heading} ({alike + 1})" if heading in headings else heading


def _record(console: Console, columns: Sequence[Column[R]], row: R) -> list[Cell]:
    """Return the cells of a row for a file: codes with their words, days as dates."""
    cells: list[Cell] = []
    for column in columns:
        value = column.cell(row)
        if column.kind == "day" and isinstance(value, str):
            value = dt.date.fromisoformat(value[:10]) if value else None
        if isinstance(value, dt.datetime):
            value = value.isoformat()
        cells.append(value)
        if column.kind in _WITH_WORDS:
            cells.append(console.words.name(column.family, str(value)) if value else "")
    return cells
