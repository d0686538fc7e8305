"""The data dictionary: which tables auditors get, from which read models, and what each column says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from events.message import Text

Kind: TypeAlias = Literal["text", "code", "token", "date", "month", "instant", "number", "rupiah", "yes-no"]
WORDS = "_words"
"""Ends the name of the column that says a code in words."""


class ExportedColumn(Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """A column: what it says in both languages, and its ``source`` in the read model where that has another name.

    A code of a ``family`` is followed by a column of its words.
    """

    kind: Kind
    id: str
    en: str
    source: str = ""
    family: str = ""

    @property
    def says(self) -> Text:
        """What it says."""
        return Text(id=self.id, en=self.en)


class ExportedTable(Struct, frozen=True, forbid_unknown_fields=True, rename={"source": "from"}):
    """A table: its columns by their names, the order of its rows, and how they are made of read models."""

    id: str
    en: str
    key: tuple[str, ...]
    columns: dict[str, ExportedColumn]
    source: str = ""
    sql: str = ""
    reads: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    name: str = ""

    @property
    def says(self) -> Text:
        """What its rows are."""
        return Text(id=self.id, en=self.en)

    @property
    def needs(self) -> tuple[str, ...]:
        """The tables of read models that it reads."""
        return self.reads or ((self.source,) if self.source else ())

    @property
    def written(self) -> dict[str, ExportedColumn]:
        """Every column with its name, those of words behind their codes."""
        columns = {}
        for name, column in self.columns.items():
            columns[name] = column
            if column.family:
                columns[f"{name}{WORDS}"] = replace(
                    column, kind="text", family="", id=f"{column.id} Dalam kata.", en=f"{column.en} In words."
                )
        return columns

    @property
    def money(self) -> tuple[str, ...]:
        """Its columns of rupiah."""
        return tuple(name for name, column in self.columns.items() if column.kind == "rupiah")


@cache
def dictionary() -> Mapping[str, ExportedTable]:
    """Return every table of the read models by its name, as ``tables.toml`` has them."""
    return _read("tables.toml")


@cache
def personal_tables() -> Mapping[str, ExportedTable]:
    """Return the tables that hold personal data in clear, as ``personal.toml`` has them."""
    return _read("personal.toml")


def _read(name: str) -> Mapping[str, ExportedTable]:
    text = files(__package__).joinpath(name).read_text(encoding="utf-8")
    read = msgspec.convert(tomllib.loads(text), dict[str, ExportedTable])
    return {name: replace(table, name=name) for name, table in read.items()}


DICTIONARY = ExportedTable(
    name="dictionary",
    id="Kamus data: setiap kolom setiap tabel.",
    en="The data dictionary: each column of each table.",
    key=("table_name", "n"),
    columns={
        "table_name": ExportedColumn("text", "Tabel.", "Table."),
        "n": ExportedColumn("number", "Urutan kolom.", "Place of the column."),
        "column_name": ExportedColumn("text", "Kolom.", "Column."),
        "kind": ExportedColumn("text", "Macam isinya.", "Kind of what it holds."),
        "bahasa_indonesia": ExportedColumn(
            "text", "Arti, dalam Bahasa Indonesia.", "Meaning, in Bahasa Indonesia."
        ),
        "english": ExportedColumn("text", "Arti, dalam bahasa Inggris.", "Meaning, in English."),
    },
)
CODES = ExportedTable(
    name="codes",
    id="Setiap kode dan artinya.",
    en="Each code and what it means.",
    key=("family", "code"),
    columns={
        "family": ExportedColumn("text", "Rumpun kode.", "Family of the code."),
        "code": ExportedColumn("text", "Kode.", "Code."),
        "bahasa_indonesia": ExportedColumn(
            "text", "Arti, dalam Bahasa Indonesia.", "Meaning, in Bahasa Indonesia."
        ),
        "english": ExportedColumn("text", "Arti, dalam bahasa Inggris.", "Meaning, in English."),
    },
)


def every_table() -> Mapping[str, ExportedTable]:
    """Return every table by its name: those of the read models, the codes, the dictionary itself."""
    return {**dictionary(), CODES.name: CODES, DICTIONARY.name: DICTIONARY}


def exportable() -> Mapping[str, ExportedTable]:
    """Return every table that may be written to a file by its name: also those with personal data in clear."""
    return {**every_table(), **personal_tables()}


def names_persons(names: Iterable[str]) -> bool:
    """Tell whether any of these tables has a column of persons or of claims."""
    return any({"person", "claim"} & exportable()[name].columns.keys() for name in names)


def dictionary_rows() -> list[tuple[str, int, str, str, str, str]]:
    """Return what the table of the dictionary holds."""
    return [
        (table.name, n, name, column.kind, column.id, column.en)
        for table in exportable().values()
        for n, (name, column) in enumerate(table.written.items(), 1)
    ]
