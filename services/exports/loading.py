"""The tables for auditors in DuckDB, in memory: each made of the read models when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice

import duckdb
import msgspec
from sqlalchemy import Table, select

from events.message import Language
from projections.bulk import Row
from projections.catalogue import PROJECTIONS
from projections.exceptions import EXCEPTION
from projections.projection import Projection
from projections.store import View
from services.benefits.scheme import Scheme
from services.exceptions.shared_references import shared_references
from services.exports.codes import codes
from services.exports.dictionary import (
    CODES,
    DICTIONARY,
    WORDS,
    ExportedColumn,
    ExportedTable,
    Kind,
    dictionary_rows,
    exportable,
)

READ_MODELS: dict[str, tuple[Projection, Table]] = {
    pattern.name: (projection, pattern) for projection in PROJECTIONS for pattern in projection.tables
}
"""Every table of a read model by its name."""
_SOURCE, _GIVEN = "read_model", "given"
_PORTION = 10_000
_STORED: dict[Kind, str] = {"number": "BIGINT", "rupiah": "BIGINT"}
_TYPES: dict[Kind, str] = {
    "date": "DATE",
    "instant": "TIMESTAMPTZ",
    "number": "BIGINT",
    "rupiah": "BIGINT",
}


def quoted(name: str) -> str:
    """Return a name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


class AuditTables:
    """Tables over one view of the read models, with codes told in one language."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, view: View, scheme: Scheme, language: Language
    ) -> None:
        """Make tables in ``connection``; ``opened`` does this."""
        self.connection, self._view, self._language = connection, view, language
        self._sources: dict[str, Callable[[], Sequence[Row]]] = {
            DICTIONARY.name: dictionary_rows,
            CODES.name: lambda: codes(scheme),
        }
        self._created: set[str] = set()
        self._read: set[str] = set()

    def make(self, names: Iterable[str]) -> None:
        """Make the tables of these names that are not there yet; raises ``KeyError`` for one that there is not."""
        for table in [exportable()[name] for name in names]:
            if table.name not in self._created:
                self._make(table)
                self._created.add(table.name)

    def drop(self, name: str) -> None:
        """Drop a table."""
        self.connection.execute(f"DROP TABLE {quoted(name)}")
        self._created.discard(name)

    def drop_read_models(self, keep: Iterable[str] = ()) -> None:
        """Drop what was copied of the read models but for the tables that are kept."""
        for name in sorted(self._read.difference(keep)):
            self.connection.execute(f"DROP TABLE {_SOURCE}.{quoted(name)}")
            self._read.discard(name)

    def give(self, name: str, rows: Sequence[Row]) -> None:
        """Have these rows for a table that is made of no read model."""
        self._sources[name] = lambda: rows

    def concern(self, persons: Iterable[str]) -> None:
        """Have tables of personal data name the orders of these persons, also of those of whom nothing can be opened."""
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_GIVEN}")
        self._create(f"{_GIVEN}.concerned", {"person": "VARCHAR"}, [(one,) for one in sorted(persons)])

    def _make(self, table: ExportedTable) -> None:
        give = self._sources.get(table.name)
        place = f"{_GIVEN}.{quoted(table.name)}"
        if give is not None:
            columns = {name: _STORED.get(column.kind, "VARCHAR") for name, column in table.columns.items()}
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_GIVEN}")
            self._create(place, columns, give())
        for name in table.needs:
            self._copy(name)
        if any(column.family for column in table.columns.values()):
            self.make([CODES.name])
        selected = self._selected(table, place if give is not None else "")
        self.connection.execute(f"CREATE TABLE {quoted(table.name)} AS {selected}")
        if give is not None:
            self.connection.execute(f"DROP TABLE {place}")

    def _selected(self, table: ExportedTable, source: str) -> str:
        """Return the query that makes a table: its columns by their kinds, codes followed by their words."""
        source = source or (f"({table.sql})" if table.sql else f"{_SOURCE}.{quoted(table.source)}")
        selected, joins = [], []
        words = "bahasa_indonesia" if self._language == "id" else "english"
        for n, (name, column) in enumerate(table.columns.items()):
            value = f"t.{quoted(column.source or name)}"
            selected.append(f"{_converted(value, column)} AS {quoted(name)}")
            if column.family:
                selected.append(f"coalesce(w{n}.{words}, nullif({value}, '')) AS {quoted(name + WORDS)}")
                joins.append(
                    f"LEFT JOIN codes w{n} ON w{n}.family = '{column.family}' AND w{n}.code = {value}"
                )
        order = ", ".join(quoted(name) for name in table.key)
        return f"SELECT {', '.join(selected)} FROM {source} t {' '.join(joins)} ORDER BY {order}"  # noqa: S608 - of our dictionary

    def _copy(self, name: str) -> None:
        """Copy a table of the read models as it is.

        To the exceptions add those that follow from several claims together.
        """
        if name in self._read:
            return
        table = self._view.table(*READ_MODELS[name])
        columns = {
            column.name: "BIGINT" if column.type.python_type is int else "VARCHAR" for column in table.columns
        }
        self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_SOURCE}")
        rows = self._view.walk(select(table))
        if name == EXCEPTION.name:
            shared = shared_references(self._view)
            rows = chain(rows, self._view.walk(select(*(shared.c[column] for column in columns))))
        self._create(f"{_SOURCE}.{quoted(name)}", columns, rows)
        self._read.add(name)

    def _create(self, place: str, columns: dict[str, str], rows: Iterable[Row]) -> None:
        """Create a table of these columns and types, and fill it."""
        column_list = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        self.connection.execute(f"CREATE TABLE {place} ({column_list})")
        shape = msgspec.json.encode({f"c{n}": [kind] for n, kind in enumerate(columns.values())}).decode()
        lists = ", ".join(f"unnest(portion.c{n})" for n in range(len(columns)))
        insert = f"INSERT INTO {place} SELECT {lists} FROM (SELECT from_json(?, '{shape}') AS portion)"  # noqa: S608 - of our dictionary
        remaining = iter(rows)
        while portion := list(islice(remaining, _PORTION)):
            by_column = {f"c{n}": values for n, values in enumerate(zip(*portion, strict=True))}
            self.connection.execute(insert, [msgspec.json.encode(by_column).decode()])


def _converted(value: str, column: ExportedColumn) -> str:
    """Return a value of the read models, where an empty text says that there is none, as a column of this kind has it."""
    if column.kind == "yes-no":
        return f"({value} = 1)"
    if column.kind in ("number", "rupiah"):
        return value
    return f"CAST(nullif({value}, '') AS {_TYPES.get(column.kind, 'VARCHAR')})"


@contextmanager
def opened(view: View, scheme: Scheme, language: Language) -> Iterator[AuditTables]:
    """Open DuckDB in memory over a view of the read models; instants are shown on the clock of Jakarta."""
    settings = {
        "threads": "2",
        "TimeZone": "Asia/Jakarta",
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
    }
    with duckdb.connect(":memory:") as connection:
        for name, setting in settings.items():
            connection.execute(f"SET {name} = '{setting}'")
        yield AuditTables(connection, view, scheme, language)
