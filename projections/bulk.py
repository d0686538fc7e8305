"""Many rows in one statement: the few lines in which SQLite and PostgreSQL differ."""

# ruff: noqa: S608 - only names of our own tables and columns are put into statements

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from operator import itemgetter
from typing import TypeAlias

import msgspec
from sqlalchemy import BigInteger, Column, Table
from sqlalchemy.engine.interfaces import DBAPICursor

from projections.columns import Value, shape

_first = itemgetter(0)
Row: TypeAlias = tuple[Value, ...]
"""The values of one row, in the order of the table's columns; the key's come first."""


class Bulk:
    """Statements over whole batches for one dialect, ``sqlite`` or ``postgresql``.

    SQLite takes the rows one by one in ``executemany``; PostgreSQL takes each column as one array. The names in
    the statements are those of our own tables. Keys are sorted before, which spares both stores half the way
    through their trees.
    """

    def __init__(self, dialect: str) -> None:
        """Write statements for ``dialect``."""
        self._sqlite = dialect == "sqlite"
        self._least, self._greatest = (
            ("min({0}, {1})", "max({0}, {1})") if self._sqlite else ("least({0}, {1})", "greatest({0}, {1})")
        )
        self._statements: dict[tuple[str, str, int], str] = {}

    def marked(self, sql: str) -> str:
        """Return a statement with the marks of its values as this dialect has them, from one with question marks."""
        return sql if self._sqlite else sql.replace("?", "%s")

    def has_table(self, cursor: DBAPICursor, name: str) -> bool:
        """Tell whether there is a table of this name."""
        if self._sqlite:
            cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,))
        else:
            cursor.execute("SELECT 1 WHERE to_regclass(%s) IS NOT NULL", (name,))
        return bool(cursor.fetchall())

    def find(
        self,
        cursor: DBAPICursor,
        pattern: Table,
        build: int,
        column: str,
        values: Collection[str] | Collection[int],
    ) -> Sequence[Row]:
        """Return the rows whose ``column`` is one of ``values``, among which none is twice."""
        sought: object = sorted(values)
        where = f'JOIN {pattern.name}_{build} AS t ON t."{column}" = sought.value'
        if self._sqlite:  # CROSS keeps the order of the join: each value is looked up, no table is walked
            sql, sought = (
                f"SELECT t.* FROM json_each(?) AS sought CROSS {where}",
                msgspec.json.encode(sought).decode(),
            )
        else:
            sql = f"SELECT t.* FROM unnest(%s::{_kind(pattern.c[column])}[]) AS sought(value) {where}"
        cursor.execute(sql, (sought,))
        return cursor.fetchall()

    def remove(
        self, cursor: DBAPICursor, pattern: Table, build: int, column: str, values: Collection[str]
    ) -> None:
        """Remove the rows whose ``column`` is one of ``values``."""
        name, sought = f"{pattern.name}_{build}", sorted(values)
        if self._sqlite:
            sql = f'DELETE FROM {name} WHERE "{column}" IN (SELECT value FROM json_each(?))'
            cursor.execute(sql, (msgspec.json.encode(sought).decode(),))
        else:
            sql = f'DELETE FROM {name} WHERE "{column}" = ANY(%s::{_kind(pattern.c[column])}[])'
            cursor.execute(sql, (sought,))

    def put(
        self,
        cursor: DBAPICursor,
        pattern: Table,
        build: int,
        rows: Sequence[Row],
        before: Sequence[Row] = (),
    ) -> None:
        """Insert the rows; one with a known key replaces the old one.

        ``before`` are the stored rows of these keys, as far as they were read. SQLite writes the index of every column
        that it is told of: of these it is told what differs, and PostgreSQL looks itself.
        """
        if not before or not self._sqlite:
            self._write(cursor, "put", pattern, build, rows)
            return
        key = shape(pattern).key
        before_by_key, new = {row[:key]: row for row in before}, list[Row]()
        changed: defaultdict[tuple[int, ...], list[Row]] = defaultdict(list)
        for row in rows:
            stands = before_by_key.get(row[:key])
            if stands is None:
                new.append(row)
            elif stands != row:
                places = tuple(at for at, value in enumerate(row) if value != stands[at])
                changed[places].append((*(row[at] for at in places), *row[:key]))
        if new:
            self._write(cursor, "put", pattern, build, new)
        for places, values in changed.items():
            names = [column.name for column in pattern.columns]
            then = ", ".join(f'"{names[at]}" = ?' for at in places)
            same = " AND ".join(f'"{name}" = ?' for name in names[:key])
            cursor.executemany(f"UPDATE {pattern.name}_{build} SET {then} WHERE {same}", values)

    def add(self, cursor: DBAPICursor, pattern: Table, build: int, rows: Sequence[Row]) -> None:
        """Insert the rows; the numbers of one with a known key are added, and rows of zeros are removed."""
        self._write(cursor, "add", pattern, build, rows)
        pattern_shape = shape(pattern)
        numbers = itemgetter(*pattern_shape.numbers)
        lessened = [row[: pattern_shape.key] for row in rows if _is_less(numbers(row))]
        if lessened:
            self._execute(cursor, self._statement("clear", pattern, build), lessened)

    def _write(self, cursor: DBAPICursor, kind: str, pattern: Table, build: int, rows: Sequence[Row]) -> None:
        sql = self._statement(kind, pattern, build)
        # The keys come first and differ; comparing one value takes half the time of comparing rows.
        self._execute(cursor, sql, sorted(rows, key=_first if shape(pattern).key == 1 else None))

    def _execute(self, cursor: DBAPICursor, sql: str, rows: Sequence[Row]) -> None:
        if self._sqlite:
            cursor.executemany(sql, rows)
        else:
            cursor.execute(sql, tuple(list(column) for column in zip(*rows, strict=True)))

    def _statement(self, kind: str, pattern: Table, build: int) -> str:
        text = self._statements.get((kind, pattern.name, build))
        if text is None:
            text = self._clear(pattern, build) if kind == "clear" else self._upsert(kind, pattern, build)
            self._statements[kind, pattern.name, build] = text
        return text

    def _clear(self, pattern: Table, build: int) -> str:
        """Return the statement that removes rows of zeros by their keys."""
        name, keys = f"{pattern.name}_{build}", list(pattern.primary_key)
        zeros = " AND ".join(f'{name}."{c.name}" = 0' for c in pattern.columns if not c.primary_key)
        if self._sqlite:
            same = " AND ".join(f'"{c.name}" = ?' for c in keys)
            return f"DELETE FROM {name} WHERE {same} AND {zeros}"
        arrays = ", ".join(f"%s::{_kind(c)}[]" for c in keys)
        columns = ", ".join(f'"{c.name}"' for c in keys)
        same = " AND ".join(f'{name}."{c.name}" = gone."{c.name}"' for c in keys)
        return f"DELETE FROM {name} USING unnest({arrays}) AS gone({columns}) WHERE {same} AND {zeros}"

    def _upsert(self, kind: str, pattern: Table, build: int) -> str:
        name = f"{pattern.name}_{build}"
        added = {"sum": "{0} + {1}", "first": self._least, "last": self._greatest}
        then = ", ".join(
            f'"{c.name}" = '
            + (added[c.info["added"]] if kind == "add" else "{1}").format(
                f'{name}."{c.name}"', f'excluded."{c.name}"'
            )
            for c in pattern.columns
            if not c.primary_key
        )
        keys = ", ".join(f'"{c.name}"' for c in pattern.primary_key)
        if self._sqlite:
            source = f"VALUES ({', '.join('?' for _ in pattern.columns)})"
        else:
            kinds = (_kind(column) for column in pattern.columns)
            source = f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"
        columns = ", ".join(f'"{c.name}"' for c in pattern.columns)
        return f"INSERT INTO {name} ({columns}) {source} ON CONFLICT ({keys}) DO UPDATE SET {then}"


def _is_less(numbers: int | tuple[int, ...]) -> bool:
    return (numbers if isinstance(numbers, int) else min(numbers)) < 0


def _kind(column: Column[str] | Column[int]) -> str:
    return "bigint" if isinstance(column.type, BigInteger) else "text"
